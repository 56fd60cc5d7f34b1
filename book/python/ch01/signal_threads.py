"""Signals and threads: which thread runs the handler, and how to wake a loop."""

import os
import signal
import socket
import threading

ran_on = []
signal.signal(signal.SIGUSR1, lambda _number, _frame: ran_on.append(threading.current_thread()))

# The self-pipe: the interpreter writes the signal's number, at once.
wake, woken = socket.socketpair()
wake.setblocking(False)
woken.settimeout(5)
signal.set_wakeup_fd(wake.fileno())


def set_handler():
    try:
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    except ValueError as error:
        refused.append(error)


def send():
    # To this very thread; the handler still runs on the main one.
    signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)


refused = []
for target in (set_handler, send):
    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
assert refused
print("another thread may not set a handler:", refused[0])

assert woken.recv(1) == bytes([signal.SIGUSR1])
while not ran_on:
    pass
assert ran_on == [threading.main_thread()]
print("sent to another thread, run on", ran_on[0].name)

# Ctrl-C, as a server would get it.
try:
    os.kill(os.getpid(), signal.SIGINT)
    signal.pause()
except KeyboardInterrupt:
    print("Ctrl-C is an exception in the main thread")
signal.set_wakeup_fd(-1)
wake.close()
woken.close()
