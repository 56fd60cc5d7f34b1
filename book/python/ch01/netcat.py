"""A small netcat: input to the socket, socket to the output, both at a time."""

import io
import socket
import sys
import threading


def netcat(stream, source, sink):
    def send():
        while data := source.read(16 * 1024):
            stream.sendall(data)
        # The end of our input is told, and the answer is still awaited.
        stream.shutdown(socket.SHUT_WR)

    sender = threading.Thread(target=send)
    sender.start()
    while data := stream.recv(16 * 1024):
        sink.write(data)
        sink.flush()
    sender.join()


def echo_once(listener):
    connection, _peer = listener.accept()
    with connection:
        while data := connection.recv(16 * 1024):
            connection.sendall(data)


if len(sys.argv) == 3:
    with socket.create_connection(sys.argv[1:]) as stream:
        netcat(stream, sys.stdin.buffer.raw, sys.stdout.buffer)
else:
    # Longer than all buffers between here and the server.
    message = bytes(range(251)) * 40_000
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=echo_once, args=(listener,)).start()
        answer = io.BytesIO()
        with socket.create_connection(listener.getsockname(), timeout=5) as stream:
            netcat(stream, io.BytesIO(message), answer)
    assert answer.getvalue() == message
    print(len(message), "bytes went out and came back; also: netcat.py HOST PORT")
