"""One thread asks everybody in turn: with time.sleep between rounds, and without."""

import socket
import threading
import time


def serve(listener, stop, nap):
    listener.setblocking(False)
    clients = []
    while not stop.is_set():
        try:
            connection, _peer = listener.accept()
            connection.setblocking(False)
            clients.append(connection)
        except BlockingIOError:
            pass
        for connection in list(clients):
            try:
                data = connection.recv(1024)
                if data:
                    # Short messages. A longer one might not all be taken.
                    connection.sendall(data)
                    continue
            except BlockingIOError:
                continue
            except OSError:
                pass
            clients.remove(connection)
            connection.close()
        if nap:
            time.sleep(nap)
    for connection in clients:
        connection.close()


def idle_share(nap):
    """What an idle server uses of a core, in its process's time."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stop = threading.Event()
        server = threading.Thread(target=serve, args=(listener, stop, nap))
        server.start()
        address = listener.getsockname()
        clients = [socket.create_connection(address, timeout=5) for _ in range(3)]
        for client in clients:
            client.sendall(b"hello")
        # All are served, and nobody waits for the one before.
        assert all(client.recv(5) == b"hello" for client in clients)

        began, used = time.monotonic(), time.process_time()
        time.sleep(0.5)
        share = (time.process_time() - used) / (time.monotonic() - began)
        stop.set()
        server.join()
        for client in clients:
            client.close()
        return share


spin, sleep = idle_share(None), idle_share(0.02)
print(f"without a nap {spin:.0%} of a core, with naps {sleep:.0%}, and all is silent")
assert spin > 2 * sleep
