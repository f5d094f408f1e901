"""The statements of timers and outbox. Payloads are msgpack: bytes and times with a zone come back as they were."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from lambent.core.clock import NEVER, Instant
from lambent.core.context import Context
from lambent.store.database import Transaction

UPSERT_TIMER = """
    INSERT INTO timers (account, region, kind, key, due_at, payload) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (kind, key, account, region) DO UPDATE
    SET due_at = excluded.due_at, payload = excluded.payload, failures = 0
"""
DELETE_TIMER = "DELETE FROM timers WHERE kind = ? AND key = ? AND account = ? AND region = ?"
TAKE_TIMER = """
    DELETE FROM timers WHERE id = ? AND due_at <= ?
    RETURNING id, account, region, kind, key, due_at, payload, failures
"""
POSTPONE_TIMER = "UPDATE timers SET due_at = ?, failures = failures + 1 WHERE id = ?"
NEXT_TIMER = "SELECT due_at FROM timers ORDER BY due_at, id LIMIT 1"
SELECT_DUE_TIMERS = """
    SELECT id, account, region, kind, key, due_at, payload, failures FROM timers
    WHERE due_at <= ? ORDER BY due_at, id LIMIT ?
"""

INSERT_ENTRY = """
    INSERT INTO outbox (account, region, context, service, operation, parameters, retries, ordering_key, on_end, accepted_at,
        due_at, attempts)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
"""
HAS_ORDERED = "SELECT 1 FROM outbox WHERE ordering_key = ? AND ordering_key <> '' AND account = ? AND region = ? LIMIT 1"
SELECT_DUE_IDS = "SELECT id FROM outbox WHERE due_at <= ? ORDER BY due_at, id LIMIT ?"
SELECT_ENTRY = """
    SELECT id, account, region, context, service, operation, parameters, retries, ordering_key, on_end, accepted_at, attempts
    FROM outbox WHERE id = ?
"""
NEXT_ENTRY_AFTER = "SELECT due_at FROM outbox WHERE due_at > ? ORDER BY due_at LIMIT 1"
DELETE_ENTRY = "DELETE FROM outbox WHERE id = ?"
RELEASE_NEXT_ORDERED = """
    UPDATE outbox SET due_at = ? WHERE id = (
        SELECT id FROM outbox
        WHERE ordering_key = ? AND ordering_key <> '' AND account = ? AND region = ?
        ORDER BY id LIMIT 1
    )
"""
RETRY_ENTRY = "UPDATE outbox SET due_at = ?, attempts = ? WHERE id = ?"
COUNT_ENTRIES = "SELECT count(*) FROM outbox"


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer that is due. ``payload`` is what was given to ``set``."""

    id: int
    account: str
    region: str
    kind: str
    key: str
    due_at: Instant
    payload: Any
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How long an entry is tried again: until it succeeds, or one of the limits is reached."""

    attempts_max: int | None = None
    age_s_max: float = 6 * 3600.0  # no retry begins later than this after the entry was accepted
    delay_s_first: float = 1.0
    delay_factor: float = 2.0
    delay_s_max: float = 300.0
    ends_on_refusal: bool = True  # an answer that blames the request (4xx but 429), or 501, will not change by asking again


@dataclass(frozen=True, slots=True)
class Entry:
    """One call to be made: whose, what, and how often it was tried before."""

    id: int
    account: str
    region: str
    context: Context
    service: str
    operation: str
    parameters: Mapping[str, Any]
    retries: Retries
    ordering_key: str
    on_end: str
    accepted_at: Instant
    attempts: int


class Look(NamedTuple):
    """What a look into the outbox found: entries to deliver now, and when the next one is due (NEVER: none)."""

    entries: list[Entry]
    next_due_at: Instant


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode
_decode_context = msgspec.msgpack.Decoder(Context).decode
_decode_retries = msgspec.msgpack.Decoder(Retries).decode


# ---- timers ----------------------------------------------------------------------------------------------------------


def upsert_timer(tx: Transaction, *, kind: str, key: str, due_at: Instant, payload: object, account: str, region: str) -> None:
    tx.run(UPSERT_TIMER, (account, region, kind, key, due_at, _encode(payload)))


def delete_timer(tx: Transaction, *, kind: str, key: str, account: str, region: str) -> bool:
    return tx.run(DELETE_TIMER, (kind, key, account, region)) == 1


def take_timer(tx: Transaction, timer_id: int, now: Instant) -> Timer | None:
    """Deletes a due timer and returns it as it is now; None when another's handler has cancelled or moved it meanwhile."""
    return tx.one(TAKE_TIMER, (timer_id, now), into=_timer)


