"""Events accepted for later. For now each runs once; throttles wait and do not count as a run.

The rules that come next (retries, event age, destinations): https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

from lambent.core.clock import Instant
from lambent.services.lambda_.engine import limits
from lambent.services.lambda_.engine.identifiers import FunctionName, Scope
from lambent.services.lambda_.tables import async_events
from lambent.services.lambda_.tables.async_events import AsyncEvent, DueEvent
from lambent.store.database import Transaction


def accept(tx: Transaction, event: AsyncEvent) -> None:
    """Once this is committed the caller may be told 202."""
    async_events.insert_event(tx, event)


def functions_waiting(tx: Transaction) -> list[FunctionName]:
    """The functions of all accounts that have events."""
    return async_events.list_functions(tx)


def next_due(tx: Transaction, function: FunctionName, count_max: int) -> list[DueEvent]:
    """The function's events, those that are due first."""
    return async_events.list_due(tx, function, count_max)


def load(tx: Transaction, scope: Scope, request_id: str) -> AsyncEvent | None:
    return async_events.find_event(tx, scope, request_id)


def finish(tx: Transaction, event: AsyncEvent) -> None:
    async_events.delete_event(tx, event.scope, event.request_id)


def postpone(tx: Transaction, event: AsyncEvent, now: Instant) -> bool:
    """Puts a throttled event off; False where it has become too old, and is dropped."""
    due_at = now + throttle_delay_s(event.throttles)
    if due_at - event.accepted_at > limits.EVENT_AGE_S_MAX:
        finish(tx, event)
        return False
    async_events.postpone(tx, event, due_at)
    return True


def throttle_delay_s(throttles: int) -> float:
    """1 s after the first throttle, twice as long after each further one, at most 5 minutes."""
    return float(min(limits.THROTTLE_DELAY_S_FIRST * 2 ** min(throttles, 16), limits.THROTTLE_DELAY_S_MAX))
