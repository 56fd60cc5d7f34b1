"""A Unix socket, and the path that it leaves behind."""

import errno
import os
import socket
import tempfile


def listen_at(path):
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(path)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        # Take it only if nobody answers there.
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
            if caller.connect_ex(path) != errno.ECONNREFUSED:
                listener.close()
                raise
        os.unlink(path)
        listener.bind(path)
    listener.listen()
    return listener


with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "echo.socket")
    # As after a kill: the server is gone, and its path is not.
    listen_at(path).close()
    assert os.path.exists(path)
    with listen_at(path):
        print("the path of a dead server is replaced")
        try:
            listen_at(path)
            raise AssertionError("that of a living one must not be")
        except OSError as error:
            print("that of a living one is not:", error)
