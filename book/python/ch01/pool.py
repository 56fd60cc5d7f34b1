"""An echo server with a fixed number of threads."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor

WORKERS = 2


def serve_one(connection):
    with connection:
        while data := connection.recv(1024):
            connection.sendall(data)


def serve(listener, clients):
    # Its queue has no bound: clients that nobody serves yet pile up in it.
    with ThreadPoolExecutor(WORKERS) as pool:
        for _ in range(clients):
            connection, _peer = listener.accept()
            pool.submit(serve_one, connection)


with socket.create_server(("127.0.0.1", 0)) as listener:
    address = listener.getsockname()
    server = threading.Thread(target=serve, args=(listener, WORKERS + 1))
    server.start()

    held = [socket.create_connection(address, timeout=5) for _ in range(WORKERS)]
    late = socket.create_connection(address, timeout=0.3)
    late.sendall(b"hello")
    try:
        late.recv(1024)
        raise AssertionError("every worker should be held by a silent client")
    except socket.timeout:
        print(WORKERS, "silent clients hold", WORKERS, "workers")

    held.pop().close()
    late.settimeout(5)
    assert late.recv(1024) == b"hello"
    print("one of them has left, and the next is served")
    for client in held + [late]:
        client.close()
    server.join()
