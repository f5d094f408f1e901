"""The operations of kinesis, each file a mixin of ``Kinesis``.

https://docs.aws.amazon.com/kinesis/latest/APIReference/API_Operations.html
"""

from lambent.core.clock import Clock
from lambent.core.config import Config
from lambent.durable.signals import Signals
from lambent.durable.tables import Timer
from lambent.durable.timers import Timers
from lambent.durable.workers import Worker
from lambent.services.kinesis.appender import Appender
from lambent.services.kinesis.engine import retention
from lambent.services.kinesis.known import known_streams
from lambent.services.kinesis.operations.account import AccountOperations
from lambent.services.kinesis.operations.consumers import ConsumerOperations
from lambent.services.kinesis.operations.reading import ReadingOperations
from lambent.services.kinesis.operations.settings import SettingOperations
from lambent.services.kinesis.operations.shards import ShardOperations
from lambent.services.kinesis.operations.streams import StreamOperations
from lambent.services.kinesis.operations.subscribing import SubscribingOperations
from lambent.services.kinesis.operations.tags import TagOperations
from lambent.services.kinesis.operations.writing import WritingOperations
from lambent.services.kinesis.subscriptions import Subscriptions
from lambent.services.kinesis.sweeper import Sweeper
from lambent.services.kinesis.throughput import Throughput
from lambent.store.database import Database, Transaction

__all__ = ["Kinesis"]


class Kinesis(
    StreamOperations,
    ShardOperations,
    WritingOperations,
    ReadingOperations,
    ConsumerOperations,
    SubscribingOperations,
    SettingOperations,
    TagOperations,
    AccountOperations,
):
    """Kinesis Data Streams."""

    def __init__(self, *, store: Database, clock: Clock, signals: Signals, timers: Timers, config: Config) -> None:
        self.store = store
        self.clock = clock
        self.signals = signals
        self.timers = timers
        self.known = known_streams(store)
        self.appender = Appender(store=store, clock=clock)
        self.throughput = Throughput() if config.throughput == "aws" else None
        self.subscriptions = Subscriptions()
        self.is_ending = False
        self.turns = 0
        timers.on(retention.SWEEP, self._sweep)

    def workers(self) -> list[Worker]:
        return [Worker("kinesis.sweeper", Sweeper(store=self.store, clock=self.clock, signals=self.signals).run)]

    def forget(self, account: str | None) -> None:
        """After a reset."""
        self.known.forget_account(account)

    def _sweep(self, tx: Transaction, timer: Timer) -> None:
        if retention.sweep_deleted(tx, int(timer.key)):
            self.timers.set(tx, timer.kind, timer.key, timer.due_at, account=timer.account, region=timer.region)
