"""Options of a socket: what is asked for, and what is granted."""

import socket
import struct

with socket.socket() as bare, socket.create_server(("127.0.0.1", 0)) as listener:
    # Python's create_server sets SO_REUSEADDR, as Rust's TcpListener does.
    for name, made in (("socket()", bare), ("create_server()", listener)):
        on = made.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR) != 0
        print(f"SO_REUSEADDR after {name}: {on}")
        assert on == (made is listener)

    client = socket.create_connection(listener.getsockname(), timeout=5)
    connection, _peer = listener.accept()
    with client, connection:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        assert client.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
        print("TCP_NODELAY: small packets are sent at once")

        for asked in (1, 64 * 1024):
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, asked)
            granted = client.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
            print(f"SO_RCVBUF: {asked} asked, {granted} granted")
            assert granted >= asked

        client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        assert client.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) != 0

        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        connection.close()
        try:
            client.recv(1)
            raise AssertionError("an end, where a reset was expected")
        except ConnectionResetError as error:
            print("SO_LINGER of zero, seen by the peer:", error)
