"""Flow control: pause_writing and resume_writing, and a reader that rests."""

import asyncio
import socket

TOTAL = 8 * 1024 * 1024
LIMIT = 64 * 1024


class Sender(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.left, self.paused, self.log = transport, TOTAL, False, []
        transport.set_write_buffer_limits(high=LIMIT)
        self.go_on()

    def go_on(self):
        while self.left and not self.paused:
            self.left -= 16 * 1024
            self.transport.write(b"x" * 16 * 1024)
        if not self.left:
            self.transport.close()

    def pause_writing(self):
        self.paused = True
        self.log.append("pause")
        assert self.transport.get_write_buffer_size() <= LIMIT + 16 * 1024

    def resume_writing(self):
        self.paused = False
        self.log.append("resume")
        self.go_on()


async def main():
    left, right = socket.socketpair()
    _, sender = await asyncio.get_running_loop().create_connection(Sender, sock=left)
    reader, writer = await asyncio.open_connection(sock=right)
    await asyncio.sleep(0.05)
    assert sender.paused and sender.left > 0, "nobody asks for more yet"
    assert len(await asyncio.wait_for(reader.read(), 5)) == TOTAL
    print("paused", sender.log.count("pause"), "times")
    assert "resume" in sender.log
    writer.close()


asyncio.run(main())
