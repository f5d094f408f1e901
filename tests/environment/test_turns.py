"""Which events get an environment of their own, in real environments."""

import asyncio

from lambent.environments import turns, windows
from lambent.environments.machine import processors

MEETING = """
import os, socket
def handler(event, context):
    if event:
        with socket.create_connection(("127.0.0.1", event)) as meeting:
            meeting.recv(1)
    return context.log_stream_name
"""


async def test_events_of_a_function_that_only_computes_share_few_environments(house):
    spec = house.spec("def handler(e, c):\n    return sum(range(20000)) and c.log_stream_name\n")
    for _ in range((turns.WINDOWS_MIN + 1) * windows.WINDOW + 1):
        await house.call(spec)
    streams = await asyncio.gather(*(house.call(spec) for _ in range(100)))
    assert len(set(streams)) < 50


async def test_events_that_wait_for_one_another_all_run_however_brief_the_function_was(house):
    spec = house.spec(MEETING)
    for _ in range((turns.WINDOWS_MIN + 1) * windows.WINDOW + 1):
        await house.call(spec)
    count = 6 * processors()
    arrived: list[asyncio.StreamWriter] = []

    async def arrive(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.append(writer)
        if len(arrived) == count:
            for each in arrived:
                each.write(b"!")
                each.close()

    server = await asyncio.start_server(arrive, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        streams = await asyncio.gather(*(house.call(spec, port) for _ in range(count)))
    assert len(set(streams)) == count


async def test_a_burst_starts_no_more_environments_than_it_needs(house):
    """Each starts for a tenth of a second, and then answers at once: those that have started serve the others."""
    spec = house.spec(
        "import time\nuntil = time.process_time() + 0.1\nwhile time.process_time() < until:\n    pass\n"
        "def handler(e, c):\n    return c.log_stream_name\n"
    )
    streams = await asyncio.gather(*(house.call(spec) for _ in range(100)))
    assert len(set(streams)) < 50
