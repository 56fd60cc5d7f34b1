"""add_signal_handler: a signal becomes a call of the loop."""

import asyncio
import os
import signal

loop = asyncio.new_event_loop()
seen = []


def on_signal(number):
    # No rule of signal handlers holds here: this is an ordinary callback.
    seen.append(signal.Signals(number).name)
    if len(seen) == 2:
        loop.stop()


for number in (signal.SIGINT, signal.SIGTERM):
    loop.add_signal_handler(number, on_signal, number)
loop.call_soon(os.kill, os.getpid(), signal.SIGINT)
loop.call_later(0.05, os.kill, os.getpid(), signal.SIGTERM)
loop.run_forever()
print(*seen)
assert sorted(seen) == ["SIGINT", "SIGTERM"]
assert loop.remove_signal_handler(signal.SIGINT)
assert not loop.remove_signal_handler(signal.SIGINT)
loop.close()
