"""Datagram protocols: an echo server and its client, which asks again when an answer is lost."""

import asyncio


class Echo(asyncio.DatagramProtocol):
    lost = 0

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, peer):
        if self.lost == 0:
            self.lost += 1  # as the network may do
        else:
            self.transport.sendto(data, peer)


class Client(asyncio.DatagramProtocol):
    asked = 0

    def connection_made(self, transport):
        self.transport, self.answer = transport, asyncio.get_running_loop().create_future()
        self.ask()

    def ask(self):
        self.asked += 1
        self.transport.sendto(b"hello")
        self.again = asyncio.get_running_loop().call_later(0.1, self.ask)

    def datagram_received(self, data, _peer):
        self.again.cancel()
        if not self.answer.done():
            self.answer.set_result(data)


async def main():
    loop = asyncio.get_running_loop()
    server, echo = await loop.create_datagram_endpoint(Echo, local_addr=("127.0.0.1", 0))
    transport, client = await loop.create_datagram_endpoint(Client, remote_addr=server.get_extra_info("sockname"))
    answer = await asyncio.wait_for(client.answer, 5)
    print(answer, "after asking", client.asked, "times")
    assert answer == b"hello" and client.asked >= 2 and echo.lost == 1
    transport.close()
    server.close()


asyncio.run(main())
