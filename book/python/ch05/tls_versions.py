"""What two sides agree to, and what they do not: versions of TLS, and protocols by ALPN."""

import ssl
import subprocess
import sys
import tempfile
from ssl import TLSVersion

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

BOTH = (TLSVersion.TLSv1_2, TLSVersion.TLSv1_3)


def context(side, versions, protocols):
    made = ssl.SSLContext(side)
    made.minimum_version, made.maximum_version = versions
    if protocols:
        made.set_alpn_protocols(protocols)
    if side == ssl.PROTOCOL_TLS_SERVER:
        made.load_cert_chain(CERTIFICATE, KEY)
    else:
        made.load_verify_locations(CERTIFICATE)
    return made


def meet(client, server):
    """A handshake in memory between two offers; the client's side of what came of it."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        context(ssl.PROTOCOL_TLS_CLIENT, *client).wrap_bio(
            to_client, to_server, server_hostname="server.test"
        ),
        context(ssl.PROTOCOL_TLS_SERVER, *server).wrap_bio(to_server, to_client, server_side=True),
    ]
    over = False
    while not over:
        over = True
        for side in sides:
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                over = False
    return sides[0]


OLD, NEW = [(version, version) for version in BOTH]

for what, client, server, expected in [
    ("all offered", (BOTH, ["h2", "http/1.1"]), (BOTH, ["h2", "http/1.1"]), ("TLSv1.3", "h2")),
    ("a client of TLS 1.2", (OLD, ["h2"]), (BOTH, ["h2"]), ("TLSv1.2", "h2")),
    ("a server of HTTP/1.1", (BOTH, ["h2", "http/1.1"]), (BOTH, ["http/1.1"]), ("TLSv1.3", "http/1.1")),
    ("a client without ALPN", (BOTH, []), (BOTH, ["h2"]), ("TLSv1.3", None)),
    # rustls refuses this one, as RFC 7301 wants; here the program must look.
    ("no protocol in common", (BOTH, ["h2"]), (BOTH, ["http/1.1"]), ("TLSv1.3", None)),
]:
    agreed = meet(client, server)
    agreed = agreed.version(), agreed.selected_alpn_protocol()
    print(f"{what}: {agreed[0]}, {agreed[1]}")
    assert agreed == expected

try:
    meet((OLD, []), (NEW, []))
    raise AssertionError("nothing in common")
except ssl.SSLError as error:
    print("1.2 meets 1.3:", error.reason)
