"""Lines of access logs on their way to their log groups: gathered while others are written, so that no request waits."""

import asyncio
import contextvars

from lambent.core.clock import Clock
from lambent.core.log import Log
from lambent.core.ports import LogEvent, LogSink, LogStreamName

PENDING_MAX = 100_000
"""Lines that wait; what comes above that is dropped, as the newest is worth no more than the platform's memory."""

log = Log("apigateway")


class AccessLogs:
    def __init__(self, *, log_sink: LogSink, clock: Clock) -> None:
        self._log_sink = log_sink
        self._clock = clock
        self._pending: dict[LogStreamName, list[LogEvent]] = {}
        self._count = 0
        self._writing: asyncio.Task[None] | None = None

    def write(self, stream: LogStreamName, timestamp_ms: int, line: str) -> None:
        """Returns at once: the line is written after the request has been answered."""
        if self._count >= PENDING_MAX:
            return
        self._count += 1
        self._pending.setdefault(stream, []).append(LogEvent(timestamp_ms, line))
        if self._writing is None:
            # Of no request: it outlives the one whose line it begins with.
            self._writing = asyncio.create_task(self._write(), context=contextvars.Context())

    async def _write(self) -> None:
        try:
            with self._clock.busy.working():
                while self._pending:
                    pending, self._pending = self._pending, {}
                    self._count = 0
                    await asyncio.gather(
                        *(self._log_sink.append(stream, events, is_patient=True) for stream, events in pending.items())
                    )
        except Exception as error:  # noqa: BLE001 - lines that cannot be written must not end those that follow
            log.error("access_log.failed", error=error)
        finally:
            self._writing = None
