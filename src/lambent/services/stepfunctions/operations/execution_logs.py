"""Writes the events of standard executions to CloudWatch Logs, after their commit, where the state machine is logged."""

import asyncio
from collections import deque

from lambent.core.ports import LogSink
from lambent.durable.workers import Worker
from lambent.services.stepfunctions.engine import log_lines
from lambent.services.stepfunctions.engine.transitions import LOGGED_PREFIX
from lambent.services.stepfunctions.tables import executions, history, machines
from lambent.services.stepfunctions.tables.executions import ExecutionRow
from lambent.services.stepfunctions.tables.history import Recorded
from lambent.services.stepfunctions.tables.machines import RevisionRow
from lambent.store.database import Database, Transaction


class ExecutionLogs:
    """Hears of events by a signal. As on AWS logs are a best effort: what a crash interrupts is in the history alone."""

    def __init__(self, *, store: Database, log_sink: LogSink) -> None:
        self._store = store
        self._log_sink = log_sink
        self._heard: deque[str] = deque()
        self._is_heard = asyncio.Event()
        store.on_signal(self._hear)

    def worker(self) -> Worker:
        return Worker("stepfunctions logs", self._run)

    def _hear(self, topic: str) -> None:
        if topic.startswith(LOGGED_PREFIX):
            self._heard.append(topic)
            self._is_heard.set()

    async def _run(self) -> None:
        while True:
            await self._is_heard.wait()
            self._is_heard.clear()
            while self._heard:
                await self._log(self._heard.popleft())

    async def _log(self, topic: str) -> None:
        execution, first, last = map(int, topic.removeprefix(LOGGED_PREFIX).split("/"))
        found = await self._store.read(_look, execution, first, last)
        if found is None:
            return
        row, revision, events = found
        stream = log_lines.stream_of(revision.settings, row.execution, row.started_at)
        told = [(each.event, each.at) for each in events]
        lines = log_lines.lines(revision.settings, row.execution, told, redrive_count=row.redrive_count)
        if stream is not None and lines:
            await self._log_sink.append(stream, lines)


def _look(tx: Transaction, execution: int, first: int, last: int) -> tuple[ExecutionRow, RevisionRow, list[Recorded]] | None:
    """None where it is gone again."""
    row = executions.find(tx, execution)
    revision = None if row is None else machines.find_revision(tx, row.scope, row.revision)
    if row is None or revision is None:
        return None
    return row, revision, history.between(tx, execution, first, last)
