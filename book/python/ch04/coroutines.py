"""Hello world, the current date and chained coroutines."""

import asyncio
import datetime


async def hello():
    return "Hello World!"


async def display_date(times, pause):
    loop = asyncio.get_running_loop()
    began, shown = loop.time(), []
    for turn in range(times):
        if turn:
            await asyncio.sleep(pause)
        shown.append(datetime.datetime.now())
        print(shown[-1])
    assert loop.time() - began >= (times - 1) * pause * 0.9
    return len(shown)


async def compute(x, y, log):
    log.append("compute")
    await asyncio.sleep(0.05)
    log.append("computed")
    return x + y


async def print_sum(x, y, log):
    log.append("print_sum")
    # It goes on where it stopped, with the result of the one that it awaited.
    result = await compute(x, y, log)
    log.append(f"{x} + {y} = {result}")


print(asyncio.run(hello()))
assert asyncio.run(display_date(3, 0.1)) == 3
log = []
asyncio.run(print_sum(1, 2, log))
print(log)
assert log == ["print_sum", "compute", "computed", "1 + 2 = 3"]
