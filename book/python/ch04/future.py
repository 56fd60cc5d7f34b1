"""A Future that somebody else fulfils, and run_until_complete."""

import asyncio


async def fulfil(future):
    await asyncio.sleep(0.05)
    future.set_result("Future is done!")


loop = asyncio.new_event_loop()
future, called = loop.create_future(), []
future.add_done_callback(lambda done: called.append(done.result()))
task = loop.create_task(fulfil(future))
assert not future.done()

answer = loop.run_until_complete(future)
print(answer)
assert answer == "Future is done!"
assert called == [answer], "whoever waited was called"
loop.run_until_complete(task)

try:
    future.set_result("again")
    raise AssertionError("a future is fulfilled once")
except asyncio.InvalidStateError as error:
    print("twice:", type(error).__name__)
loop.close()
