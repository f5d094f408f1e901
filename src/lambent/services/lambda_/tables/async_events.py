"""Events accepted for later: a row stands until its function has run, or the event was given up."""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from lambent.core.clock import NEVER, Instant
from lambent.core.context import Scope
from lambent.services.lambda_.engine.identifiers import FunctionName
from lambent.store.database import Transaction

CHANGED_PREFIX = "lambda.async-events/"
"""Begins the topic that is signalled when a function has an event that may be due, or may have room for one.

``<account>/<region>/<function>`` follows, and ``/<request id>`` where it says that this event was accepted.
"""


class Response(Struct, frozen=True):
    """What the function answered. ``executed_version``: "$LATEST" or digits."""

    payload: bytes
    executed_version: str
    function_error: str | None


class Failure(Struct, frozen=True):
    """What came of an attempt that did not succeed: the status and the message that Invoke would have answered with.

    ``response`` is the function's last, though the last attempt may not have reached it.
    """

    status: int
    message: str
    response: Response | None = None


class AsyncEvent(Struct, frozen=True):
    """``function_errors`` counts attempts that failed in the function, ``throttles`` those that never reached it."""

    scope: Scope
    request_id: str
    function_name: str
    qualifier: str | None
    payload: bytes
    trace_id: str
    principal_arn: str
    endpoint_url: str
    accepted_at: Instant
    due_at: Instant
    function_errors: int = 0
    throttles: int = 0
    failure: Failure | None = None

    @property
    def function(self) -> FunctionName:
        return FunctionName(self.scope, self.function_name, self.qualifier)


class DueEvents(Struct, frozen=True):
    """Some of a function's events that are due. ``has_more``: there are others that are due too.

    ``next_due_at``: when the first of those is due that are not due yet.
    """

    events: list[AsyncEvent]
    has_more: bool
    next_due_at: Instant


_COLUMNS = """account, region, request_id, function, qualifier, payload, trace_id, principal_arn, endpoint_url, accepted_at,
due_at, function_errors, throttles"""
INSERT_EVENT = f"""
INSERT INTO lambda_async_events ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account, region, request_id) DO NOTHING
"""  # noqa: S608 - column names only
FIND_EVENT = f"""
SELECT {_COLUMNS}, failure FROM lambda_async_events WHERE account = ? AND region = ? AND request_id = ?
"""  # noqa: S608
LIST_DUE = """
SELECT request_id, length(payload) FROM lambda_async_events
WHERE account = ? AND region = ? AND function = ? AND due_at <= ? ORDER BY due_at LIMIT ?
"""
NEXT_DUE = """
SELECT due_at FROM lambda_async_events WHERE account = ? AND region = ? AND function = ? AND due_at > ? ORDER BY due_at LIMIT 1
"""
LIST_FUNCTIONS = "SELECT DISTINCT account, region, function FROM lambda_async_events"
PUT_OFF = """
UPDATE lambda_async_events SET due_at = ?, function_errors = ?, throttles = ?, failure = ?
WHERE account = ? AND region = ? AND request_id = ?
"""
DELETE_EVENT = "DELETE FROM lambda_async_events WHERE account = ? AND region = ? AND request_id = ?"
DELETE_EVENTS_OF_FUNCTION = "DELETE FROM lambda_async_events WHERE account = ? AND region = ? AND function = ?"
COUNT_EVENTS = "SELECT count(*) FROM lambda_async_events WHERE account = ? AND region = ?"

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Failure).decode


def insert_event(tx: Transaction, event: AsyncEvent) -> bool:
    """False where there is one with this request id already."""
    key = (event.scope.account, event.scope.region, event.request_id)
    what = (event.function_name, event.qualifier or "", event.payload, event.trace_id)
    who = (event.principal_arn, event.endpoint_url)
    values = (*key, *what, *who, event.accepted_at, event.due_at, event.function_errors, event.throttles)
    if tx.run(INSERT_EVENT, values) == 0:
        return False
    tx.signal(f"{CHANGED_PREFIX}{event.scope.account}/{event.scope.region}/{event.function_name}/{event.request_id}")
    return True


