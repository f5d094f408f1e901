"""What is taken in, and how it is cut into batches.

Limits: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

from msgspec import Struct

from lambent.core.context import Scope
from lambent.core.ports import LogEvent, LogStreamName
from lambent.services.logs import errors
from lambent.services.logs.engine import groups, streams
from lambent.services.logs.tables import batches
from lambent.services.logs.tables import groups as group_rows
from lambent.services.logs.tables import streams as stream_rows
from lambent.services.logs.tables.batches import NewBatch
from lambent.store.database import Transaction

REQUEST_BYTES_MAX = 1_048_576
EVENT_BYTES_MAX = 1_048_576
EVENT_BYTES_EXTRA = 26  # what AWS adds to each event's message when it counts
SPAN_MS_MAX = 24 * 3_600_000
TOO_OLD_MS = 14 * 24 * 3_600_000
TOO_NEW_MS = 2 * 3_600_000
DAY_MS = 24 * 3_600_000

TOPIC = "logs.events"
"""Signalled by every commit that brings events."""

BATCH_SPAN_MS_MAX = 2_000
BATCH_EVENTS_MAX = 500

_at_ms = attrgetter("timestamp_ms")


class StreamId(NamedTuple):
    """Where rows of a stream go."""

    account: str
    region: str
    group_id: int
    stream_id: int


class Rejected(Struct, frozen=True):
    """Which events of a request were not taken, as AWS tells it: by the index where a kind ends or starts."""

    too_new_start: int | None = None
    too_old_end: int | None = None
    expired_end: int | None = None

    def __bool__(self) -> bool:
        return not (self.too_new_start is None and self.too_old_end is None and self.expired_end is None)


# ---- PutLogEvents ----------------------------------------------------------------------------------------------------


def put(
    tx: Transaction, scope: Scope, group_name: str, stream_name: str, events: Sequence[LogEvent], *, now_ms: int
) -> Rejected:
    """Keeps what may be kept of a request that ``check`` let through."""
    group = groups.require(tx, scope, group_name)
    stream = streams.require(tx, group, stream_name)
    rejected = rejected_of(events, now_ms=now_ms, retention_days=group.retention_days)
    first = max(rejected.too_old_end or 0, rejected.expired_end or 0)
    taken = events[first : rejected.too_new_start]
    if taken:
        _insert(tx, StreamId(scope.account, scope.region, group.id, stream.id), taken, now_ms)
        tx.signal(TOPIC)
    return rejected


def check(events: Sequence[LogEvent]) -> None:
    """The limits of one request. Raises InvalidParameter."""
    total = 0
    for event in events:
        size = len(event.message.encode(errors="replace")) + EVENT_BYTES_EXTRA
        if size > EVENT_BYTES_MAX:
            raise errors.EventTooLarge(bytes=size, bytes_max=EVENT_BYTES_MAX)
        total += size
    if total > REQUEST_BYTES_MAX:
        raise errors.BatchTooLarge(bytes=total, bytes_max=REQUEST_BYTES_MAX)
    if any(later.timestamp_ms < earlier.timestamp_ms for earlier, later in pairwise(events)):
        raise errors.EventsOutOfOrder()
    if events and events[-1].timestamp_ms - events[0].timestamp_ms > SPAN_MS_MAX:
        raise errors.EventsSpanTooLong()


def rejected_of(events: Sequence[LogEvent], *, now_ms: int, retention_days: int) -> Rejected:
    """Which of ``events``, in order of time, are too old, too new, or past the group's retention."""
    too_old = sum(event.timestamp_ms < now_ms - TOO_OLD_MS for event in events)
    too_new = sum(event.timestamp_ms > now_ms + TOO_NEW_MS for event in events)
    kept_from_ms = now_ms - retention_days * DAY_MS
    expired = sum(event.timestamp_ms < kept_from_ms for event in events) if retention_days else 0
    return Rejected(
        too_new_start=len(events) - too_new if too_new else None,
        too_old_end=too_old or None,
        expired_end=expired or None,
    )


# ---- what functions write --------------------------------------------------------------------------------------------


def append(
    tx: Transaction,
    pending: Mapping[LogStreamName, list[LogEvent]],
    known: Mapping[LogStreamName, StreamId],
    *,
    now_ms: Callable[[str], int],
) -> dict[LogStreamName, StreamId]:
    """Keeps events of many streams; makes the groups and streams that are not there. Returns those that were not ``known``.

    ``now_ms`` tells each account's time.
    """
    found: dict[LogStreamName, StreamId] = {}
    rows: list[NewBatch] = []
    account: str | None = None
    at_ms = 0
    for name, events in pending.items():
        if name.account != account:  # most are one account's
            account = name.account
            at_ms = now_ms(account)
        stream = known.get(name)
        if stream is None:
            stream = found[name] = _find_or_make(tx, name, at_ms)
        rows += _rows(stream, events, at_ms)
    batches.insert(tx, rows)
    tx.signal(TOPIC)
    return found


def _find_or_make(tx: Transaction, name: LogStreamName, now_ms: int) -> StreamId:
    group_id = group_rows.find_id(tx, name.account, name.region, name.group)
    if group_id is None:
        group_id = group_rows.insert(tx, name.account, name.region, name.group, created_ms=now_ms)
    stream = stream_rows.find(tx, group_id, name.stream)
    if stream is not None:
        return StreamId(name.account, name.region, group_id, stream.id)
    stream_id = stream_rows.insert(tx, name.account, name.region, group_id, name.stream, created_ms=now_ms)
    return StreamId(name.account, name.region, group_id, stream_id)


# ---- batches ---------------------------------------------------------------------------------------------------------


def _insert(tx: Transaction, stream: StreamId, events: Sequence[LogEvent], now_ms: int) -> None:
    batches.insert(tx, _rows(stream, list(events), now_ms))


def _rows(stream: StreamId, events: list[LogEvent], now_ms: int) -> list[NewBatch]:
    return [(*stream, batch[0].timestamp_ms, batch[-1].timestamp_ms, now_ms, batches.pack(batch)) for batch in cut(events)]


def cut(events: list[LogEvent]) -> list[list[LogEvent]]:
    """Events in order of time, in batches of no more than ``BATCH_EVENTS_MAX`` and ``BATCH_SPAN_MS_MAX``."""
    events.sort(key=_at_ms)
    if len(events) <= BATCH_EVENTS_MAX and events[-1].timestamp_ms - events[0].timestamp_ms <= BATCH_SPAN_MS_MAX:
        return [events]
    cuts: list[list[LogEvent]] = []
    for event in events:
        batch = cuts[-1] if cuts else None
        if batch is None or len(batch) >= BATCH_EVENTS_MAX or event.timestamp_ms - batch[0].timestamp_ms > BATCH_SPAN_MS_MAX:
            cuts.append([event])
        else:
            batch.append(event)
    return cuts
