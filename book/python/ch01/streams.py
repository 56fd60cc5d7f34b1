"""Lines and frames over a socket: makefile, and a length in front."""

import socket
import struct

LINE_BYTES_MAX = 64


def read_frame(stream):
    header = stream.read(4)
    if not header:
        return None
    (length,) = struct.unpack(">I", header)
    payload = stream.read(length)
    if len(payload) < length:
        raise EOFError("the stream ended within a frame")
    return payload


ours, theirs = socket.socketpair()
with ours, theirs:
    theirs.sendall(b"one\ntwo\nhalf a li")
    with ours.makefile("rb") as reader:
        assert reader.readline(LINE_BYTES_MAX) == b"one\n"
        assert reader.readline(LINE_BYTES_MAX) == b"two\n"
        theirs.sendall(b"ne\n" + b"x" * 100)
        assert reader.readline(LINE_BYTES_MAX) == b"half a line\n"
        too_long = reader.readline(LINE_BYTES_MAX)
        assert not too_long.endswith(b"\n") and len(too_long) == LINE_BYTES_MAX
        print("three lines, and one that is too long")

ours, theirs = socket.socketpair()
with ours, theirs, ours.makefile("rb") as reader:
    with theirs.makefile("wb") as writer:
        for payload in (b"hello", b""):
            writer.write(struct.pack(">I", len(payload)) + payload)
        writer.write(struct.pack(">I", 10) + b"cut")
        # Nothing has left yet: a buffered writer waits to be flushed.
        writer.flush()
    theirs.shutdown(socket.SHUT_WR)
    assert read_frame(reader) == b"hello" and read_frame(reader) == b""
    try:
        read_frame(reader)
        raise AssertionError("half a frame is not a frame")
    except EOFError as error:
        print("two frames, and then:", error)
