"""Cancellation: an exception at the await where the task stands, through all its callers."""

import asyncio

log = []


async def inner():
    try:
        await asyncio.sleep(3600)
        log.append("never")
    finally:
        log.append("inner cleans up")


async def outer():
    try:
        await inner()
    except asyncio.CancelledError:
        log.append("outer cleans up")
        raise


async def main():
    task = asyncio.ensure_future(outer())
    await asyncio.sleep(0)
    assert task.cancel()
    assert not task.done(), "cancel asks; the task ends in its next turn"
    try:
        await task
        raise AssertionError("it was cancelled")
    except asyncio.CancelledError:
        print("cancelled:", task.cancelled(), log)
    assert task.cancelled() and log == ["inner cleans up", "outer cleans up"]
    assert not task.cancel(), "what has ended cannot be cancelled"

    # Cancelled before its first turn, a coroutine never starts.
    task = asyncio.ensure_future(outer())
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled() and len(log) == 2


asyncio.run(main())
