"""call_soon_threadsafe: another thread wakes the loop."""

import asyncio
import threading

loop = asyncio.new_event_loop()
ran_in = []


def done():
    ran_in.append(threading.get_ident())
    loop.stop()


# Without a wake-up the loop would sleep in its selector until this limit.
limit = loop.call_later(9, loop.stop)
thread = threading.Timer(0.1, loop.call_soon_threadsafe, [done])
thread.start()
loop.run_forever()
print("woken:", bool(ran_in))
assert ran_in == [threading.get_ident()], "the call runs in the thread of the loop"
assert loop.time() < limit.when()
thread.join()
loop.close()
