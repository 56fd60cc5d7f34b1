"""An echo server for one client after the other, and its client, over IPv4."""

import socket
import threading


def echo(connection):
    while data := connection.recv(16 * 1024):
        connection.sendall(data)


def serve(listener, clients):
    for _ in range(clients):
        connection, _peer = listener.accept()
        # One client's error ends one connection.
        with connection:
            try:
                echo(connection)
            except OSError as error:
                print("lost a client:", error)


def ask(address, message):
    with socket.create_connection(address, timeout=5) as client:
        client.sendall(message)
        client.shutdown(socket.SHUT_WR)
        answer = b""
        # One send may come as several pieces: read until the end.
        while piece := client.recv(1024):
            answer += piece
        return answer


with socket.create_server(("127.0.0.1", 0)) as listener:
    server = threading.Thread(target=serve, args=(listener, 2))
    server.start()
    for message in (b"hello", b"x" * 5000):
        assert ask(listener.getsockname(), message) == message
        print(len(message), "bytes came back")
    server.join()
