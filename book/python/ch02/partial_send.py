"""send takes a part, and sendall loses count of it."""

import socket

MESSAGE = bytes(range(251)) * 4000


def pair():
    writer, reader = socket.socketpair()
    for end in (writer, reader):
        end.setblocking(False)
    return writer, reader


def read_what_there_is(reader):
    received = b""
    try:
        while data := reader.recv(65536):
            received += data
    except BlockingIOError:
        pass
    return received


writer, reader = pair()
with writer, reader:
    rest, pieces, received = memoryview(MESSAGE), 0, b""
    while rest:
        try:
            # How much was taken is the place to go on from.
            rest = rest[writer.send(rest) :]
            pieces += 1
        except BlockingIOError:
            received += read_what_there_is(reader)
    received += read_what_there_is(reader)
    assert received == MESSAGE and pieces > 1
    print(f"send: {len(MESSAGE)} bytes in {pieces} pieces, none lost")

writer, reader = pair()
with writer, reader:
    try:
        writer.sendall(MESSAGE)
        raise AssertionError("there cannot be so much room")
    except BlockingIOError as error:
        part = read_what_there_is(reader)
        assert 0 < len(part) < len(MESSAGE)
        print(f"sendall: {error}; {len(part)} bytes are gone, and it does not say so")
