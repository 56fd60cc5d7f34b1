"""all_tasks: who is there, and where each one stands."""

import asyncio


async def waits_for(event):
    await event.wait()


async def main():
    event = asyncio.Event()
    tasks = [asyncio.create_task(waits_for(event), name=name) for name in ("reader", "writer")]
    await asyncio.sleep(0)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in sorted(others, key=lambda task: task.get_name()):
        line = task.get_stack()[-1].f_lineno
        print(task.get_name(), "stands at line", line)
        assert line == waits_for.__code__.co_firstlineno + 1
    assert others == set(tasks)
    event.set()
    await asyncio.wait(tasks)
    assert asyncio.all_tasks() == {asyncio.current_task()}


asyncio.run(main())
