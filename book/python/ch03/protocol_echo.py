"""A protocol on each side of a connection: echo server and client."""

import asyncio


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


class Client(asyncio.Protocol):
    def __init__(self, message, answer):
        self.message, self.answer, self.got = message, answer, b""

    def connection_made(self, transport):
        transport.write(self.message)
        transport.write_eof()

    def data_received(self, data):
        self.got += data

    def connection_lost(self, error):
        self.answer.set_result((self.got, error))


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    for message in (b"Hello World!", b"x" * 5000):
        answer = loop.create_future()
        await loop.create_connection(lambda: Client(message, answer), *address)
        got, error = await asyncio.wait_for(answer, 5)
        print(len(got), "bytes came back")
        assert got == message and error is None
    server.close()


asyncio.run(main())
