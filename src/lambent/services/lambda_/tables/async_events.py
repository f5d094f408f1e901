"""Events accepted for later: a row stands until its function has run."""

from dataclasses import dataclass

from lambent.core.clock import Instant
from lambent.services.lambda_.engine.identifiers import FunctionName, Scope
from lambent.store.database import Transaction

CHANGED_PREFIX = "lambda.async-events/"
"""Begins the topic that is signalled when a function has an event that may be due, or may have room for one."""


@dataclass(frozen=True, slots=True)
class AsyncEvent:
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

    @property
    def function(self) -> FunctionName:
        return FunctionName(self.scope, self.function_name, self.qualifier)


@dataclass(frozen=True, slots=True)
class DueEvent:
    """What the worker needs to know to choose: the payload stays where it is."""

    request_id: str
    due_at: Instant


_COLUMNS = """account, region, request_id, function, qualifier, payload, trace_id, principal_arn, endpoint_url, accepted_at,
due_at, function_errors, throttles"""
INSERT_EVENT = f"""
INSERT INTO lambda_async_events ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""  # noqa: S608 - column names only
FIND_EVENT = f"SELECT {_COLUMNS} FROM lambda_async_events WHERE account = ? AND region = ? AND request_id = ?"  # noqa: S608
LIST_DUE = """
SELECT request_id, due_at FROM lambda_async_events WHERE account = ? AND region = ? AND function = ? ORDER BY due_at LIMIT ?
"""
LIST_FUNCTIONS = "SELECT DISTINCT account, region, function FROM lambda_async_events"
POSTPONE = """
UPDATE lambda_async_events SET due_at = ?, throttles = throttles + 1 WHERE account = ? AND region = ? AND request_id = ?
"""
DELETE_EVENT = "DELETE FROM lambda_async_events WHERE account = ? AND region = ? AND request_id = ?"
DELETE_EVENTS_OF_FUNCTION = "DELETE FROM lambda_async_events WHERE account = ? AND region = ? AND function = ?"
COUNT_EVENTS = "SELECT count(*) FROM lambda_async_events WHERE account = ? AND region = ?"


def insert_event(tx: Transaction, event: AsyncEvent) -> None:
    key = (event.scope.account, event.scope.region, event.request_id)
    what = (event.function_name, event.qualifier or "", event.payload, event.trace_id)
    who = (event.principal_arn, event.endpoint_url)
    tx.run(INSERT_EVENT, (*key, *what, *who, event.accepted_at, event.due_at, event.function_errors, event.throttles))
    signal_changed(tx, event.function)


def signal_changed(tx: Transaction, function: FunctionName) -> None:
    tx.signal(f"{CHANGED_PREFIX}{function.scope.account}/{function.scope.region}/{function.name}")


def find_event(tx: Transaction, scope: Scope, request_id: str) -> AsyncEvent | None:
    return tx.one(FIND_EVENT, (scope.account, scope.region, request_id), into=_event)


def list_due(tx: Transaction, function: FunctionName, count_max: int) -> list[DueEvent]:
    """The function's events, those that are due first."""
    key = (function.scope.account, function.scope.region, function.name)
    return tx.all(LIST_DUE, (*key, count_max), into=DueEvent)


def list_functions(tx: Transaction) -> list[FunctionName]:
    """The functions of all accounts that have events."""
    return tx.all(LIST_FUNCTIONS, into=_function)


def postpone(tx: Transaction, event: AsyncEvent, due_at: Instant) -> None:
    """Counts a throttle and makes the event due later."""
    tx.run(POSTPONE, (due_at, event.scope.account, event.scope.region, event.request_id))
    signal_changed(tx, event.function)


def delete_event(tx: Transaction, scope: Scope, request_id: str) -> None:
    tx.run(DELETE_EVENT, (scope.account, scope.region, request_id))


def delete_events_of_function(tx: Transaction, function: FunctionName) -> None:
    tx.run(DELETE_EVENTS_OF_FUNCTION, (function.scope.account, function.scope.region, function.name))


def count_events(tx: Transaction, scope: Scope) -> int:
    """How many events of the scope wait or run."""
    return tx.one(COUNT_EVENTS, (scope.account, scope.region), into=int) or 0


def _event(
    account: str, region: str, request_id: str, function: str, qualifier: str, payload: bytes, *rest: object
) -> AsyncEvent:
    trace_id, principal_arn, endpoint_url, accepted_at, due_at, function_errors, throttles = rest
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
    )


def _function(account: str, region: str, name: str) -> FunctionName:
    return FunctionName(Scope(account, region), name)
