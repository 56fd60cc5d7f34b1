"""Two sockets that are connected from the start."""

import socket
import threading


def echo(end):
    with end:
        while data := end.recv(1024):
            end.sendall(data)


ours, theirs = socket.socketpair()
ours.settimeout(5)
print("its name is", repr(ours.getsockname()), "of family", ours.family.name)
server = threading.Thread(target=echo, args=(theirs,))
server.start()
with ours:
    ours.sendall(b"to the other end and back")
    ours.shutdown(socket.SHUT_WR)
    answer = ours.makefile("rb").read()
assert answer == b"to the other end and back"
server.join()
print(len(answer), "bytes came back")
