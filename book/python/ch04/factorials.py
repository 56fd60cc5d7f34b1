"""Three factorials as tasks that run in turns."""

import asyncio


async def factorial(name, number, log):
    product = 1
    for factor in range(2, number + 1):
        log.append(f"{name}{factor}")
        await asyncio.sleep(0)
        product *= factor
    return product


async def main():
    log = []
    tasks = [asyncio.ensure_future(factorial(name, number, log)) for name, number in (("A", 2), ("B", 3), ("C", 4))]
    assert log == [], "a task starts when its maker waits"
    results = [await task for task in tasks]
    print("turns:", *log)
    print("results:", *results)
    assert log == ["A2", "B2", "C2", "B3", "C3", "C4"]
    assert results == [2, 6, 24]


asyncio.run(main())
