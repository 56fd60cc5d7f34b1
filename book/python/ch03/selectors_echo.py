"""An echo server on selectors: register, modify, unregister, get_map, a timeout."""

import selectors
import socket


def accept(selector, listener, _data):
    connection, _peer = listener.accept()
    connection.setblocking(False)
    selector.register(connection, selectors.EVENT_READ, (read, b""))


def read(selector, connection, _data):
    if data := connection.recv(1024):
        selector.modify(connection, selectors.EVENT_WRITE, (write, data))
    else:
        selector.unregister(connection)
        connection.close()


def write(selector, connection, data):
    rest = data[connection.send(data) :]
    next_step = (selectors.EVENT_WRITE, (write, rest)) if rest else (selectors.EVENT_READ, (read, b""))
    selector.modify(connection, *next_step)


with selectors.DefaultSelector() as selector, socket.create_server(("127.0.0.1", 0)) as listener:
    print("this system's best:", type(selector).__name__)
    listener.setblocking(False)
    selector.register(listener, selectors.EVENT_READ, (accept, b""))
    assert selector.select(timeout=0.01) == []
    with socket.create_connection(listener.getsockname(), timeout=5) as client:
        client.sendall(b"hello")
        client.shutdown(socket.SHUT_WR)
        most = 0
        # Until the client has come and gone.
        while most < 2 or len(selector.get_map()) > 1:
            events = selector.select(timeout=5)
            assert events, "nothing happened for five seconds"
            for key, _ready in events:
                step, data = key.data
                step(selector, key.fileobj, data)
                most = max(most, len(selector.get_map()))
        answer = client.recv(1024)
        print(answer)
        assert answer == b"hello"
