"""What a client remembers of its servers.

The jar is `http.cookiejar`'s, which has no list of public suffixes either.
"""

import threading
import urllib.request
from http.cookiejar import CookieJar
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Application(BaseHTTPRequestHandler):
    """Says which cookie it was told; gives one at /login, and ends it at /logout."""

    def do_GET(self):
        said = self.headers.get("cookie", "none")
        self.send_response(303 if self.path == "/login" else 200)
        if self.path == "/login":
            self.send_header("set-cookie", "name=ada; Path=/; HttpOnly; Max-Age=3600")
            self.send_header("location", "/")
        elif self.path == "/logout":
            self.send_header("set-cookie", "name=; Path=/; Max-Age=0")
        self.end_headers()
        self.wfile.write(f"cookie: {said}".encode())

    def log_message(self, *_):
        pass


def start():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Application)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def main():
    servers = [start(), start()]
    one, other = [f"http://127.0.0.1:{server.server_port}" for server in servers]
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    for what, url, expected in [
        ("before", one, "cookie: none"),
        ("GET /login, which leads to /", f"{one}/login", "cookie: name=ada"),
        ("later", one, "cookie: name=ada"),
        ("another port of the same host", other, "cookie: name=ada"),
        ("GET /logout", f"{one}/logout", "cookie: name=ada"),
        ("after that", one, "cookie: none"),
    ]:
        with opener.open(url, timeout=5) as answer:
            text = answer.read().decode()
        print(f"{what:<30} {text}")
        assert text == expected, text
    for server in servers:
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    main()
