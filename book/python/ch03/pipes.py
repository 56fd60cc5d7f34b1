"""connect_read_pipe and connect_write_pipe: both ends of a pipe on one loop."""

import asyncio
import os


class Reader(asyncio.Protocol):
    def __init__(self, ended):
        self.ended, self.got = ended, b""

    def data_received(self, data):
        self.got += data

    def connection_lost(self, error):
        self.ended.set_result(error)


async def main():
    loop = asyncio.get_running_loop()
    read_end, write_end = os.pipe()
    ended = loop.create_future()
    _, reader = await loop.connect_read_pipe(lambda: Reader(ended), os.fdopen(read_end, "rb"))
    writer, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(write_end, "wb"))
    text = b"line\n" * 50_000
    writer.write(text)
    writer.close()
    assert await asyncio.wait_for(ended, 5) is None
    print(len(reader.got), "bytes, more than a pipe holds")
    assert reader.got == text


asyncio.run(main())
