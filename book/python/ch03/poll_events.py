"""select.poll: a list that is kept, of descriptors and bits."""

import select
import socket

poll = select.poll()
left, right = socket.socketpair()
with left, right:
    poll.register(left, select.POLLIN)
    assert poll.poll(0) == []
    right.sendall(b"hello")
    assert poll.poll(5000) == [(left.fileno(), select.POLLIN)]
    # What is not read is reported again.
    assert poll.poll(5000) == [(left.fileno(), select.POLLIN)]
    assert left.recv(5) == b"hello"

    poll.modify(left, select.POLLIN | select.POLLOUT)
    assert poll.poll(5000) == [(left.fileno(), select.POLLOUT)]
    poll.modify(left, select.POLLIN)
    right.close()
    [(_descriptor, bits)] = poll.poll(5000)
    print("readable:", bool(bits & select.POLLIN), "hung up:", bool(bits & select.POLLHUP))
    assert bits & select.POLLIN and left.recv(1) == b""
    poll.unregister(left)
    assert poll.poll(0) == []
