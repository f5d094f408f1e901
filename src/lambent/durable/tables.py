"""The statements of timers, outbox and clocks. Payloads are msgpack: bytes and times with a zone come back as they were."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from lambent.core.clock import NEVER, Instant
from lambent.core.context import Context
from lambent.store.database import Transaction

UPSERT_TIMER = """
    INSERT INTO timers (account, region, kind, key, due_at, payload, lane) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (kind, key, account, region) DO UPDATE
    SET due_at = excluded.due_at, payload = excluded.payload, lane = excluded.lane, failures = 0
"""
DELETE_TIMER = "DELETE FROM timers WHERE kind = ? AND key = ? AND account = ? AND region = ?"
TAKE_TIMER = """
    DELETE FROM timers WHERE id = ? AND due_at <= ?
    RETURNING id, account, region, kind, key, due_at, payload, failures
"""
POSTPONE_TIMER = "UPDATE timers SET due_at = ?, failures = failures + 1 WHERE id = ?"
# What belongs to an account with a clock of its own is due by that clock, and all else by the platform's.
NEXT_TIMER = """
    SELECT due_at FROM timers
    WHERE lane = ? AND account NOT IN (SELECT account FROM clocks WHERE account <> '') ORDER BY due_at, id LIMIT 1
"""
# Goes through all timers, but not where no account has a clock of its own.
NEXT_TIMERS_OF_ACCOUNTS = """
    SELECT account, min(due_at) FROM (SELECT 1 FROM clocks WHERE account <> '' LIMIT 1) AS any_clock CROSS JOIN timers
    WHERE lane = ? AND account IN (SELECT account FROM clocks WHERE account <> '') GROUP BY account
"""
SELECT_DUE_TIMERS = """
    SELECT id, account, region, kind, key, due_at, payload, failures FROM timers
    WHERE lane = ? AND due_at <= ? AND account NOT IN (SELECT account FROM clocks WHERE account <> '')
    ORDER BY due_at, id LIMIT ?
"""
SELECT_DUE_TIMERS_OF_ACCOUNT = """
    SELECT id, account, region, kind, key, due_at, payload, failures FROM timers
    WHERE lane = ? AND due_at <= ? AND account = ? ORDER BY due_at, id LIMIT ?
"""

INSERT_ENTRY = """
    INSERT INTO outbox (account, region, context, service, operation, parameters, retries, ordering_key, on_end, lane,
        accepted_at, due_at, attempts)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
"""
HAS_ORDERED = "SELECT 1 FROM outbox WHERE ordering_key = ? AND ordering_key <> '' AND account = ? AND region = ? LIMIT 1"
SELECT_DUE_IDS = """
    SELECT id FROM outbox
    WHERE lane = ? AND due_at <= ? AND account NOT IN (SELECT account FROM clocks WHERE account <> '')
    ORDER BY due_at, id LIMIT ?
"""
SELECT_DUE_IDS_OF_ACCOUNT = "SELECT id FROM outbox WHERE lane = ? AND due_at <= ? AND account = ? ORDER BY due_at, id LIMIT ?"
SELECT_ENTRY = """
    SELECT id, account, region, context, service, operation, parameters, retries, ordering_key, on_end, accepted_at, attempts
    FROM outbox WHERE id = ?
"""
NEXT_ENTRY_AFTER = """
    SELECT due_at FROM outbox
    WHERE lane = ? AND due_at > ? AND account NOT IN (SELECT account FROM clocks WHERE account <> '') ORDER BY due_at LIMIT 1
"""
NEXT_ENTRY_OF_ACCOUNT_AFTER = "SELECT due_at FROM outbox WHERE lane = ? AND due_at > ? AND account = ? ORDER BY due_at LIMIT 1"
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

UPSERT_CLOCK = """
    INSERT INTO clocks (account, mode, stands_at, ahead_s) VALUES (?, ?, ?, ?)
    ON CONFLICT (account) DO UPDATE
    SET mode = excluded.mode, stands_at = excluded.stands_at, ahead_s = excluded.ahead_s
"""
DELETE_CLOCK = "DELETE FROM clocks WHERE account = ?"
LIST_CLOCKS = "SELECT account, mode, stands_at, ahead_s FROM clocks ORDER BY account"


class Timer(Struct, frozen=True):
    """A timer that is due. ``payload`` is what was given to ``set``."""

    id: int
    account: str
    region: str
    kind: str
    key: str
    due_at: Instant
    payload: Any
    failures: int = 0


class Retries(Struct, frozen=True, kw_only=True):
    """How long an entry is tried again: until it succeeds, or one of the limits is reached.

    ``delays_s``, where there are any, are the delays before the first retries; the last of them stays.
    """

    attempts_max: int | None = None
    age_s_max: float = 6 * 3600.0  # no retry begins later than this after the entry was accepted
    delay_s_first: float = 1.0
    delay_factor: float = 2.0
    delay_s_max: float = 300.0
    ends_on_refusal: bool = True  # an answer that blames the request (4xx but 429), or 501, will not change by asking again
    delays_s: tuple[float, ...] = ()


class Entry(Struct, frozen=True):
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


class Call(NamedTuple):
    """A call to be written into the outbox. ``parameters``: AWS' member names; bytes and aware datetimes survive."""

    context: Context
    service: str
    operation: str
    parameters: Mapping[str, Any]
    ordering_key: str = ""


