"""HEAD: what GET would say of a page, without the page."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

BODY = b"7\n" * 40_000


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()

    def do_GET(self):
        self.do_HEAD()
        self.wfile.write(BODY)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever).start()
try:
    client = http.client.HTTPConnection(*server.server_address, timeout=5)
    client.request("HEAD", "/")
    answer = client.getresponse()
    print("HEAD", answer.status)
    for name, value in answer.getheaders():
        print(f"  {name}: {value}")
    assert answer.getheader("content-length") == str(len(BODY)), "names are of any case"
    # The length is that of a body which does not come.
    assert answer.read() == b""
    # Had one come, it would stand before this answer.
    client.request("GET", "/")
    assert client.getresponse().read() == BODY
    client.close()
finally:
    server.shutdown()
    server.server_close()
