"""Lines are written soon and together, and a sink that fails ends nothing."""

import asyncio

from lambent.core.clock import VirtualClock
from lambent.core.ports import LogStreamName
from lambent.services.apigateway.operations.http import access_logs
from lambent.services.apigateway.operations.http.access_logs import AccessLogs

ONE, OTHER = LogStreamName("a", "r", "g", "1"), LogStreamName("a", "r", "g", "2")


class Sink:
    def __init__(self):
        self.appended = []
        self.failures = 0

    async def append(self, stream, events, *, is_patient=False):
        await asyncio.sleep(0)
        if self.failures:
            self.failures -= 1
            raise OSError
        self.appended.append((stream.stream, [event.message for event in events]))


async def settled(clock):
    await clock.busy.idle()


async def test_lines_that_come_while_others_are_written_go_together():
    sink, clock = Sink(), VirtualClock()
    logs = AccessLogs(log_sink=sink, clock=clock)

    logs.write(ONE, 1, "a")
    await asyncio.sleep(0)
    for line in "bc":
        logs.write(ONE, 2, line)
    logs.write(OTHER, 2, "d")
    await settled(clock)

    assert sink.appended == [("1", ["a"]), ("1", ["b", "c"]), ("2", ["d"])]


async def test_a_failure_loses_its_lines_and_no_others():
    sink, clock = Sink(), VirtualClock()
    sink.failures = 1
    logs = AccessLogs(log_sink=sink, clock=clock)

    logs.write(ONE, 1, "a")
    await asyncio.sleep(0)
    await settled(clock)
    logs.write(ONE, 1, "b")
    await asyncio.sleep(0)
    await settled(clock)

    assert sink.appended == [("1", ["b"])]


async def test_lines_above_the_limit_are_dropped(monkeypatch):
    monkeypatch.setattr(access_logs, "PENDING_MAX", 1)
    sink, clock = Sink(), VirtualClock()
    logs = AccessLogs(log_sink=sink, clock=clock)

    logs.write(ONE, 1, "a")
    logs.write(ONE, 1, "b")
    await asyncio.sleep(0)
    await settled(clock)

    assert sink.appended == [("1", ["a"])]
