"""select.select: the lists go in and come out at each call."""

import select
import socket

with socket.create_server(("127.0.0.1", 0)) as listener:
    listener.setblocking(False)
    people = [socket.create_connection(listener.getsockname(), timeout=5) for _ in range(3)]
    for number, person in enumerate(people):
        person.sendall(b"hello %d" % number)
        person.shutdown(socket.SHUT_WR)
    watched, writes, ended = [listener], {}, 0
    while ended < len(people):
        readable, writable, _ = select.select(watched, list(writes), [], 5)
        assert readable or writable, "nothing happened for five seconds"
        for one in readable:
            if one is listener:
                connection, _peer = listener.accept()
                connection.setblocking(False)
                watched.append(connection)
            elif data := one.recv(1024):
                # Read again only when these bytes are gone.
                watched.remove(one)
                writes[one] = data
            else:
                watched.remove(one)
                one.close()
                ended += 1
        for one in writable:
            writes[one] = writes[one][one.send(writes[one]) :]
            if not writes[one]:
                del writes[one]
                watched.append(one)
    for number, person in enumerate(people):
        with person:
            answer = person.recv(1024)
            print(answer)
            assert answer == b"hello %d" % number
