"""An echo server over asyncio, as a peer of the bench.

    python3 bench/peers/asyncio_echo.py protocol 1024      callbacks: Protocol and Transport
    python3 bench/peers/asyncio_echo.py streams 1024       StreamReader and StreamWriter
    python3 bench/peers/asyncio_echo.py uvloop 1024        callbacks, on uvloop (pip install uvloop)

The second argument is the backlog, which is the ladder's. It binds port 0 of the loopback, says
`listening 127.0.0.1:PORT`, and serves until it is killed, or its parent dies. Python: apt install python3.

asyncio reads into a new buffer of 256 KiB each time. The bench sets MALLOC_MMAP_THRESHOLD_ and
MALLOC_TRIM_THRESHOLD_ (mallopt(3)), or the C library would map and unmap memory for every message.
"""

import asyncio
import ctypes
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)

    # Nothing is read from a client that does not take what it is sent.
    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


async def echo(reader, writer):
    try:
        while data := await reader.read(16 * 1024):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main(how, backlog):
    if how == "streams":
        server = await asyncio.start_server(echo, "127.0.0.1", 0, backlog=backlog)
    else:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Echo, "127.0.0.1", 0, backlog=backlog)
    host, port = server.sockets[0].getsockname()
    print(f"listening {host}:{port}", flush=True)
    await server.serve_forever()


def run(how, backlog):
    if how == "uvloop":
        import uvloop

        uvloop.run(main(how, backlog))
    else:
        asyncio.run(main(how, backlog))


if __name__ == "__main__":
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    run(sys.argv[1], int(sys.argv[2]))
