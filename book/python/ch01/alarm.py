"""A signal interrupts a call that blocks: signal.alarm and its handler."""

import os
import signal
import time

SECONDS = 0.1


class TimeIsUp(Exception):
    pass


def count(_number, _frame):
    global runs
    runs += 1


def give_up(_number, _frame):
    raise TimeIsUp


read_end, write_end = os.pipe()

# Python runs the handler, and takes the interrupted read up again (PEP 475).
runs = 0
signal.signal(signal.SIGALRM, count)
signal.setitimer(signal.ITIMER_REAL, SECONDS, SECONDS)
began = time.monotonic()
while runs < 3:
    signal.pause()
print(f"{runs} signals in {time.monotonic() - began:.1f} s")

# A handler that raises ends the call instead.
signal.signal(signal.SIGALRM, give_up)
try:
    os.read(read_end, 1)
    raise AssertionError("nobody writes into this pipe")
except TimeIsUp:
    print("the read was given up")
finally:
    signal.setitimer(signal.ITIMER_REAL, 0)
os.close(read_end)
os.close(write_end)
