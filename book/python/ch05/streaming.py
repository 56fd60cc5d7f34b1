"""A large body up and down, a piece at a time: nobody holds all of it."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

PIECE = b"x" * 65536
PIECES = 256


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        """Counts what comes, in chunks."""
        came = 0
        while size := int(self.rfile.readline(), 16):
            came += len(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        body = str(came).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(PIECES * len(PIECE)))
        self.end_headers()
        for _ in range(PIECES):
            # Waits while the client does not read: that is back-pressure.
            self.wfile.write(PIECE)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever).start()
try:
    client = http.client.HTTPConnection(*server.server_address, timeout=5)
    # A generator has no length, so it goes in chunks.
    client.request("POST", "/", body=(PIECE for _ in range(PIECES)), encode_chunked=True)
    up = int(client.getresponse().read())
    print("up:", up, "bytes")
    assert up == PIECES * len(PIECE)

    client.request("GET", "/")
    answer, down = client.getresponse(), 0
    while piece := answer.read(len(PIECE)):
        down += len(piece)
    print("down:", down, "bytes")
    assert down == up
    client.close()
finally:
    server.shutdown()
    server.server_close()
