"""A silent client keeps the second one of an iterative server waiting."""

import socket
import threading


def serve(listener, clients):
    for _ in range(clients):
        connection, _peer = listener.accept()
        with connection:
            while data := connection.recv(1024):
                connection.sendall(data)


with socket.create_server(("127.0.0.1", 0)) as listener:
    address = listener.getsockname()
    threading.Thread(target=serve, args=(listener, 2)).start()

    silent = socket.create_connection(address, timeout=5)
    # The kernel makes this connection, though nobody has accepted it.
    second = socket.create_connection(address, timeout=5)
    second.sendall(b"hello")
    second.settimeout(0.3)
    try:
        second.recv(1024)
        raise AssertionError("the server should be waiting for the silent client")
    except socket.timeout:
        print("the second client gets no answer")

    silent.close()
    second.settimeout(5)
    assert second.recv(1024) == b"hello"
    print("the first one has left, and the answer is there")
    second.close()
