"""Subprocesses: communicate, wait, kill."""

import asyncio
import signal
from asyncio.subprocess import PIPE


async def main():
    # Both pipes at once: more than a pipe holds must not stop either side.
    text = b"line\n" * 50_000
    child = await asyncio.create_subprocess_exec("cat", stdin=PIPE, stdout=PIPE)
    out, _ = await asyncio.wait_for(child.communicate(text), 5)
    print(len(out), "bytes came back, status", child.returncode)
    assert out == text and child.returncode == 0

    child = await asyncio.create_subprocess_exec("cat", stdin=PIPE, stdout=PIPE)
    for word in (b"one\n", b"two\n"):
        child.stdin.write(word)
        await child.stdin.drain()
        assert await child.stdout.readline() == word
    child.stdin.close()
    assert await child.wait() == 0

    child = await asyncio.create_subprocess_exec("sleep", "60")
    child.kill()
    print("killed:", await child.wait())
    assert child.returncode == -signal.SIGKILL


asyncio.run(main())
