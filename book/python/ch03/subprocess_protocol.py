"""A subprocess protocol: a child sorts lines, and each of its pipes reports."""

import asyncio


class Sorter(asyncio.SubprocessProtocol):
    def __init__(self, ended):
        self.ended, self.out, self.log = ended, b"", []

    def connection_made(self, transport):
        self.transport = transport
        stdin = transport.get_pipe_transport(0)
        stdin.write(b"pear\napple\nfig\n")
        stdin.close()

    def pipe_data_received(self, descriptor, data):
        assert descriptor == 1
        self.out += data

    def pipe_connection_lost(self, descriptor, error):
        self.log.append(f"pipe {descriptor}")

    def process_exited(self):
        self.log.append("exited")

    # The last call: the child has ended, and all its pipes are closed.
    def connection_lost(self, error):
        self.ended.set_result(self.transport.get_returncode())


async def main():
    loop = asyncio.get_running_loop()
    ended = loop.create_future()
    _, sorter = await loop.subprocess_exec(lambda: Sorter(ended), "sort")
    status = await asyncio.wait_for(ended, 5)
    print(sorter.out.split(), "status", status, sorter.log)
    assert sorter.out == b"apple\nfig\npear\n" and status == 0
    assert sorted(sorter.log) == ["exited", "pipe 0", "pipe 1", "pipe 2"]


asyncio.run(main())
