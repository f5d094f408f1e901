"""The statements of durable executions: an execution, its operations, its history."""

from collections.abc import Collection
from typing import Any

import msgspec
from msgspec import Struct

from lambent.core.clock import NEVER, Instant
from lambent.core.context import Scope
from lambent.services.lambda_.engine import limits
from lambent.services.lambda_.engine.durable.names import ExecutionArn, ExecutionKey
from lambent.services.lambda_.engine.durable.operations import Operation
from lambent.services.lambda_.engine.identifiers import FunctionName
from lambent.store.database import Transaction

WANTED_PREFIX = "lambda.durable-wanted/"
"""Begins the topic that is signalled when an execution of a function is to be invoked: ``<account>/<region>/<function>``."""
ENDED_PREFIX = "lambda.durable-ended/"
"""``<account>/<region>/<execution id>`` follows."""

RUNNING, PAUSING, PAUSED = "RUNNING", "PAUSING", "PAUSED"
LIVE = (RUNNING, PAUSING, PAUSED)
BYTES_MAX = 2**62
"""No limit."""


class Origin(Struct, frozen=True, omit_defaults=True):
    """Who started an execution, and what of the function's version outlives a change: the role and the dead-letter target.

    ``parent_id`` and ``parent_operation_id`` name the operation that waits for its end, where another execution called it.
    """

    request_id: str
    trace_id: str
    principal_arn: str
    endpoint_url: str
    role_arn: str
    is_async: bool = False
    qualifier: str = ""
    dead_letter_arn: str = ""
    parent_id: str = ""
    parent_operation_id: str = ""


class Pause(Struct, frozen=True, omit_defaults=True):
    """The last that was asked for. ``paused_at`` is 0 before it has begun; ``interrupted`` is the invocation that it broke off.

    ``lasted_s`` adds up the pauses before it that put the timeout off.
    """

    requested_at: Instant
    is_timeout_paused: bool
    client_token: str
    reason: str | None = None
    paused_at: Instant = 0.0
    interrupted: str = ""
    lasted_s: float = 0.0
    resumed_at: Instant = 0.0
    resume_token: str = ""
    resume_reason: str | None = None


class Outcome(Struct, frozen=True, omit_defaults=True):
    """How an execution ended."""

    result: str | None = None
    error: dict[str, Any] | None = None


class Execution(Struct, frozen=True):
    """See schema.sql. It is copied many times in a transaction, so it is of the kind that is copied fast."""

    scope: Scope
    id: str
    function_name: str
    version: str
    name: str
    status: str
    started_at: Instant
    ended_at: Instant
    timeout_s: int
    retention_days: int
    origin: Origin
    invocation: str = ""
    sequence: int = 0
    last_client_token: str = ""
    last_seen: int = 0
    is_wanted: bool = False
    due_at: Instant = 0.0
    failures: int = 0
    changes: int = 0
    seen: int = 0
    operations: int = 0
    events: int = 0
    timer_at: Instant = NEVER
    pause: Pause | None = None

    @property
    def key(self) -> ExecutionKey:
        return ExecutionKey(self.scope, self.id)

    @property
    def function(self) -> FunctionName:
        return FunctionName(self.scope, self.function_name)

    @property
    def arn(self) -> str:
        return ExecutionArn(self.function, self.version, self.name, self.id).text

    @property
    def times_out_at(self) -> Instant:
        last = self.started_at + limits.DURABLE_LIFETIME_S_MAX
        if self.pause is None:
            return self.started_at + self.timeout_s
        if self.status == PAUSED and self.pause.is_timeout_paused:
            return last
        return min(self.started_at + self.timeout_s + self.pause.lasted_s, last)

    @property
    def is_running(self) -> bool:
        """It has not ended. No invocation begins while it is paused."""
        return self.status in LIVE


class Due(Struct, frozen=True):
    """An execution that is to be invoked."""

    key: ExecutionKey
    version: str


class Page(Struct, frozen=True):
    """``next_position`` is where the next page begins, 0 where there is none."""

    operations: list[Operation]
    next_position: int


class EventPage(Struct, frozen=True):
    """Events with their numbers. ``next_number`` is where the next page begins, 0 where there is none."""

    events: list[tuple[int, dict[str, Any]]]
    next_number: int


