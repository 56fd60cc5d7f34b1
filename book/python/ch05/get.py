"""A page fetched by `http.client`: a body of known size, and one in chunks."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

PIECES = [b"in p", b"ieces\n"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        if self.path == "/":
            self.send_header("Content-Length", "6")
            self.end_headers()
            self.wfile.write(b"hello\n")
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in PIECES + [b""]:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever).start()
try:
    client = http.client.HTTPConnection(*server.server_address, timeout=5)
    for path, expected in [("/", b"hello\n"), ("/pieces", b"".join(PIECES))]:
        client.request("GET", path)
        answer = client.getresponse()
        how = answer.getheader("Content-Length") or answer.getheader("Transfer-Encoding")
        body = answer.read()
        print(path, answer.status, how, body)
        assert (answer.status, body) == (200, expected)
    client.close()
finally:
    server.shutdown()
    server.server_close()