def postpone_timer(tx: Transaction, timer_id: int, due_at: Instant) -> None:
    tx.run(POSTPONE_TIMER, (due_at, timer_id))


def next_timer_due_at(tx: Transaction) -> Instant:
    """When the first timer is due, or NEVER."""
    return _or_never(tx.one(NEXT_TIMER, into=_instant))


def due_timers(tx: Transaction, now: Instant, count_max: int) -> list[Timer]:
    """In the order they are due, and those due at once in the order they were first set."""
    return tx.all(SELECT_DUE_TIMERS, (now, count_max), into=_timer)


# ---- outbox ----------------------------------------------------------------------------------------------------------


def insert_entry(
    tx: Transaction,
    *,
    context: Context,
    service: str,
    operation: str,
    parameters: Mapping[str, Any],
    retries: Retries,
    ordering_key: str,
    on_end: str,
    now: Instant,
    due_at: Instant,
) -> None:
    account, region = context.account, context.region
    if tx.one(HAS_ORDERED, (ordering_key, account, region)) is not None:
        due_at = NEVER
    call = (_encode(context), service, operation, _encode(parameters), _encode(retries))
    tx.run(INSERT_ENTRY, (account, region, *call, ordering_key, on_end, now, due_at))


def look(tx: Transaction, now: Instant, *, in_flight: frozenset[int], count_max: int) -> Look:
    """At most ``count_max`` due entries that are not in flight. Only those are loaded: payloads may be large."""
    ids = tx.all(SELECT_DUE_IDS, (now, count_max + len(in_flight)), into=int)
    wanted = [entry_id for entry_id in ids if entry_id not in in_flight][:count_max]
    found = [tx.one(SELECT_ENTRY, (entry_id,), into=_entry) for entry_id in wanted]
    next_due_at = _or_never(tx.one(NEXT_ENTRY_AFTER, (now,), into=_instant))
    return Look([entry for entry in found if entry is not None], next_due_at)


def end_entry(tx: Transaction, entry: Entry, now: Instant) -> bool:
    """Deletes the entry and lets the next of its order go. False when it is gone already (its account was reset)."""
    if tx.run(DELETE_ENTRY, (entry.id,)) == 0:
        return False
    if entry.ordering_key:
        tx.run(RELEASE_NEXT_ORDERED, (now, entry.ordering_key, entry.account, entry.region))
    return True


def retry_entry(tx: Transaction, entry: Entry, due_at: Instant, attempts: int) -> None:
    tx.run(RETRY_ENTRY, (due_at, attempts, entry.id))


def count_entries(tx: Transaction) -> int:
    return tx.one(COUNT_ENTRIES, into=int) or 0


def _instant(due_at: float) -> Instant:
    return due_at


def _or_never(due_at: Instant | None) -> Instant:
    return NEVER if due_at is None else due_at


def _timer(
    timer_id: int, account: str, region: str, kind: str, key: str, due_at: float, payload: bytes, failures: int
) -> Timer:
    return Timer(timer_id, account, region, kind, key, due_at, _decode(payload), failures)


def _entry(
    entry_id: int,
    account: str,
    region: str,
    context: bytes,
    service: str,
    operation: str,
    parameters: bytes,
    retries: bytes,
    ordering_key: str,
    on_end: str,
    accepted_at: float,
    attempts: int,
) -> Entry:
    return Entry(
        id=entry_id,
        account=account,
        region=region,
        context=_decode_context(context),
        service=service,
        operation=operation,
        parameters=_decode(parameters),
        retries=_decode_retries(retries),
        ordering_key=ordering_key,
        on_end=on_end,
        accepted_at=accepted_at,
        attempts=attempts,
    )
