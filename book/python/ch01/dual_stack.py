"""One socket for IPv6 and IPv4."""

import ipaddress
import socket

if not socket.has_dualstack_ipv6():
    print("this machine cannot do it: no IPv6, or none that takes IPv4 as well")
    raise SystemExit

with socket.create_server(
    ("", 0), family=socket.AF_INET6, dualstack_ipv6=True
) as listener:
    listener.settimeout(5)
    port = listener.getsockname()[1]
    for address in ("127.0.0.1", "::1"):
        with socket.create_connection((address, port), timeout=5) as client:
            connection, peer = listener.accept()
            seen = ipaddress.IPv6Address(peer[0].partition("%")[0])
            print(f"{address} is seen as {seen}; as IPv4: {seen.ipv4_mapped}")
            assert seen.ipv4_mapped == (
                ipaddress.IPv4Address(address) if "." in address else None
            )
            with connection:
                connection.sendall(b"hello")
                assert client.recv(5) == b"hello"