class Wanted(Struct, frozen=True):
    """Which executions of a function are asked for; the bounds of time are exclusive. ``after`` is where a page begins."""

    function: FunctionName
    version: str | None
    name: str | None
    statuses: Collection[str]
    started_after: Instant
    started_before: Instant
    is_oldest_first: bool
    after: tuple[Instant, str]


_COLUMNS = """account, region, id, function, version, name, status, started_at, ended_at, timeout_s, retention_days, origin,
invocation, sequence, last_client_token, last_seen, is_wanted, due_at, failures, changes, seen, operations, events, timer_at,
pause"""
INSERT_EXECUTION = f"""
INSERT INTO lambda_durable_executions ({_COLUMNS})
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""  # noqa: S608 - column names only
FIND_EXECUTION = f"""
SELECT {_COLUMNS} FROM lambda_durable_executions WHERE account = ? AND region = ? AND id = ?
"""  # noqa: S608
FIND_NAMED = f"""
SELECT {_COLUMNS} FROM lambda_durable_executions WHERE account = ? AND region = ? AND function = ? AND name = ?
"""  # noqa: S608
UPDATE_EXECUTION = """
UPDATE lambda_durable_executions
SET status = ?, ended_at = ?, invocation = ?, sequence = ?, last_client_token = ?, last_seen = ?, is_wanted = ?, due_at = ?,
    failures = ?, changes = ?, seen = ?, operations = ?, events = ?, timer_at = ?, pause = ?
WHERE account = ? AND region = ? AND id = ?
"""
SET_OUTCOME = "UPDATE lambda_durable_executions SET outcome = ? WHERE account = ? AND region = ? AND id = ?"
FIND_OUTCOME = "SELECT outcome FROM lambda_durable_executions WHERE account = ? AND region = ? AND id = ?"
# Whoever looks for few among many is not to have all of them decoded. '' and no statuses (has_any) are no condition.
_LISTED = """
account = ? AND region = ? AND function = ? AND started_at > ? AND started_at < ?
AND (? = '' OR version = ?) AND (? = 1 OR status IN (?, ?, ?, ?, ?, ?, ?, ?))
"""
STATUSES_MAX = 8
LIST_NEWEST_FIRST = f"""
SELECT {_COLUMNS} FROM lambda_durable_executions WHERE {_LISTED} AND (started_at, id) < (?, ?)
ORDER BY started_at DESC, id DESC LIMIT ?
"""  # noqa: S608
LIST_OLDEST_FIRST = f"""
SELECT {_COLUMNS} FROM lambda_durable_executions WHERE {_LISTED} AND (started_at, id) > (?, ?)
ORDER BY started_at, id LIMIT ?
"""  # noqa: S608
LIST_FUNCTIONS_WANTED = """
SELECT DISTINCT account, region, function FROM lambda_durable_executions WHERE is_wanted = 1 AND status <> 'PAUSED'
"""
LIST_DUE = """
SELECT account, region, id, version FROM lambda_durable_executions
WHERE account = ? AND region = ? AND function = ? AND is_wanted = 1 AND due_at <= ? AND invocation = '' AND status <> 'PAUSED'
ORDER BY due_at LIMIT ?
"""
NEXT_DUE = """
SELECT due_at FROM lambda_durable_executions
WHERE account = ? AND region = ? AND function = ? AND is_wanted = 1 AND due_at > ? AND invocation = '' AND status <> 'PAUSED'
ORDER BY due_at LIMIT 1
"""
LOSE_INVOCATIONS = """
UPDATE lambda_durable_executions
SET is_wanted = CASE WHEN status IN ('RUNNING', 'PAUSING', 'PAUSED') THEN 1 ELSE is_wanted END, invocation = ''
WHERE invocation <> ''
"""
DELETE_EXECUTION = "DELETE FROM lambda_durable_executions WHERE account = ? AND region = ? AND id = ?"

PUT_OPERATION = """
INSERT INTO lambda_durable_operations
    (account, region, execution, id, parent, position, changed, is_pending, is_hidden, due_at, record)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)
