"""wait: the done and the pending, in each mode; a timeout cancels nothing."""

import asyncio

UNIT = 0.1


async def task(units, fails):
    await asyncio.sleep(units * UNIT)
    if fails:
        raise ValueError("on purpose")


async def show(when, done_expected, timeout=None):
    tasks = [asyncio.ensure_future(task(*what)) for what in ((1, False), (2, True), (4, False))]
    done, pending = await asyncio.wait(tasks, timeout=timeout, return_when=when)
    numbers = sorted(map(tasks.index, done))
    print(when, timeout, "done", numbers, "pending", sorted(map(tasks.index, pending)))
    assert numbers == done_expected
    assert not any(task.cancelled() for task in pending)
    await asyncio.wait(tasks)
    assert all(task.done() for task in tasks)
    assert str(tasks[1].exception()) == "on purpose"


async def main():
    await show(asyncio.FIRST_COMPLETED, [0])
    await show(asyncio.FIRST_EXCEPTION, [0, 1])
    await show(asyncio.ALL_COMPLETED, [0, 1, 2])
    await show(asyncio.ALL_COMPLETED, [0, 1], timeout=3 * UNIT)


asyncio.run(main())
