"""Delayed calls: by time and not by order, and one that is cancelled."""

import asyncio

UNIT = 0.05


async def main():
    loop = asyncio.get_running_loop()
    began, log, done = loop.time(), [], asyncio.Event()
    loop.call_later(4 * UNIT, done.set)
    loop.call_later(3 * UNIT, log.append, "third")
    loop.call_at(began + UNIT, log.append, "first")
    loop.call_later(2 * UNIT, log.append, "second")
    never = loop.call_later(2.5 * UNIT, log.append, "never")
    never.cancel()
    assert never.cancelled()
    await done.wait()
    print(*log)
    assert log == ["first", "second", "third"]
    # The loop may round to the resolution of its clock.
    assert loop.time() - began >= 3.9 * UNIT


asyncio.run(main())
