"""A handshake with no socket at all, a record that was touched, and an end that nobody said."""

import ssl
import subprocess
import sys
import tempfile

SECRET = b"nobody on the way can read this"

folder = tempfile.TemporaryDirectory()
KEY, CERTIFICATE = f"{folder.name}/key.pem", f"{folder.name}/certificate.pem"
MAKE = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=server.test"
try:
    # `ssl` makes no certificates, and reads a key from nothing but a file.
    subprocess.run(
        [*MAKE.split(), "-addext", "subjectAltName=DNS:server.test", "-keyout", KEY, "-out", CERTIFICATE],
        check=True,
        capture_output=True,
    )
except (FileNotFoundError, subprocess.CalledProcessError):
    sys.exit(print("nothing was tried: there is no openssl here that makes such a certificate"))


class Side:
    """One end of a connection, and the two buffers that are all the network it knows."""

    def __init__(self, context, **how):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, **how)

    def shake_hands(self):
        """Whether it is over."""
        try:
            self.tls.do_handshake()
            return True
        except ssl.SSLWantReadError:
            return False


def carry(sender, receiver):
    records = sender.outgoing.read()
    receiver.incoming.write(records)
    return records


def connected():
    client = Side(client_context, server_hostname="server.test")
    server = Side(server_context, server_side=True)
    trips, over = 0, False
    while not over:
        done = client.shake_hands()
        to_server = len(carry(client, server))
        over = server.shake_hands() and done
        to_client = len(carry(server, client))
        trips += 1
        print(f"  client to server: {to_server} bytes, server to client: {to_client}")
        assert trips < 5, "a handshake ends"
    return client, server


server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server_context.load_cert_chain(CERTIFICATE, KEY)
# Python 3.9 sets this with OpenSSL 3, and takes a cut for an end.
server_context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
client_context = ssl.create_default_context(cafile=CERTIFICATE)

print("the handshake")
client, server = connected()
print("  agreed:", client.tls.version(), client.tls.cipher()[0])

client.tls.write(SECRET)
records = carry(client, server)
assert SECRET not in records, "it went in the clear"
assert server.tls.read() == SECRET
print(f"a message of {len(SECRET)} bytes went as {len(records)}")

client.tls.write(SECRET)
records = bytearray(client.outgoing.read())
records[-1] ^= 1
server.incoming.write(records)
try:
    server.tls.read()
    raise AssertionError("somebody has touched it")
except ssl.SSLError as error:
    print("one bit changed:", error.reason)

client, server = connected()
try:
    # It says that it goes, and would wait for the other side to say so as well.
    client.tls.unwrap()
except ssl.SSLWantReadError:
    pass
carry(client, server)
end = server.tls.read()
print("close_notify:", end)
assert end == b"", "an end"

client, server = connected()
# What a read of 0 bytes from a socket would tell it.
server.incoming.write_eof()
try:
    server.tls.read()
    raise AssertionError("there is nothing to read")
except ssl.SSLError as error:
    # An SSLEOFError since 3.10.
    assert "EOF" in str(error)
    print("nothing said:", error.reason)
