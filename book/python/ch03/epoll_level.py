"""select.epoll, level triggered: one read for each report is enough (Linux)."""

import select
import socket

if not hasattr(select, "epoll"):
    print("this system has no epoll")
    raise SystemExit

left, right = socket.socketpair()
with left, right, select.epoll() as epoll:
    epoll.register(left, select.EPOLLIN)
    right.sendall(b"x" * 10)
    right.shutdown(socket.SHUT_WR)
    pieces = []
    while events := epoll.poll(5):
        assert events[0][0] == left.fileno()
        piece = left.recv(4)
        if not piece:
            break
        pieces.append(len(piece))
    print("one read for each report:", pieces)
    assert pieces == [4, 4, 2]
