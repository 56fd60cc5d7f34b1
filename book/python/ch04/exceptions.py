"""The exception handler, and an exception that nobody consumes."""

import asyncio
import gc


async def bug():
    raise ValueError("not consumed")


def fails():
    raise KeyError("in a callback")


async def main():
    seen = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: seen.append((context["message"], context["exception"])))

    task = asyncio.ensure_future(bug())
    try:
        await task
    except ValueError as error:
        print("consumed:", error)
    assert seen == []

    # Nobody asks this one for its result; the handler hears of it when it is dropped.
    task = asyncio.ensure_future(bug())
    await asyncio.wait([task])
    del task
    gc.collect()
    loop.call_soon(fails)
    await asyncio.sleep(0.01)
    for message, error in seen:
        print(message, "|", repr(error))
    assert [type(error) for _message, error in seen] == [ValueError, KeyError]
    assert "never retrieved" in seen[0][0]


asyncio.run(main())
