"""select.epoll: level, edge and one-shot side by side (Linux)."""

import select
import socket

if not hasattr(select, "epoll"):
    print("this system has no epoll")
    raise SystemExit


def waits_that_report(flags):
    """How many of three waits report bytes that nobody reads, and whether the next bytes are news."""
    left, right = socket.socketpair()
    with left, right, select.epoll() as epoll:
        epoll.register(left, select.EPOLLIN | flags)
        right.sendall(b"hello")
        reports = sum(len(epoll.poll(0)) for _ in range(3))
        right.sendall(b"more")
        news = len(epoll.poll(0)) == 1
        # Armed again, one-shot tells what is there.
        epoll.modify(left, select.EPOLLIN | flags)
        assert len(epoll.poll(0)) == 1
        assert left.recv(100) == b"hellomore"
        return reports, news


for name, flags, expected in (
    ("level", 0, (3, True)),
    ("edge", select.EPOLLET, (1, True)),
    ("one-shot", select.EPOLLONESHOT, (1, False)),
):
    seen = waits_that_report(flags)
    print(name, seen)
    assert seen == expected
