"""An echo server with a thread for each client."""

import socket
import threading


def serve_one(connection):
    with connection:
        try:
            while data := connection.recv(1024):
                connection.sendall(data)
        except OSError as error:
            print("lost a client:", error)


def serve(listener):
    while True:
        try:
            connection, _peer = listener.accept()
        except OSError:
            return  # nobody listens any more
        threading.Thread(target=serve_one, args=(connection,)).start()


with socket.create_server(("127.0.0.1", 0)) as listener:
    address = listener.getsockname()
    # A daemon: what wakes a thread from accept differs between systems.
    threading.Thread(target=serve, args=(listener,), daemon=True).start()

    silent = [socket.create_connection(address, timeout=5) for _ in range(10)]
    with socket.create_connection(address, timeout=5) as client:
        client.sendall(b"hello")
        assert client.recv(1024) == b"hello"
    print("ten silent clients, and the eleventh is served")
    for client in silent:
        client.close()