class Look(NamedTuple):
    """What a look into the outbox found: entries to deliver now, and when the next one is due by each clock."""

    entries: list[Entry]
    next_due_at: dict[str, Instant]


class KeptClock(NamedTuple):
    """The clock of an account ("": the platform's): where it stands, or how far ahead of the machine's it runs."""

    account: str
    mode: str
    stands_at: Instant
    ahead_s: float


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode
_decode_context = msgspec.msgpack.Decoder(Context).decode
_decode_retries = msgspec.msgpack.Decoder(Retries).decode


# ---- timers ----------------------------------------------------------------------------------------------------------


def upsert_timer(
    tx: Transaction, *, kind: str, key: str, due_at: Instant, payload: object, account: str, region: str, lane: str = ""
) -> None:
    tx.run(UPSERT_TIMER, (account, region, kind, key, due_at, _encode(payload), lane))


def delete_timer(tx: Transaction, *, kind: str, key: str, account: str, region: str) -> bool:
    return tx.run(DELETE_TIMER, (kind, key, account, region)) == 1


def take_timer(tx: Transaction, timer_id: int, now: Instant) -> Timer | None:
    """Deletes a due timer and returns it as it is now; None when another's handler has cancelled or moved it meanwhile."""
    return tx.one(TAKE_TIMER, (timer_id, now), into=_timer)


def postpone_timer(tx: Transaction, timer_id: int, due_at: Instant) -> None:
    tx.run(POSTPONE_TIMER, (due_at, timer_id))


def next_timers_due_at(tx: Transaction, lane: str = "") -> dict[str, Instant]:
    """When the first timer of each clock is due; the platform's, under "", may be NEVER."""
    own = tx.all(NEXT_TIMERS_OF_ACCOUNTS, (lane,), into=_due)
    return dict(own) | {"": _or_never(tx.one(NEXT_TIMER, (lane,), into=_instant))}


def due_timers(tx: Transaction, moments: Mapping[str, Instant], count_max: int, lane: str = "") -> list[Timer]:
    """In the order they are due, and those due at once in the order they were first set; one clock after the other."""
    due: list[Timer] = []
    for account, now in moments.items():
        left = count_max - len(due)
        if account:
            due += tx.all(SELECT_DUE_TIMERS_OF_ACCOUNT, (lane, now, account, left), into=_timer)
        else:
            due += tx.all(SELECT_DUE_TIMERS, (lane, now, left), into=_timer)
    return due


# ---- outbox ----------------------------------------------------------------------------------------------------------


def insert_entries(
    tx: Transaction,
    calls: Sequence[Call],
    *,
    retries: Retries,
    on_end: str,
    lane: str,
    moments: Mapping[str, Instant],
    delay_s: float,
) -> None:
    """Of calls with the same ordering key, in this batch and before it, only the first is due.

    ``moments``: what time it is, by account.
    """
    how = _encode(retries)
    queued: set[tuple[str, str, str]] = set()
    rows = []
    for context, service, operation, parameters, ordering_key in calls:
        now = moments[context.account]
        due = now + delay_s
        if ordering_key:
            order = (ordering_key, context.account, context.region)
            if order in queued or tx.one(HAS_ORDERED, order) is not None:
                due = NEVER
            queued.add(order)
        call = (_encode(context), service, operation, _encode(parameters))
        rows.append((context.account, context.region, *call, how, ordering_key, on_end, lane, now, due))
    if len(rows) == 1:
        tx.run(INSERT_ENTRY, rows[0])
    else:
        tx.run_many(INSERT_ENTRY, rows)


def look(tx: Transaction, moments: Mapping[str, Instant], *, lane: str, in_flight: frozenset[int], count_max: int) -> Look:
    """At most ``count_max`` due entries of the lane that are not in flight. Only those are loaded: payloads may be large.

    ``moments``: what time it is, by clock.
    """
    ids: list[int] = []
    next_due_at: dict[str, Instant] = {}
    limit = count_max + len(in_flight)
    for account, now in moments.items():
        if account:
            ids += tx.all(SELECT_DUE_IDS_OF_ACCOUNT, (lane, now, account, limit), into=int)
            next_due_at[account] = _or_never(tx.one(NEXT_ENTRY_OF_ACCOUNT_AFTER, (lane, now, account), into=_instant))
        else:
            ids += tx.all(SELECT_DUE_IDS, (lane, now, limit), into=int)
            next_due_at[account] = _or_never(tx.one(NEXT_ENTRY_AFTER, (lane, now), into=_instant))
    if len(moments) > 1:
        ids.sort()  # or the first clock's entries would keep those of the others waiting
    wanted = [entry_id for entry_id in ids if entry_id not in in_flight][:count_max]
    found = [tx.one(SELECT_ENTRY, (entry_id,), into=_entry) for entry_id in wanted]
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


# ---- clocks ----------------------------------------------------------------------------------------------------------


def upsert_clock(tx: Transaction, clock: KeptClock) -> None:
    tx.run(UPSERT_CLOCK, clock)


def delete_clock(tx: Transaction, account: str) -> None:
    tx.run(DELETE_CLOCK, (account,))


def list_clocks(tx: Transaction) -> list[KeptClock]:
    return tx.all(LIST_CLOCKS, into=KeptClock)


def _due(account: str, due_at: float) -> tuple[str, Instant]:
    return account, due_at


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
