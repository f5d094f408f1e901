"""The operations of logs, and the port through which functions write: each file a mixin of ``Logs``.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html
"""

from collections.abc import Awaitable, Sequence

from lambent.core.clock import Clock
from lambent.core.ports import LogEvent, LogStreamName
from lambent.durable.signals import Signals
from lambent.durable.workers import Worker
from lambent.services.logs.appender import Appender
from lambent.services.logs.operations.events import EventOperations
from lambent.services.logs.operations.groups import GroupOperations
from lambent.services.logs.operations.live_tail import LiveTailOperations
from lambent.services.logs.operations.streams import StreamOperations
from lambent.services.logs.sweeper import Sweeper
from lambent.store.database import Database

__all__ = ["Logs"]


class Logs(GroupOperations, StreamOperations, EventOperations, LiveTailOperations):
    """CloudWatch Logs. It is the ``core.ports.LogSink``."""

    def __init__(self, *, logs_store: Database, clock: Clock, signals: Signals) -> None:
        self.store = logs_store
        self.clock = clock
        self.signals = signals
        self.appender = Appender(store=logs_store, clock=clock)
        self.is_ending = False

    def append(self, stream: LogStreamName, events: Sequence[LogEvent], *, is_patient: bool = False) -> Awaitable[None]:
        """Keeps what a function or the platform writes; makes the group and the stream when they are not there."""
        return self.appender.append(stream, events, is_patient=is_patient)

    def workers(self) -> list[Worker]:
        return [Worker("logs.sweeper", Sweeper(store=self.store, clock=self.clock, signals=self.signals).run)]

    def forget(self, account: str | None) -> None:  # noqa: ARG002 - what is known of the others is soon known again
        """After a reset."""
        self.appender.forget()