ON CONFLICT (account, region, execution, id) DO UPDATE
SET changed = excluded.changed, is_pending = excluded.is_pending, due_at = excluded.due_at, record = excluded.record
"""
MOVE_OPERATION = """
UPDATE lambda_durable_operations SET due_at = ?, record = ?
WHERE account = ? AND region = ? AND execution = ? AND id = ?
"""
FIND_OPERATION = "SELECT record FROM lambda_durable_operations WHERE account = ? AND region = ? AND execution = ? AND id = ?"
LIST_CHANGED = """
SELECT record FROM lambda_durable_operations
WHERE account = ? AND region = ? AND execution = ? AND changed > ? ORDER BY position
"""
LIST_IDS_CHANGED = """
SELECT id FROM lambda_durable_operations
WHERE account = ? AND region = ? AND execution = ? AND changed > ? AND is_hidden = 0 ORDER BY position LIMIT ?
"""
LIST_FROM_POSITION = """
SELECT position, record FROM lambda_durable_operations
WHERE account = ? AND region = ? AND execution = ? AND position >= ? AND is_hidden = 0 ORDER BY position
"""
LIST_OPERATIONS_DUE = """
SELECT record FROM lambda_durable_operations
WHERE account = ? AND region = ? AND execution = ? AND is_pending = 1 AND due_at <= ? ORDER BY due_at, position
"""
FIRST_PENDING_DUE = """
SELECT due_at FROM lambda_durable_operations
WHERE account = ? AND region = ? AND execution = ? AND is_pending = 1 ORDER BY due_at LIMIT 1
"""
HIDE_CHILDREN = """
WITH RECURSIVE inside (id) AS (
    SELECT id FROM lambda_durable_operations WHERE account = ? AND region = ? AND execution = ? AND parent = ?
    UNION ALL
    SELECT child.id FROM lambda_durable_operations AS child JOIN inside ON child.parent = inside.id
    WHERE child.account = ? AND child.region = ? AND child.execution = ? AND child.is_hidden = 0
)
UPDATE lambda_durable_operations SET is_hidden = 1
WHERE account = ? AND region = ? AND execution = ? AND is_hidden = 0 AND id IN (SELECT id FROM inside)
"""
DELETE_OPERATIONS = "DELETE FROM lambda_durable_operations WHERE account = ? AND region = ? AND execution = ?"

INSERT_EVENT = "INSERT INTO lambda_durable_events (account, region, execution, number, record) VALUES (?, ?, ?, ?, ?)"
LIST_EVENTS = """
SELECT number, record FROM lambda_durable_events
WHERE account = ? AND region = ? AND execution = ? AND number >= ? ORDER BY number LIMIT ?
"""
LIST_EVENTS_REVERSED = """
SELECT number, record FROM lambda_durable_events
WHERE account = ? AND region = ? AND execution = ? AND number <= ? ORDER BY number DESC LIMIT ?
"""
DELETE_EVENTS = "DELETE FROM lambda_durable_events WHERE account = ? AND region = ? AND execution = ?"

_encode = msgspec.msgpack.Encoder().encode
_decode_pause = msgspec.msgpack.Decoder(Pause).decode
_decode_origin = msgspec.msgpack.Decoder(Origin).decode
_decode_outcome = msgspec.msgpack.Decoder(Outcome).decode
_decode_operation = msgspec.msgpack.Decoder(Operation).decode
_decode_event = msgspec.msgpack.Decoder(dict[str, Any]).decode


# ---- executions ------------------------------------------------------------------------------------------------------


def insert_execution(tx: Transaction, execution: Execution) -> None:
    constant = (
        *_key(execution.key),
        *(execution.function_name, execution.version, execution.name, execution.status),
        *(execution.started_at, execution.ended_at, execution.timeout_s, execution.retention_days, _encode(execution.origin)),
    )
    changing = _changing(execution)[2:]
    tx.run(INSERT_EXECUTION, (*constant, *changing))
    _signal_wanted(tx, execution)


def find_execution(tx: Transaction, key: ExecutionKey) -> Execution | None:
    return tx.one(FIND_EXECUTION, _key(key), into=_execution)


def find_named(tx: Transaction, function: FunctionName, name: str) -> Execution | None:
    return tx.one(FIND_NAMED, (function.scope.account, function.scope.region, function.name, name), into=_execution)


def update_execution(tx: Transaction, execution: Execution) -> None:
    tx.run(UPDATE_EXECUTION, (*_changing(execution), *_key(execution.key)))
    _signal_wanted(tx, execution)


def set_outcome(tx: Transaction, key: ExecutionKey, outcome: Outcome) -> None:
    tx.run(SET_OUTCOME, (_encode(outcome), *_key(key)))
    tx.signal(ended_topic(key))


def find_outcome(tx: Transaction, key: ExecutionKey) -> Outcome:
    """Empty while the execution runs."""
    row = tx.one(FIND_OUTCOME, _key(key))
    return _decode_outcome(row[0]) if row is not None and isinstance(row[0], bytes) else Outcome()


def ended_topic(key: ExecutionKey) -> str:
    return f"{ENDED_PREFIX}{key.scope.account}/{key.scope.region}/{key.id}"


def list_executions(tx: Transaction, wanted: Wanted, count_max: int) -> list[Execution]:
    if wanted.name is not None:  # there is one at most
        named = find_named(tx, wanted.function, wanted.name)
        return [named] if named is not None and _is_listed(named, wanted) else []
    scope = wanted.function.scope
    statement = LIST_OLDEST_FIRST if wanted.is_oldest_first else LIST_NEWEST_FIRST
    version, statuses = wanted.version or "", sorted(wanted.statuses)
    assert len(statuses) <= STATUSES_MAX, statuses
    key = (scope.account, scope.region, wanted.function.name, wanted.started_after, wanted.started_before)
    padded = [*statuses, *[""] * (STATUSES_MAX - len(statuses))]
    conditions: tuple[str | int | float, ...] = (*key, version, version, int(not statuses), *padded)
    return tx.all(statement, (*conditions, *wanted.after, count_max), into=_execution)


def _is_listed(execution: Execution, wanted: Wanted) -> bool:
    """As ``_LISTED`` says it."""
    at = (execution.started_at, execution.id)
    return (
        wanted.started_after < execution.started_at < wanted.started_before
        and wanted.version in (None, execution.version)
        and (not wanted.statuses or execution.status in wanted.statuses)
        and (at > wanted.after if wanted.is_oldest_first else at < wanted.after)
    )


def list_functions_wanted(tx: Transaction) -> list[FunctionName]:
    return tx.all(LIST_FUNCTIONS_WANTED, into=_function)


def list_due(tx: Transaction, function: FunctionName, until: Instant, count_max: int) -> list[Due]:
    """Those executions of the function that are to be invoked by ``until``, those that are due first."""
    return tx.all(LIST_DUE, (*_function_key(function), until, count_max), into=_due)


def next_due_at(tx: Transaction, function: FunctionName, after: Instant) -> Instant:
    due_at = tx.one(NEXT_DUE, (*_function_key(function), after), into=float)
    return NEVER if due_at is None else due_at


def lose_invocations(tx: Transaction) -> None:
    """After a crash: what was running runs no more, and begins again."""
    tx.run(LOSE_INVOCATIONS)


def delete_execution(tx: Transaction, key: ExecutionKey) -> None:
    for statement in (DELETE_EVENTS, DELETE_OPERATIONS, DELETE_EXECUTION):
        tx.run(statement, _key(key))


# ---- operations ------------------------------------------------------------------------------------------------------


def put_operation(tx: Transaction, key: ExecutionKey, operation: Operation, changed: int) -> None:
    what = (operation.id, operation.parent_id, operation.position, changed, int(operation.is_pending), operation.due_at)
    tx.run(PUT_OPERATION, (*_key(key), *what, _encode(operation)))


def move_operation(tx: Transaction, key: ExecutionKey, operation: Operation) -> None:
    """Writes when it is due, which is nothing that the function is told."""
    tx.run(MOVE_OPERATION, (operation.due_at, _encode(operation), *_key(key), operation.id))


def find_operation(tx: Transaction, key: ExecutionKey, operation_id: str) -> Operation | None:
    return tx.one(FIND_OPERATION, (*_key(key), operation_id), into=_decode_operation)


def list_changed(tx: Transaction, key: ExecutionKey, since: int) -> list[Operation]:
    return tx.all(LIST_CHANGED, (*_key(key), since), into=_decode_operation)


def list_ids_changed(tx: Transaction, key: ExecutionKey, since: int, count_max: int) -> list[str]:
    return tx.all(LIST_IDS_CHANGED, (*_key(key), since, count_max), into=str)


def page(tx: Transaction, key: ExecutionKey, start: int, *, count_max: int, bytes_max: int) -> Page:
    """The operations that a replay needs, from a position on; at least one, however large it is."""
    found: list[Operation] = []
    size = 0
    for row in tx.each(LIST_FROM_POSITION, (*_key(key), start)):
        position, record = row
        assert isinstance(position, int)
        assert isinstance(record, bytes)
        size += len(record)
        if found and (len(found) == count_max or size > bytes_max):
            return Page(found, position)
        found.append(_decode_operation(record))
    return Page(found, 0)


def list_operations_due(tx: Transaction, key: ExecutionKey, until: Instant) -> list[Operation]:
    return tx.all(LIST_OPERATIONS_DUE, (*_key(key), until), into=_decode_operation)


def first_pending_due_at(tx: Transaction, key: ExecutionKey) -> Instant | None:
    """When time goes on with the first of what the execution waits for (NEVER: others do), None where it waits for nothing."""
    return tx.one(FIRST_PENDING_DUE, _key(key), into=float)


def hide_children(tx: Transaction, key: ExecutionKey, context_id: str) -> None:
    """A replay takes the context's result, and does not look inside."""
    tx.run(HIDE_CHILDREN, (*_key(key), context_id, *_key(key), *_key(key)))


