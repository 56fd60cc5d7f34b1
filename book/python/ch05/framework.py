"""A small HTTP server of asyncio: routes, a parameter, JSON, and errors that end no connection."""

import asyncio
import json
import re
from urllib.parse import parse_qs, urlsplit

HEAD_BYTES_MAX = 8192
BODY_BYTES_MAX = 8192
HEAD_TIMEOUT = 5

notes = []
ROUTES = []


def route(method, pattern):
    def add(handler):
        ROUTES.append((method, re.compile(pattern), handler))
        return handler

    return add


@route("POST", "/notes")
async def write(body, **_):
    notes.append(body.decode())
    return 201, f"/notes/{len(notes) - 1}\n"


@route("GET", "/notes")
async def some(query, **_):
    wanted = query.get("with", [""])[0]
    return 200, json.dumps([note for note in notes if wanted in note])


@route("GET", r"/notes/(\d+)")
async def read(number, **_):
    number = int(number)
    return (200, notes[number]) if number < len(notes) else (404, "nothing is here\n")


@route("GET", "/broken")
async def broken(**_):
    return 200, int("seven")


async def answer(method, target, body):
    url = urlsplit(target)
    matches = [(of, pattern.fullmatch(url.path), handler) for of, pattern, handler in ROUTES]
    found = [each for each in matches if each[1]]
    for of, match, handler in found:
        if of == method:
            try:
                return await handler(*match.groups(), body=body, query=parse_qs(url.query))
            except Exception:
                return 500, "something went wrong here\n"
    return (405, "no such method here\n") if found else (404, "nothing is here\n")


serving = set()


async def serve(reader, writer):
    """One connection, for as many requests as come. It knows Content-Length and no chunks: a request
    that it cannot frame is its last."""
    serving.add(asyncio.current_task())
    try:
        while True:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_TIMEOUT)
            first, *lines = head[:-4].decode("latin-1").split("\r\n")
            method, target, _ = first.split(" ")
            fields = dict(line.lower().split(":", 1) for line in lines)
            size = int(fields.get("content-length", "0"))
            if "transfer-encoding" in fields or not 0 <= size <= BODY_BYTES_MAX:
                break
            body = await asyncio.wait_for(reader.readexactly(size), HEAD_TIMEOUT)
            status, text = await answer(method, target, body)
            text = text.encode()
            head = f"HTTP/1.1 {status} -\r\nContent-Length: {len(text)}\r\n\r\n"
            writer.write(head.encode() + text)
            await writer.drain()
    except (asyncio.LimitOverrunError, asyncio.TimeoutError, EOFError, ValueError, OSError):
        # One client's fault, and one client's end.
        pass
    finally:
        writer.close()


async def ask(reader, writer, method, target, body=b""):
    head = b"%s %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n"
    writer.write(head % (method, target, len(body)) + body)
    head = (await reader.readuntil(b"\r\n\r\n")).split()
    return int(head[1]), (await reader.readexactly(int(head[4]))).decode()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=HEAD_BYTES_MAX)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    for method, target, body, status, says in [
        (b"POST", b"/notes", b"wait for nobody", 201, "/notes/0\n"),
        (b"POST", b"/notes", b"wait for all", 201, "/notes/1\n"),
        (b"GET", b"/notes/1", b"", 200, "wait for all"),
        (b"GET", b"/notes?with=nobody", b"", 200, '["wait for nobody"]'),
        (b"GET", b"/notes/2", b"", 404, "nothing is here\n"),
        (b"GET", b"/notes/two", b"", 404, "nothing is here\n"),
        (b"DELETE", b"/notes", b"", 405, "no such method here\n"),
        (b"GET", b"/broken", b"", 500, "something went wrong here\n"),
    ]:
        got = await ask(reader, writer, method, target, body)
        print(method.decode(), target.decode(), *got)
        assert got == (status, says)
    writer.close()
    # They see the end of their client, and end.
    await asyncio.wait(serving)
    server.close()


asyncio.run(asyncio.wait_for(main(), 8))
