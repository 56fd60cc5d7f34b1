"""Debug mode: the loop names the callback that takes long."""

import asyncio
import logging
import time

records = []


class Keep(logging.Handler):
    def emit(self, record):
        records.append(record.getMessage())


async def takes_long():
    time.sleep(0.2)


async def main():
    loop = asyncio.get_running_loop()
    loop.slow_callback_duration = 0.1
    await asyncio.create_task(takes_long())


logging.getLogger("asyncio").addHandler(Keep())
asyncio.run(main(), debug=False)
assert not any("takes_long" in line for line in records), "nobody measures without it"
asyncio.run(main(), debug=True)
slow = [line for line in records if "takes_long" in line]
print(*slow)
assert slow and "took" in slow[0]
