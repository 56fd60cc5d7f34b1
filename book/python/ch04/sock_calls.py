"""An echo server of sock_accept, sock_recv and sock_sendall."""

import asyncio
import socket


async def echo(loop, connection):
    # One client's error ends one connection.
    with connection:
        try:
            while data := await loop.sock_recv(connection, 16 * 1024):
                await loop.sock_sendall(connection, data)
        except OSError as error:
            print("lost a client:", error)


async def serve(loop, listener, tasks):
    while True:
        connection, _peer = await loop.sock_accept(listener)
        connection.setblocking(False)
        # The loop holds tasks weakly: somebody must keep them.
        task = loop.create_task(echo(loop, connection))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


async def ask(address, message):
    reader, writer = await asyncio.open_connection(*address)
    writer.write(message)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer


async def main():
    loop, tasks = asyncio.get_running_loop(), set()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        server = loop.create_task(serve(loop, listener, tasks))
        messages = [bytes([65 + number]) * 5000 for number in range(3)]
        asked = asyncio.gather(*(ask(listener.getsockname(), message) for message in messages))
        assert await asyncio.wait_for(asked, 5) == messages
        print("three clients at once had their bytes back")
        server.cancel()
        await asyncio.wait([server, *tasks])


asyncio.run(main())
