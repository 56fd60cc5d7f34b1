"""start_server and start_unix_server: one handler for both."""

import asyncio
import os
import tempfile


async def echo(reader, writer):
    while data := await reader.read(16 * 1024):
        writer.write(data)
        await writer.drain()
    writer.close()


async def asked(connecting, message):
    reader, writer = await connecting
    writer.write(message)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer


async def main():
    with tempfile.TemporaryDirectory() as place:
        path = os.path.join(place, "echo")
        tcp = await asyncio.start_server(echo, "127.0.0.1", 0)
        unix = await asyncio.start_unix_server(echo, path)
        address = tcp.sockets[0].getsockname()
        for name, connecting in (
            ("TCP", asyncio.open_connection(*address)),
            ("Unix", asyncio.open_unix_connection(path)),
        ):
            answer = await asyncio.wait_for(asked(connecting, b"hello"), 5)
            print(name, answer)
            assert answer == b"hello"
        for server in (tcp, unix):
            server.close()
            await server.wait_closed()
        try:
            await asyncio.open_connection(*address)
            raise AssertionError("it is closed")
        except ConnectionRefusedError as error:
            print("closed:", type(error).__name__)


asyncio.run(main())
