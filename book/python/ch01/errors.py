"""Errors of sockets, provoked and caught."""

import errno
import socket
import struct


def show(what, error, kind, number):
    assert isinstance(error, kind) and error.errno == number, repr(error)
    print(f"{what}: {type(error).__name__}, {errno.errorcode.get(number)}: {error}")


def caught(call, *arguments):
    try:
        call(*arguments)
    except OSError as error:
        return error
    raise AssertionError("it should have failed")


# Bound, so that nobody else takes the port; not listening, so that it refuses.
with socket.socket() as closed:
    closed.bind(("127.0.0.1", 0))
    error = caught(socket.create_connection, closed.getsockname())
show("connect", error, ConnectionRefusedError, errno.ECONNREFUSED)

with socket.create_server(("127.0.0.1", 0)) as listener:
    address = listener.getsockname()
    with socket.socket() as second:
        show("bind", caught(second.bind, address), OSError, errno.EADDRINUSE)

    client = socket.create_connection(address)
    connection, _peer = listener.accept()
    # Lingering for no time makes a close a reset.
    linger = struct.pack("ii", 1, 0)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    client.close()
    with connection:
        error = caught(connection.recv, 1)
        show("recv", error, ConnectionResetError, errno.ECONNRESET)
        # Python ignores SIGPIPE, so this is an error and not the end.
        show("send", caught(connection.send, b"x"), BrokenPipeError, errno.EPIPE)

    with socket.create_connection(address) as client:
        client.settimeout(0.05)
        error = caught(client.recv, 1)
        assert isinstance(error, socket.timeout) and error.errno is None
        print("recv:", type(error).__name__, error)
        client.setblocking(False)
        error = caught(client.recv, 1)
        show("recv, without waiting", error, BlockingIOError, errno.EAGAIN)