# ---- history ---------------------------------------------------------------------------------------------------------


def insert_event(tx: Transaction, key: ExecutionKey, number: int, event: dict[str, Any]) -> None:
    tx.run(INSERT_EVENT, (*_key(key), number, _encode(event)))


def list_events(
    tx: Transaction, key: ExecutionKey, start: int, count_max: int, *, bytes_max: int = BYTES_MAX, is_reversed: bool = False
) -> EventPage:
    """From the event of number ``start`` on; at least one where there is any, however large it is."""
    statement = LIST_EVENTS_REVERSED if is_reversed else LIST_EVENTS
    found: list[tuple[int, dict[str, Any]]] = []
    size = 0
    for number, record in tx.each(statement, (*_key(key), start, count_max + 1)):
        assert isinstance(number, int)
        assert isinstance(record, bytes)
        size += len(record)
        if found and (len(found) == count_max or size > bytes_max):
            return EventPage(found, number)
        found.append((number, _decode_event(record)))
    return EventPage(found, 0)


def _signal_wanted(tx: Transaction, execution: Execution) -> None:
    if execution.is_wanted:
        tx.signal(f"{WANTED_PREFIX}{execution.scope.account}/{execution.scope.region}/{execution.function_name}")


def _key(key: ExecutionKey) -> tuple[str, str, str]:
    return key.scope.account, key.scope.region, key.id


