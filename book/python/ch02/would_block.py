"""setblocking(False), and BlockingIOError where a call would have to wait."""

import socket
import time


def would_block(call, *arguments):
    try:
        call(*arguments)
        raise AssertionError("there was nothing to be had")
    except BlockingIOError as error:
        print(f"{call.__name__}: {error}")


def later(call, *arguments):
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            return call(*arguments)
        except BlockingIOError:
            time.sleep(0.001)
    raise AssertionError("the same call should succeed a moment later")


with socket.create_server(("127.0.0.1", 0)) as listener:
    listener.setblocking(False)
    would_block(listener.accept)
    client = socket.create_connection(listener.getsockname())
    connection, _peer = later(listener.accept)

with client, connection:
    # An accepted socket does not inherit the setting in Python.
    connection.setblocking(False)
    would_block(connection.recv, 10)
    client.sendall(b"hello")
    assert later(connection.recv, 10) == b"hello"

    client.setblocking(False)
    sent = 0
    try:
        while True:
            sent += client.send(b"x" * 65536)
    except BlockingIOError:
        print(f"send: no room after {sent} bytes")
    while sent > 0:
        sent -= len(later(connection.recv, 65536))
    assert later(client.send, b"room again") > 0
    print("the same calls, a moment later, succeed")
