"""Downloads one after the other, and fifteen at a time by threads."""

import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DOWNLOADS = 45
LIMIT = 15
DELAY = 0.05


class Handler(BaseHTTPRequestHandler):
    now = most = 0
    lock = threading.Lock()

    def do_GET(self):
        with Handler.lock:
            Handler.now += 1
            Handler.most = max(Handler.most, Handler.now)
        time.sleep(DELAY)
        with Handler.lock:
            Handler.now -= 1
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"a page\n")

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128


def download(_):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read()


server = Server(("127.0.0.1", 0), Handler)
url = "http://{}:{}/".format(*server.server_address)
threading.Thread(target=server.serve_forever).start()
try:
    start = time.monotonic()
    alone = [download(number) for number in range(5)]
    print(f"{len(alone)} one after the other: {time.monotonic() - start:.2f} s")
    assert time.monotonic() - start >= 5 * DELAY and Handler.most == 1

    start = time.monotonic()
    with ThreadPoolExecutor(LIMIT) as threads:
        pages = list(threads.map(download, range(DOWNLOADS)))
    ideal = DOWNLOADS / LIMIT * DELAY
    print(f"{len(pages)} by {LIMIT} threads: {time.monotonic() - start:.2f} s, at best {ideal:.2f} s")
    assert pages == [b"a page\n"] * DOWNLOADS
    assert 1 < Handler.most <= LIMIT, Handler.most
finally:
    server.shutdown()
    server.server_close()
