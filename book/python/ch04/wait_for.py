"""wait_for cuts off what is too slow; shield cuts off only the waiting."""

import asyncio

LIMIT = 0.05


async def store(seconds, log):
    committed = False
    try:
        await asyncio.sleep(seconds)
        committed = True
        return "stored"
    finally:
        log.append("committed" if committed else "rolled back")


async def main():
    log = []
    assert await asyncio.wait_for(store(0, log), LIMIT) == "stored"
    try:
        await asyncio.wait_for(store(3 * LIMIT, log), LIMIT)
        raise AssertionError("time should have been up")
    except asyncio.TimeoutError:
        print("too slow:", log)
    assert log == ["committed", "rolled back"]

    log = []
    storing = asyncio.ensure_future(store(3 * LIMIT, log))
    try:
        await asyncio.wait_for(asyncio.shield(storing), LIMIT)
        raise AssertionError("time should have been up")
    except asyncio.TimeoutError:
        assert log == [] and not storing.done()
    print("shielded:", await storing, log)
    assert log == ["committed"]


asyncio.run(main())
