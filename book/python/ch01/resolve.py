"""Names become addresses: getaddrinfo, and create_connection over its list."""

import socket

for host in ("localhost", "127.0.0.1", "::1"):
    for family, _kind, _protocol, _name, address in socket.getaddrinfo(
        host, 7, type=socket.SOCK_STREAM
    ):
        print(f"{host}: {address[0]} ({family.name})")

try:
    # No lookup happens: a host given as a number is all that is allowed.
    socket.getaddrinfo("localhost", 7, flags=socket.AI_NUMERICHOST)
    raise AssertionError("a name is no number")
except socket.gaierror as error:
    print("a name that cannot be resolved:", error)

# Tries the addresses of the name one after the other.
with socket.create_server(("127.0.0.1", 0)) as listener:
    port = listener.getsockname()[1]
    with socket.create_connection(("localhost", port), timeout=5) as client:
        print("connected to", client.getpeername()[0])
        assert client.getpeername() == ("127.0.0.1", port)
