"""The operations of sqs, each file a mixin of ``Sqs``.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
"""

from lambent.core.clock import Clock
from lambent.core.ports import Caller
from lambent.durable.signals import Signals
from lambent.durable.tables import Timer
from lambent.durable.timers import Timers
from lambent.durable.workers import Worker
from lambent.services.sqs.alarms import Alarms
from lambent.services.sqs.engine.moves import TIMER as MOVE
from lambent.services.sqs.engine.moves import step
from lambent.services.sqs.engine.queues import SWEEP, sweep
from lambent.services.sqs.known import known_queues
from lambent.services.sqs.operations.leases import LeaseOperations
from lambent.services.sqs.operations.moves import MoveOperations
from lambent.services.sqs.operations.queues import QueueOperations
from lambent.services.sqs.operations.receiving import ReceivingOperations
from lambent.services.sqs.operations.sending import SendingOperations
from lambent.services.sqs.rooms import Rooms
from lambent.store.database import Database, Transaction

__all__ = ["Sqs"]


class Sqs(QueueOperations, SendingOperations, ReceivingOperations, LeaseOperations, MoveOperations):
    """Simple Queue Service."""

    def __init__(self, *, store: Database, clock: Clock, call: Caller, signals: Signals, timers: Timers) -> None:
        self.store = store
        self.clock = clock
        self.call = call
        self.timers = timers
        self.known = known_queues(store)
        self.rooms = Rooms(clock=clock)
        self.alarms = Alarms(clock=clock, ring=self._ring)
        self.senders = {}
        self.turns = {}
        self.in_flight = {}
        self.sends = 0
        self._signals = signals
        store.on_signal(self.rooms.notify)
        timers.on(SWEEP, self._sweep)
        timers.on(MOVE, self._move)

    def workers(self) -> list[Worker]:
        return [Worker("sqs.alarms", self.alarms.run)]

    def forget(self, account: str | None) -> None:
        """After a reset."""
        self.known.forget_account(account)
        self.alarms.forget(account)
        self.senders.clear()

    def end_streams(self) -> None:
        """The platform stops: long polls are answered now."""
        self.rooms.close()

    def _ring(self, topic: str) -> None:
        """Messages have become visible by the passing of time."""
        self._signals.notify(topic)
        self.rooms.notify(topic)

    def _sweep(self, tx: Transaction, timer: Timer) -> None:
        if sweep(tx, int(timer.key)):
            self.timers.set(tx, timer.kind, timer.key, timer.due_at, account=timer.account, region=timer.region)

    def _move(self, tx: Transaction, timer: Timer) -> None:
        # Not the instant that the timer was due: who was off for an hour may not hurry now beyond the task's rate.
        step(tx, timer.key, self.timers, self.clock.of(timer.account).now())
