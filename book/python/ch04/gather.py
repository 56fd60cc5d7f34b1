"""gather: results in order; the first error; all errors kept."""

import asyncio

UNIT = 0.05


async def fetch(name, units, log):
    await asyncio.sleep(units * UNIT)
    log.append(name)
    if name == "bad":
        raise ValueError("bad failed")
    return name


async def main():
    log = []
    results = await asyncio.gather(fetch("slow", 3, log), fetch("quick", 1, log), fetch("middle", 2, log))
    print("all:", results, "ended as", log)
    assert results == ["slow", "quick", "middle"]
    assert log == ["quick", "middle", "slow"]

    results = await asyncio.gather(fetch("good", 2, []), fetch("bad", 1, []), return_exceptions=True)
    print("errors among them:", results)
    assert results[0] == "good" and str(results[1]) == "bad failed"

    log = []
    try:
        await asyncio.gather(fetch("good", 2, log), fetch("bad", 1, log))
        raise AssertionError("it should have failed")
    except ValueError as error:
        print("the first error:", error)
    assert log == ["bad"]
    await asyncio.sleep(3 * UNIT)
    print("later, ended:", log)
    assert log == ["bad", "good"], "the other goes on"


asyncio.run(main())
