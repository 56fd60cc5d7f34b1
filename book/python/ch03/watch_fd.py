"""add_reader and add_writer: a callback for a descriptor."""

import asyncio
import socket

left, right = socket.socketpair()
loop = asyncio.new_event_loop()
got = []


def readable():
    got.append(left.recv(100))
    loop.remove_reader(left)
    loop.stop()


def writable():
    right.send(b"hello")
    # A socket with room stays writable: who has nothing more to say must go.
    assert loop.remove_writer(right)


with left, right:
    left.setblocking(False)
    right.setblocking(False)
    loop.add_reader(left, readable)
    loop.add_writer(right, writable)
    loop.run_forever()
    print(*got)
    assert got == [b"hello"]
    assert not loop.remove_reader(left), "it is gone already"
    loop.close()