def _function_key(function: FunctionName) -> tuple[str, str, str]:
    return function.scope.account, function.scope.region, function.name


def _changing(execution: Execution) -> tuple[str | int | float | bytes | None, ...]:
    return (
        *(execution.status, execution.ended_at, execution.invocation, execution.sequence),
        *(execution.last_client_token, execution.last_seen, int(execution.is_wanted), execution.due_at),
        *(execution.failures, execution.changes, execution.seen, execution.operations, execution.events, execution.timer_at),
        None if execution.pause is None else _encode(execution.pause),
    )


def _execution(account: Any, region: Any, execution_id: Any, *rest: Any) -> Execution:
    function, version, name, status, started_at, ended_at, timeout_s, retention_days, origin, *changing = rest
    invocation, sequence, last_client_token, last_seen, is_wanted, *counts, pause = changing
    counts.append(None if pause is None else _decode_pause(pause))
    return Execution(
        Scope(account, region),
        execution_id,
        *(function, version, name, status, started_at, ended_at, timeout_s, retention_days),
        _decode_origin(origin),
        *(invocation, sequence, last_client_token, last_seen, bool(is_wanted)),
        *counts,
    )


def _due(account: str, region: str, execution_id: str, version: str) -> Due:
    return Due(ExecutionKey(Scope(account, region), execution_id), version)


def _function(account: str, region: str, name: str) -> FunctionName:
    return FunctionName(Scope(account, region), name)
