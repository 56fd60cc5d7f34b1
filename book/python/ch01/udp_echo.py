"""Datagrams: each one whole, or cut, or lost."""

import socket
import threading


def echo(server, count):
    for _ in range(count):
        data, peer = server.recvfrom(65535)
        server.sendto(data, peer)


with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", 0))
    address = server.getsockname()
    threading.Thread(target=echo, args=(server, 3), daemon=True).start()

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.sendto(b"one", address)
        client.sendto(b"two", address)
        # Two messages stay two, where TCP could bring b"onetwo".
        assert client.recv(1024) == b"one" and client.recv(1024) == b"two"
        print("two datagrams, two messages")

        client.sendto(b"too long", address)
        assert client.recv(3) == b"too"
        client.settimeout(0.1)
        try:
            client.recv(1024)
            raise AssertionError("the rest should be gone")
        except socket.timeout:
            print("what did not fit into the buffer is gone")

# The server is closed now. A connected socket learns that: one call too late.
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
    client.settimeout(5)
    client.connect(address)
    client.send(b"anybody there?")
    try:
        client.recv(1024)
        raise AssertionError("the port is closed")
    except ConnectionRefusedError as error:
        print("send succeeded, and then recv says:", error)
