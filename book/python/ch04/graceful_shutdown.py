"""A signal ends a server in order: no new clients, and the pending ones have their time."""

import asyncio
import os
import signal

GRACE = 1.0


async def main():
    loop, stop, tasks = asyncio.get_running_loop(), asyncio.Event(), set()

    async def answer(reader, writer):
        tasks.add(asyncio.current_task())
        try:
            line = await reader.readline()
            await asyncio.sleep(0.1)
            writer.write(line.upper())
            await writer.drain()
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    busy, busy_writer = await asyncio.open_connection(*address)
    idle, idle_writer = await asyncio.open_connection(*address)
    busy_writer.write(b"hello\n")
    while len(tasks) < 2:
        await asyncio.sleep(0.01)

    os.kill(os.getpid(), signal.SIGTERM)
    await stop.wait()
    server.close()
    answered = asyncio.ensure_future(busy.readline())
    _done, late = await asyncio.wait(tasks, timeout=GRACE)
    for task in late:
        task.cancel()
    await asyncio.wait(tasks)
    print("answered:", await answered, "cut off:", len(late))
    assert answered.result() == b"HELLO\n" and len(late) == 1
    assert await idle.read() == b""
    busy_writer.close()
    idle_writer.close()


asyncio.run(main())