def signal_changed(tx: Transaction, function: FunctionName) -> None:
    tx.signal(f"{CHANGED_PREFIX}{function.scope.account}/{function.scope.region}/{function.name}")


def find_event(tx: Transaction, scope: Scope, request_id: str) -> AsyncEvent | None:
    return tx.one(FIND_EVENT, (scope.account, scope.region, request_id), into=_event)


def list_due(
    tx: Transaction, function: FunctionName, *, until: Instant, held: frozenset[str], count_max: int, bytes_max: int
) -> DueEvents:
    """The function's events that are due by ``until``, those that are due first, without those of the ids ``held``.

    Their payloads are together not longer than ``bytes_max``, unless one alone is.
    """
    key = (function.scope.account, function.scope.region, function.name)
    rows = tx.all(LIST_DUE, (*key, until, len(held) + count_max + 1), into=_id_and_size)
    wanted = [row for row in rows if row[0] not in held]
    taken, total = 0, 0
    for _, size in wanted[:count_max]:
        if taken and total + size > bytes_max:
            break
        taken, total = taken + 1, total + size
    found = [find_event(tx, function.scope, request_id) for request_id, _ in wanted[:taken]]
    next_due_at = tx.one(NEXT_DUE, (*key, until), into=float)
    events = [event for event in found if event is not None]
    return DueEvents(events, len(wanted) > taken, NEVER if next_due_at is None else next_due_at)


def list_functions(tx: Transaction) -> list[FunctionName]:
    """The functions of all accounts that have events."""
    return tx.all(LIST_FUNCTIONS, into=_function)


def put_off(tx: Transaction, event: AsyncEvent) -> bool:
    """Writes when the event is due, its counts and its failure. False where it is gone."""
    failure = None if event.failure is None else _encode(event.failure)
    key = (event.scope.account, event.scope.region, event.request_id)
    if tx.run(PUT_OFF, (event.due_at, event.function_errors, event.throttles, failure, *key)) == 0:
        return False
    signal_changed(tx, event.function)
    return True


def delete_event(tx: Transaction, scope: Scope, request_id: str) -> bool:
    """False where it is gone already."""
    return tx.run(DELETE_EVENT, (scope.account, scope.region, request_id)) == 1


def delete_events(tx: Transaction, events: Iterable[AsyncEvent]) -> None:
    tx.run_many(DELETE_EVENT, [(event.scope.account, event.scope.region, event.request_id) for event in events])


def delete_events_of_function(tx: Transaction, function: FunctionName) -> None:
    tx.run(DELETE_EVENTS_OF_FUNCTION, (function.scope.account, function.scope.region, function.name))


def count_events(tx: Transaction, scope: Scope) -> int:
    """How many events of the scope wait or run."""
    return tx.one(COUNT_EVENTS, (scope.account, scope.region), into=int) or 0


def _event(
    account: str, region: str, request_id: str, function: str, qualifier: str, payload: bytes, *rest: object
) -> AsyncEvent:
    trace_id, principal_arn, endpoint_url, accepted_at, due_at, function_errors, throttles, failure = rest
    return AsyncEvent(
        scope=Scope(account, region),
        request_id=request_id,
        function_name=function,
        qualifier=qualifier or None,
        payload=payload,
        trace_id=str(trace_id),
        principal_arn=str(principal_arn),
        endpoint_url=str(endpoint_url),
        accepted_at=float(str(accepted_at)),
        due_at=float(str(due_at)),
        function_errors=int(str(function_errors)),
        throttles=int(str(throttles)),
        failure=_decode(failure) if isinstance(failure, bytes) else None,
    )


def _id_and_size(request_id: str, size: int) -> tuple[str, int]:
    return request_id, size


def _function(account: str, region: str, name: str) -> FunctionName:
    return FunctionName(Scope(account, region), name)
