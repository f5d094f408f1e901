"""Events accepted for later: kept, looked for, put off and ended, each in one transaction.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from lambent.core.clock import Instant
from lambent.services.lambda_.engine import retries
from lambent.services.lambda_.engine.identifiers import FunctionName
from lambent.services.lambda_.tables import async_events
from lambent.services.lambda_.tables.async_events import AsyncEvent, DueEvents, Failure
from lambent.store.database import Transaction


def accept(tx: Transaction, event: AsyncEvent) -> bool:
    """Once this is committed the caller may be told 202. False where the event is kept already.

    A request that comes again under its id, because whoever sent it was not told, changes nothing while the first is there.
    """
    return async_events.insert_event(tx, event)


def functions_waiting(tx: Transaction) -> list[FunctionName]:
    """The functions of all accounts that have events."""
    return async_events.list_functions(tx)


def due(
    tx: Transaction, function: FunctionName, *, until: Instant, held: frozenset[str], count_max: int, bytes_max: int
) -> DueEvents:
    """The function's events that are due by ``until`` and are not ``held`` (by request id), those that are due first."""
    return async_events.list_due(tx, function, until=until, held=held, count_max=count_max, bytes_max=bytes_max)


def retry(tx: Transaction, event: AsyncEvent, failure: Failure, due_at: Instant) -> bool:
    """Counts a function error and makes the event due later: a crash loses neither without the other."""
    after = replace(event, function_errors=event.function_errors + 1, failure=failure, due_at=due_at)
    return async_events.put_off(tx, after)


def postpone(tx: Transaction, event: AsyncEvent, failure: Failure, now: Instant) -> bool:
    """Puts off an event whose attempt did not reach the function: no retry is used up."""
    response = None if event.failure is None else event.failure.response
    due_at = now + retries.throttle_delay_s(event.throttles)
    kept = Failure(failure.status, failure.message, response)
    return async_events.put_off(tx, replace(event, throttles=event.throttles + 1, failure=kept, due_at=due_at))


def end(tx: Transaction, event: AsyncEvent, posts: Sequence[Callable[[Transaction], None]] = ()) -> bool:
    """Deletes the event and, in the same transaction, writes what is to be delivered of it.

    False where it is gone already, with its function or its account: then nothing is delivered.
    """
    if not async_events.delete_event(tx, event.scope, event.request_id):
        return False
    for post in posts:
        post(tx)
    return True


def end_many(tx: Transaction, events: Sequence[AsyncEvent]) -> None:
    """Ends events of which nothing is to be delivered."""
    async_events.delete_events(tx, events)
