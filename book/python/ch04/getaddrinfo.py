"""Names are resolved in a thread, and the loop goes on."""

import asyncio
import socket
import time


def slow(*_arguments, **_names):
    time.sleep(0.2)
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 7))]


async def ticker(ticks):
    while True:
        await asyncio.sleep(0.01)
        ticks.append(None)


async def main():
    loop = asyncio.get_running_loop()
    figures = await loop.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)
    print(figures[0][4])
    assert figures[0][4] == ("127.0.0.1", 80)

    # A resolver that takes its time.
    quick, socket.getaddrinfo = socket.getaddrinfo, slow
    ticks = []
    task = asyncio.ensure_future(ticker(ticks))
    late = await loop.getaddrinfo("slow.example", 7)
    socket.getaddrinfo = quick
    task.cancel()
    print("late:", late[0][4], "others had turns:", len(ticks) > 1)
    assert late[0][4] == ("127.0.0.1", 7) and len(ticks) > 1


asyncio.run(main())
