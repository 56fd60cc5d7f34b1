"""call_soon, call_later, a call that is cancelled, run_forever and stop."""

import asyncio
import datetime


def hello(loop, log):
    log.append("Hello World")
    loop.stop()


def display_date(loop, end, shown):
    shown.append(datetime.datetime.now())
    print(shown[-1])
    if loop.time() + 0.1 < end:
        loop.call_later(0.1, display_date, loop, end, shown)
    else:
        loop.stop()


loop = asyncio.new_event_loop()
log, shown = [], []
loop.call_soon(hello, loop, log)
loop.run_forever()
print(*log)
assert log == ["Hello World"]

loop.call_later(0.02, log.append, "later")
loop.call_soon(log.append, "first")
loop.call_soon(log.append, "second")
cancelled = loop.call_later(0.01, log.append, "never")
cancelled.cancel()
loop.call_later(0.05, loop.stop)
loop.run_forever()
print(*log[1:])
assert log[1:] == ["first", "second", "later"]

loop.call_soon(display_date, loop, loop.time() + 0.35, shown)
loop.run_forever()
assert 1 <= len(shown) <= 4
loop.close()
