"""StreamReader and StreamWriter: each call, both errors, and drain with a slow reader."""

import asyncio

PAGE = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello\na line without an end"
PIECE = 16 * 1024


async def with_page(talk, limit=64 * 1024):
    async def serve(reader, writer):
        for byte in PAGE:
            writer.write(bytes([byte]))
            await asyncio.sleep(0)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname(), limit=limit)
    await talk(reader)
    writer.close()
    await writer.wait_closed()
    server.close()
    await server.wait_closed()


async def every_call(reader):
    assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
    assert await reader.readuntil(b"\r\n\r\n") == b"content-length: 5\r\n\r\n"
    assert await reader.readexactly(5) == b"hello"
    assert await reader.read(1) == b"\n"
    assert await reader.readline() == b"a line without an end"
    print("every call, and at_eof:", reader.at_eof())
    assert reader.at_eof()


async def too_early(reader):
    try:
        await reader.readexactly(1000)
        raise AssertionError("the page is shorter")
    except asyncio.IncompleteReadError as error:
        print(f"IncompleteReadError: {len(error.partial)} of {error.expected} bytes")
        assert error.partial == PAGE and error.expected == 1000


async def too_long(reader):
    assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
    try:
        await reader.readuntil(b"\n")
        raise AssertionError("the next line is longer")
    except asyncio.LimitOverrunError as error:
        kept = await reader.readexactly(error.consumed)
        print("LimitOverrunError, and kept:", kept)
        assert PAGE[17:].startswith(kept)
    await reader.read(-1)


async def slow_reader():
    written, ended = [0], asyncio.Event()

    async def serve(_, writer):
        try:
            while not writer.is_closing():
                writer.write(bytes(PIECE))
                written[0] += PIECE
                await writer.drain()
        except ConnectionError:
            pass
        writer.close()
        ended.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    before, quiet = 0, 0
    while quiet < 1000:
        await asyncio.sleep(0)
        quiet = quiet + 1 if written[0] == before else 0
        before = written[0]
    stopped = before
    while written[0] == stopped:
        assert await reader.read(PIECE)
    print("drain stopped the writer, and let it go on when the client read")
    writer.transport.abort()
    await ended.wait()
    server.close()
    await server.wait_closed()


async def main():
    await with_page(every_call)
    await with_page(too_early)
    await with_page(too_long, limit=16)
    await asyncio.wait_for(slow_reader(), 8)


asyncio.run(main())
