"""select.epoll, edge triggered: read until it would block, or the rest is never reported (Linux)."""

import select
import socket

if not hasattr(select, "epoll"):
    print("this system has no epoll")
    raise SystemExit


def drain(one):
    taken = 0
    try:
        while data := one.recv(4):
            taken += len(data)
    except BlockingIOError:
        pass
    return taken


left, right = socket.socketpair()
with left, right, select.epoll() as epoll:
    left.setblocking(False)
    epoll.register(left, select.EPOLLIN | select.EPOLLET)
    right.sendall(b"x" * 10)
    assert len(epoll.poll(5)) == 1
    assert len(left.recv(4)) == 4
    print("six bytes are left, events:", epoll.poll(0))
    assert epoll.poll(0) == []
    assert drain(left) == 6
    right.sendall(b"y" * 10)
    assert len(epoll.poll(5)) == 1
    assert drain(left) == 10
