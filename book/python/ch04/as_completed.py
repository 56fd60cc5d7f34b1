"""as_completed: as they come, and with a timeout."""

import asyncio

UNIT = 0.1


async def ask(name, units):
    await asyncio.sleep(units * UNIT)
    return name


async def main():
    order = [await answer for answer in asyncio.as_completed([ask("far", 4), ask("near", 1), ask("middle", 2)])]
    print("as they come:", order)
    assert order == ["near", "middle", "far"]

    tasks = [asyncio.ensure_future(ask(name, units)) for name, units in (("far", 4), ("near", 1), ("middle", 2))]
    came = []
    try:
        for answer in asyncio.as_completed(tasks, timeout=3 * UNIT):
            came.append(await answer)
        raise AssertionError("time should have been up")
    except asyncio.TimeoutError:
        left = [number for number, task in enumerate(tasks) if not task.done()]
        print("in time:", came, "left:", left)
    assert came == ["near", "middle"] and left == [0]
    assert await tasks[0] == "far", "what is left goes on"


asyncio.run(main())
