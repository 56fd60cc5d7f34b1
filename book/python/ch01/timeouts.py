"""settimeout: accept, recv and send run out of time."""

import socket
import time

TIMEOUT = 0.1


def runs_out(name, call, *arguments):
    began = time.monotonic()
    try:
        call(*arguments)
        raise AssertionError(f"{name} should not have ended by itself")
    except socket.timeout as error:
        took = time.monotonic() - began
        assert took >= TIMEOUT * 0.9, took
        print(f"{name}: {error} after {took:.3f} s")


def send_for_ever(stream):
    while True:
        stream.send(b"x" * 65536)


with socket.create_server(("127.0.0.1", 0)) as listener:
    listener.settimeout(TIMEOUT)
    runs_out("accept", listener.accept)

    with socket.create_connection(listener.getsockname()) as client:
        client.settimeout(TIMEOUT)
        runs_out("recv", client.recv, 1)
        connection, _peer = listener.accept()
        # Nobody reads: the buffers fill up, and then send has to wait.
        runs_out("send", send_for_ever, client)

        # A timeout is one call's. Whoever trickles bytes starts it anew.
        client.settimeout(TIMEOUT)
        began = time.monotonic()
        for _ in range(3):
            time.sleep(TIMEOUT / 2)
            connection.send(b".")
            client.recv(1)
        assert time.monotonic() - began > TIMEOUT
        print("three reads took longer than the timeout of each")
        connection.close()
