"""One connection for many requests, and a new one when the server has closed it."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

connections = set()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        connections.add(self.client_address)
        body = b"hello\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        if self.path == "/last":
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def get(client, path):
    client.request("GET", path)
    answer = client.getresponse()
    assert answer.read() == b"hello\n"


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever).start()
try:
    client = http.client.HTTPConnection(*server.server_address, timeout=5)
    for _ in range(10):
        get(client, "/")
    print("10 requests over", len(connections), "connection")
    assert len(connections) == 1
    # The client reads that this was the last one, and connects anew by itself.
    get(client, "/last")
    get(client, "/")
    print("after the server's farewell:", len(connections), "connections")
    assert len(connections) == 2
    client.close()
finally:
    server.shutdown()
    server.server_close()
