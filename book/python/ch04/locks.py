"""Lock, Event, Condition, Semaphore, BoundedSemaphore: who comes first, and who is cancelled."""

import asyncio


async def run(*coroutines):
    await asyncio.gather(*coroutines)


async def lock():
    lock, log = asyncio.Lock(), []

    async def user(name):
        for _ in range(2):
            async with lock:
                await asyncio.sleep(0)
                log.append(name)

    await run(*map(user, "abc"))
    print("Lock:", *log)
    assert log == list("abcabc")


async def cancelled_in_line():
    lock, log = asyncio.Lock(), []

    async def user(name):
        async with lock:
            log.append(name)

    await lock.acquire()
    users = [asyncio.ensure_future(user(name)) for name in "abc"]
    await asyncio.sleep(0)
    lock.release()
    users[0].cancel()
    await asyncio.wait(users)
    print("a cancelled:", *log)
    assert log == list("bc")


async def event():
    event, log = asyncio.Event(), []

    async def waiter(name):
        await event.wait()
        log.append(name)

    waiters = [asyncio.ensure_future(waiter(name)) for name in "ab"]
    await asyncio.sleep(0)
    log.append("set")
    event.set()
    await asyncio.wait(waiters)
    await waiter("late")
    print("Event:", *log)
    assert log == ["set", "a", "b", "late"]


async def condition():
    condition, log, stock = asyncio.Condition(), [], [0]

    async def buyer(name):
        async with condition:
            await condition.wait_for(lambda: stock[0] > 0)
            stock[0] -= 1
            log.append(name)

    buyers = [asyncio.ensure_future(buyer(name)) for name in "abc"]
    await asyncio.sleep(0)
    for _ in range(3):
        async with condition:
            stock[0] += 1
            log.append("+1")
            condition.notify(1)
        for _ in range(3):
            await asyncio.sleep(0)
    await asyncio.wait(buyers)
    print("Condition:", *log)
    assert log == ["+1", "a", "+1", "b", "+1", "c"]


async def semaphore():
    semaphore, inside, most = asyncio.Semaphore(2), [0], [0]

    async def user():
        async with semaphore:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            await asyncio.sleep(0)
            inside[0] -= 1

    await run(*(user() for _ in range(4)))
    print("Semaphore of two: at most", most[0])
    assert most[0] == 2

    bounded = asyncio.BoundedSemaphore(1)
    await bounded.acquire()
    bounded.release()
    try:
        bounded.release()
        raise AssertionError("it should have failed")
    except ValueError as error:
        print("BoundedSemaphore:", error)


async def main():
    await lock()
    await cancelled_in_line()
    await event()
    await condition()
    await semaphore()


asyncio.run(main())
