"""A dispatcher and its HTTP client, in the shape of asyncore.

The newest Pythons have no asyncore: the part of it that is needed stands here, on selectors.
"""

import selectors
import socket

selector = selectors.DefaultSelector()


class Dispatcher:
    def __init__(self, channel, events=selectors.EVENT_READ):
        self.channel = channel
        channel.setblocking(False)
        selector.register(channel, events, self)

    def close(self):
        selector.unregister(self.channel)
        self.channel.close()


class Client(Dispatcher):
    def __init__(self, address, out):
        super().__init__(socket.socket(), selectors.EVENT_WRITE)
        self.out, self.got = out, b""
        self.channel.connect_ex(address)

    def handle_write(self):
        self.out = self.out[self.channel.send(self.out) :]
        if not self.out:
            selector.modify(self.channel, selectors.EVENT_READ, self)

    def handle_read(self):
        if data := self.channel.recv(1024):
            self.got += data
        else:
            self.close()


class Page(Dispatcher):
    asked = b""

    def handle_read(self):
        self.asked += self.channel.recv(1024)
        if self.asked.endswith(b"\r\n\r\n"):
            selector.modify(self.channel, selectors.EVENT_WRITE, self)

    def handle_write(self):
        self.channel.sendall(b"HTTP/1.0 200 OK\r\n\r\nhello")  # small: it fits
        self.close()


class Door(Dispatcher):
    def handle_read(self):
        Page(self.channel.accept()[0])


def loop(until):
    while not until():
        events = selector.select(5)
        assert events, "nothing happened for five seconds"
        for key, ready in events:
            if ready & selectors.EVENT_WRITE and key.fileobj.fileno() >= 0:
                key.data.handle_write()
            if ready & selectors.EVENT_READ and key.fileobj.fileno() >= 0:
                key.data.handle_read()


door = Door(socket.create_server(("127.0.0.1", 0)))
client = Client(door.channel.getsockname(), b"GET / HTTP/1.0\r\n\r\n")
loop(lambda: client.channel.fileno() < 0)
head, _, body = client.got.partition(b"\r\n\r\n")
print(head, body)
assert head == b"HTTP/1.0 200 OK" and body == b"hello"
door.close()
selector.close()
