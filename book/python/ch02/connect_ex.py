"""A connect that does not wait: connect_ex, and SO_ERROR at its end."""

import errno
import select
import socket


def connect(address):
    stream = socket.socket()
    stream.setblocking(False)
    begun = stream.connect_ex(address)
    print("connect_ex:", errno.errorcode.get(begun, begun))
    # Some systems know at once.
    if begun not in (0, errno.EINPROGRESS):
        return stream, begun
    # Writable says that it is over, and not how it went.
    _readable, writable, _other = select.select([], [stream], [], 5)
    assert writable == [stream], "a handshake over the loopback ends soon"
    return stream, stream.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


with socket.create_server(("127.0.0.1", 0)) as listener:
    stream, outcome = connect(listener.getsockname())
    with stream:
        assert outcome == 0
        assert stream.getpeername() == listener.getsockname()
        print("connected")

# Bound and not listening: this port refuses.
with socket.socket() as closed:
    closed.bind(("127.0.0.1", 0))
    stream, outcome = connect(closed.getsockname())
    with stream:
        assert outcome == errno.ECONNREFUSED
        print("writable, too, and SO_ERROR says:", errno.errorcode[outcome])
