"""Slow clients hold all places, unless a head has to come within a time."""

import asyncio

PLACES = 20
BOUND = 0.3
PATIENCE = 0.5
HOUR = 3600


def handler(bound):
    places = asyncio.Semaphore(PLACES)

    async def serve(reader, writer):
        async with places:
            try:
                await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), bound)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n")
            except asyncio.TimeoutError:
                writer.write(b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n")
            except asyncio.IncompleteReadError:
                pass
            writer.close()

    return serve


async def trickle(writer):
    """Each byte restarts a timeout between bytes; none moves the deadline of the head."""
    while True:
        writer.write(b"a")
        await asyncio.sleep(BOUND / 6)


async def under_attack(bound, patience):
    """The answer to one more client, if there is one, and what the slow ones were told."""
    server = await asyncio.start_server(handler(bound), "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    slow = [await asyncio.open_connection(*address) for _ in range(PLACES)]
    for _, writer in slow:
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nA: ")
    trickles = [asyncio.create_task(trickle(writer)) for _, writer in slow]
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    told = []
    try:
        answer = await asyncio.wait_for(reader.readline(), patience)
        told = [await reader.readline() for reader, _ in slow]
    except asyncio.TimeoutError:
        answer = None
    for task in trickles:
        task.cancel()
    for each in [writer] + [writer for _, writer in slow]:
        each.transport.abort()
    server.close()
    return answer, told


async def main():
    answer, _ = await under_attack(HOUR, PATIENCE)
    print("without a bound:", answer)
    assert answer is None, "all places are taken"
    answer, told = await under_attack(BOUND, 10 * PATIENCE)
    print(f"{BOUND} s for a head:", answer, "and the others:", set(told))
    assert answer.startswith(b"HTTP/1.1 200")
    assert all(line.startswith(b"HTTP/1.1 408") for line in told)


asyncio.run(asyncio.wait_for(main(), 9))
