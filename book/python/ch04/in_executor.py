"""run_in_executor: a call that blocks, on the loop and in a thread."""

import asyncio
import threading
import time

PAUSE = 0.2


def blocks():
    time.sleep(PAUSE)
    return threading.get_ident()


async def ticker(ticks):
    while True:
        await asyncio.sleep(PAUSE / 20)
        ticks.append(None)


async def main():
    loop, ticks = asyncio.get_running_loop(), []
    task = asyncio.ensure_future(ticker(ticks))
    await asyncio.sleep(0)
    assert blocks() == threading.get_ident()
    print("on the loop, the others had", len(ticks), "turns")
    assert ticks == []
    assert await loop.run_in_executor(None, blocks) != threading.get_ident()
    print("in a thread, the others had turns:", len(ticks) > 1)
    assert len(ticks) > 1
    task.cancel()


asyncio.run(main())
