"""A coroutine that nobody awaits, and a task that its loop leaves pending."""

import asyncio
import gc
import warnings


async def say_hello(log):
    log.append("hello")


log = []
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    say_hello(log)
    gc.collect()
print(caught[0].message)
assert "never awaited" in str(caught[0].message) and log == []

asyncio.run(say_hello(log))
assert log == ["hello"]

seen = []
loop = asyncio.new_event_loop()
loop.set_exception_handler(lambda _loop, context: seen.append(context["message"]))
task = loop.create_task(asyncio.sleep(3600))
loop.run_until_complete(asyncio.sleep(0))
loop.close()
del task
gc.collect()
print(*seen)
assert seen == ["Task was destroyed but it is pending!"]
