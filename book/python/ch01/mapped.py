"""A file as memory, and memory that two processes share: mmap."""

import mmap
import os
import socket
import tempfile

with tempfile.TemporaryFile() as file:
    file.write(bytes(range(256)) * 256)
    file.flush()
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        # It is sliced and searched like bytes, and nothing was read so far.
        assert mapped[:4] == b"\0\1\2\3" and mapped.find(b"\xff") == 255
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.settimeout(5)
            theirs.sendall(mapped[1000:1010])
            assert ours.recv(100) == mapped[1000:1010]
        print(len(mapped), "bytes of a file, served from memory")

# Anonymous and shared: parent and child see the same page.
with mmap.mmap(-1, mmap.PAGESIZE) as shared:
    child = os.fork()
    if child == 0:
        shared[:5] = b"hello"
        os._exit(0)
    _pid, status = os.waitpid(child, 0)
    assert status == 0 and shared[:5] == b"hello"
    print("the child wrote into our memory:", shared[:5].decode())
