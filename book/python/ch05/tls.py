"""A request over TLS to a server of an authority of our own, and certificates that are refused."""

import http.client
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

folder = tempfile.TemporaryDirectory()
NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1".split()


def make(name, *more):
    """A certificate and its key, in files: `ssl` makes none, and reads a key from nothing else."""
    key, certificate = f"{folder.name}/{name}.key", f"{folder.name}/{name}.pem"
    asked = ["openssl", "req", "-x509", *NEW_KEY, "-subj", f"/CN={name}", "-keyout", key, "-out", certificate]
    subprocess.run([*asked, *more], check=True, capture_output=True)
    return certificate, key


NAME = ["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"]
try:
    # Python 3.13 asks of an authority that its certificate says what it is for.
    AUTHORITY = make("authority", "-addext", "keyUsage=critical,keyCertSign")
    GOOD = make("localhost", *NAME, "-CA", AUTHORITY[0], "-CAkey", AUTHORITY[1])
    SELF_SIGNED = make("itself", *NAME)
except (FileNotFoundError, subprocess.CalledProcessError):
    sys.exit(print("nothing was tried: there is no openssl here that makes such certificates"))


def serve(certificate):
    """One client, on a thread. A client that does not like our certificate is one client's affair."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    listener = socket.create_server(("127.0.0.1", 0))

    def run():
        with listener:
            stream, _ = listener.accept()
        with stream:
            stream.settimeout(5)
            try:
                with context.wrap_socket(stream, server_side=True) as tls:
                    tls.recv(1024)
                    tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n")
            except OSError:
                pass

    thread = threading.Thread(target=run)
    thread.start()
    return listener.getsockname(), thread


class Connection(http.client.HTTPSConnection):
    """To one address, whatever the name: nobody is asked where `elsewhere.test` is."""

    def __init__(self, address, name, context):
        super().__init__(name, address[1], timeout=5, context=context)
        self._create_connection = lambda _, *rest, **named: socket.create_connection(address, *rest, **named)


def get(certificate, name, context):
    address, thread = serve(certificate)
    client = Connection(address, name, context)
    try:
        client.request("GET", "/")
        return client.getresponse().read()
    finally:
        client.close()
        thread.join()


trusting = ssl.create_default_context(cafile=AUTHORITY[0])
stranger = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

body = get(GOOD, "localhost", trusting)
print("trusted:", body)
assert body == b"hello\n"

for what, certificate, name, context, expected in [
    ("another name", GOOD, "elsewhere.test", trusting, "elsewhere.test"),
    ("self-signed", SELF_SIGNED, "localhost", trusting, "self"),
    ("unknown issuer", GOOD, "localhost", stranger, "local issuer"),
]:
    try:
        get(certificate, name, context)
        raise AssertionError(f"{what}: it must be refused")
    except ssl.SSLCertVerificationError as error:
        print(f"{what}: {error.verify_message}")
        assert expected in error.verify_message
