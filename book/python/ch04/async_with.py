"""async with: released on success, on error and on cancellation."""

import asyncio


class Pool:
    open = 0

    async def __aenter__(self):
        self.open += 1
        return self

    async def __aexit__(self, *error):
        self.open -= 1


async def work(pool, answers=True, for_ever=False):
    async with pool:
        await asyncio.sleep(0)
        if for_ever:
            await asyncio.sleep(3600)
        if not answers:
            raise ValueError("no answer")
        return pool.open


async def main():
    pool = Pool()
    print("success:", await work(pool), "then", pool.open, "open")
    assert pool.open == 0
    try:
        await work(pool, answers=False)
    except ValueError as error:
        print("error:", error, "then", pool.open, "open")
    assert pool.open == 0
    task = asyncio.ensure_future(work(pool, for_ever=True))
    await asyncio.sleep(0)
    assert pool.open == 1
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancellation, then", pool.open, "open")
    assert pool.open == 0


asyncio.run(main())
