"""What a timeout of a socket bounds: each wait, and not their sum."""

import http.client
import socket
import threading
import time

SHORT = 0.2


def serve(behave):
    listener = socket.create_server(("127.0.0.1", 0))

    def run():
        with listener:
            stream, _ = listener.accept()
            with stream:
                behave(stream)

    thread = threading.Thread(target=run)
    thread.start()
    return listener.getsockname(), thread


def silent(stream):
    # Until the client hangs up.
    while stream.recv(1024):
        pass


def trickles(stream):
    stream.recv(1024)
    stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n")
    for _ in range(30):
        stream.sendall(b".")
        time.sleep(SHORT / 10)


address, thread = serve(silent)
client = http.client.HTTPConnection(*address, timeout=SHORT)
client.request("GET", "/")
start = time.monotonic()
try:
    client.getresponse()
    raise AssertionError("nobody answers")
except TimeoutError as error:
    took = time.monotonic() - start
    print(f"no answer: {error}, after {took:.1f} s")
    assert took >= SHORT * 0.9
client.close()
thread.join()

address, thread = serve(trickles)
client = http.client.HTTPConnection(*address, timeout=SHORT)
start = time.monotonic()
client.request("GET", "/")
body = client.getresponse().read()
took = time.monotonic() - start
print(f"a byte now and then: {len(body)} bytes, after {took:.1f} s, and no timeout")
assert len(body) == 30 and took > 2 * SHORT
client.close()
thread.join()
