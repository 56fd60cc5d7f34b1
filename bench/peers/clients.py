"""HTTP clients in Python as peers of the bench.

    python3 bench/peers/clients.py aiohttp http://127.0.0.1:PORT/delay/50 160 15
    python3 bench/peers/clients.py httpx   http://127.0.0.1:PORT/delay/50 160 15

It asks for the URL so many times, so many at a time, reads each answer whole, and says how long all of that
took, in nanoseconds: by the wall's clock, and of processor time. They are got by: pip install aiohttp httpx
"""

import asyncio
import sys
import time


async def each(ask, times, limit):
    """Asks by as many tasks as there are connections. If all that is to be asked waited for them at once, httpx
    would go through the whole queue for each, which takes a thousand times as long."""
    numbers = iter(range(times))

    async def some():
        for _ in numbers:
            await ask()

    await asyncio.gather(*(some() for _ in range(limit)))


async def by_aiohttp(url, times, limit):
    import aiohttp

    connector = aiohttp.TCPConnector(limit=limit)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def ask():
            async with session.get(url) as answer:
                answer.raise_for_status()
                await answer.read()

        await each(ask, times, limit)


async def by_httpx(url, times, limit):
    import httpx

    limits = httpx.Limits(max_connections=limit, max_keepalive_connections=limit)
    async with httpx.AsyncClient(limits=limits, trust_env=False) as client:

        async def ask():
            (await client.get(url)).raise_for_status()

        await each(ask, times, limit)


def main(how, url, times, limit):
    by = {"aiohttp": by_aiohttp, "httpx": by_httpx}[how]
    # Imported before the clocks run.
    __import__(how)
    wall, cpu = time.perf_counter_ns(), time.process_time_ns()
    asyncio.run(by(url, int(times), int(limit)))
    print(time.perf_counter_ns() - wall, time.process_time_ns() - cpu)


if __name__ == "__main__":
    main(*sys.argv[1:])
