"""A handshake for someone who is known: `SSLSession`."""

import ssl
import subprocess
import sys
import tempfile

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


def handshake(session=None):
    """In memory, and a word after it: tickets come behind the handshake. The client's side, and how
    many bytes the handshake took."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    client = client_context.wrap_bio(
        to_client, to_server, server_hostname="server.test", session=session
    )
    size, over = 0, False
    while not over:
        over = True
        for side, sent in [(client, to_server), (server, to_client)]:
            before = sent.pending
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                over = False
            size += sent.pending - before
    server.write(b"hello\n")
    assert client.read() == b"hello\n"
    assert client.session_reused == server.session_reused, "both sides know"
    return client, size


server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server_context.load_cert_chain(CERTIFICATE, KEY)
client_context = ssl.create_default_context(cafile=CERTIFICATE)

first, whole = handshake()
print(f"the first one: resumed {first.session_reused}, {whole} bytes")
assert not first.session_reused
# rustls keeps tickets by itself; here the program hands them on.
second, short = handshake(first.session)
print(f"with its session: resumed {second.session_reused}, {short} bytes")
assert second.session_reused and short < whole
third, _ = handshake()
print("without it: resumed", third.session_reused)
assert not third.session_reused
