"""Lines with an answer each, in the shape of asynchat.

The newest Pythons have no asynchat: the part of it that is needed stands here, on selectors.
"""

import selectors
import socket

selector = selectors.DefaultSelector()


class Chat:
    """Collects what comes until the terminator, and pushes what goes."""

    def __init__(self, channel, terminator):
        self.channel, self.terminator = channel, terminator
        self.collected, self.out, self.closing = b"", b"", False
        channel.setblocking(False)
        selector.register(channel, selectors.EVENT_READ, self)

    def push(self, data):
        self.out += data
        self.watch()

    def watch(self):
        # Writability is looked at while there is something to write, and no longer.
        writes = selectors.EVENT_WRITE if self.out else 0
        selector.modify(self.channel, selectors.EVENT_READ | writes, self)

    def handle_read(self):
        data = self.channel.recv(3)  # small on purpose: messages come in pieces
        if not data:
            return self.close()
        self.collected += data
        while (at := self.collected.find(self.terminator)) >= 0:
            message = self.collected[:at]
            self.collected = self.collected[at + len(self.terminator) :]
            self.found_terminator(message)

    def handle_write(self):
        self.out = self.out[self.channel.send(self.out) :]
        self.watch()
        if self.closing and not self.out:
            self.close()

    def close_when_done(self):
        self.closing = True

    def close(self):
        selector.unregister(self.channel)
        self.channel.close()


class Shouter(Chat):
    def found_terminator(self, message):
        self.push(message.upper() + b"\n")
        if message == b"bye":
            self.close_when_done()


class Guest(Chat):
    heard = ()

    def found_terminator(self, message):
        self.heard += (message,)


ours, theirs = socket.socketpair()
server, guest = Shouter(ours, b"\n"), Guest(theirs, b"\n")
guest.push(b"hello\nhow are you\nbye\n")
while theirs.fileno() >= 0:
    events = selector.select(5)
    assert events, "nothing happened for five seconds"
    for key, ready in events:
        if ready & selectors.EVENT_WRITE and key.fileobj.fileno() >= 0:
            key.data.handle_write()
        if ready & selectors.EVENT_READ and key.fileobj.fileno() >= 0:
            key.data.handle_read()
print(*guest.heard)
assert guest.heard == (b"HELLO", b"HOW ARE YOU", b"BYE")
selector.close()
