"""Queue, PriorityQueue, LifoQueue: back-pressure, join, and a get that is cancelled."""

import asyncio

ROOM = 3
ITEMS = 20


async def back_pressure():
    queue, got, most = asyncio.Queue(ROOM), [], 0

    async def consumer():
        while True:
            got.append(await queue.get())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            queue.task_done()

    consumers = [asyncio.ensure_future(consumer()) for _ in range(2)]
    for item in range(ITEMS):
        await queue.put(item)
        most = max(most, queue.qsize())
    await queue.join()
    for task in consumers:
        task.cancel()
    print(ITEMS, "items through", ROOM, "places: at most", most, "in the queue")
    assert most <= ROOM and got == list(range(ITEMS))
    try:
        queue.task_done()
        raise AssertionError("it should have failed")
    except ValueError as error:
        print("once more than put:", error)


async def cancelled_get():
    queue = asyncio.Queue()
    first, second = (asyncio.ensure_future(queue.get()) for _ in range(2))
    await asyncio.sleep(0)
    queue.put_nowait("the item")
    first.cancel()
    got = await asyncio.wait_for(second, 5)
    print("the first was cancelled: the second got", got)
    assert got == "the item" and first.cancelled()


def other_orders():
    least, newest = asyncio.PriorityQueue(), asyncio.LifoQueue()
    for job in ((2, "wash up"), (1, "cook"), (3, "sleep")):
        least.put_nowait(job)
        newest.put_nowait(job)
    by_priority = [least.get_nowait()[1] for _ in range(3)]
    by_age = [newest.get_nowait()[1] for _ in range(3)]
    print("PriorityQueue:", by_priority, "LifoQueue:", by_age)
    assert by_priority == ["cook", "wash up", "sleep"]
    assert by_age == ["sleep", "cook", "wash up"]


async def main():
    await back_pressure()
    await cancelled_get()
    other_orders()


asyncio.run(main())
