"""One change of one durable execution: what is written of it, in one transaction, and when it is to be invoked next."""

from typing import Any

from msgspec.structs import replace

from lambent.core.clock import NEVER, Instant
from lambent.durable.timers import Timers
from lambent.services.lambda_.engine.durable.history import Event
from lambent.services.lambda_.engine.durable.operations import CONTEXT
from lambent.services.lambda_.engine.durable.updates import Change
from lambent.services.lambda_.tables import durable
from lambent.services.lambda_.tables.durable import Execution
from lambent.store.database import Transaction

TIMER = "lambda.durable"
"""The kind of the one timer that a running execution has: the first of what it waits for, or its own end."""


class Draft:
    """``execution`` is as it will be; nothing but operations and events is written before ``save``."""

    def __init__(self, tx: Transaction, execution: Execution, now: Instant) -> None:
        self.tx = tx
        self.execution = execution
        self.now = now

    def set(self, **changes: Any) -> None:
        self.execution = replace(self.execution, **changes)

    def put(self, change: Change) -> None:
        """Writes an operation, which the function has not seen so until it is told, and what history says of it."""
        operation = change.operation
        self.set(changes=self.execution.changes + 1)
        if operation.position == self.execution.operations:
            self.set(operations=operation.position + 1)
        durable.put_operation(self.tx, self.execution.key, operation, self.execution.changes)
        if operation.type == CONTEXT and operation.has_ended and not operation.replays_children:
            durable.hide_children(self.tx, self.execution.key, operation.id)
        if change.event is not None:
            self.tell(change.event)

    def tell(self, event: Event) -> None:
        self.set(events=self.execution.events + 1)
        durable.insert_event(self.tx, self.execution.key, self.execution.events, event)

    def want(self) -> None:
        """Has the function invoked: now, or when the invocation that runs has ended, even if that one was told of the change.

        A branch that has gone to sleep when the news comes in the answer to another's checkpoint does not hear it.
        """
        if not self.execution.is_wanted:
            self.set(is_wanted=True, due_at=self.now)

    def save(self, timers: Timers) -> None:
        execution, scope = self.execution, self.execution.scope
        timer_at = NEVER
        if execution.is_running:
            first = durable.first_pending_due_at(self.tx, execution.key)
            timer_at = min(execution.times_out_at, NEVER if first is None else first)
        if timer_at != execution.timer_at:
            if timer_at == NEVER:
                timers.cancel(self.tx, TIMER, execution.id, account=scope.account, region=scope.region)
            else:
                timers.set(self.tx, TIMER, execution.id, timer_at, account=scope.account, region=scope.region)
            self.set(timer_at=timer_at)
        durable.update_execution(self.tx, self.execution)
