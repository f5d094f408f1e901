"""Reads events in order of time out of batches that overlap.

Batches are read by their first event. None is longer than ``BATCH_SPAN_MS_MAX``, so forward an event's turn has come when the
next batch begins later than it, and backward when the next batch cannot reach up to it any more.
"""

import heapq
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from msgspec import Struct

from lambent.services.logs.engine.ingestion import BATCH_SPAN_MS_MAX, EVENT_BYTES_EXTRA
from lambent.services.logs.engine.positions import END, START, Position
from lambent.services.logs.tables import batches
from lambent.services.logs.tables.batches import Batch
from lambent.store.database import Transaction

REPLY_BYTES_MAX = 1_048_576
REPLY_EVENTS_MAX = 10_000
SCANNED_EVENTS_MAX = 100_000  # in one request: AWS too answers with what it has found so far, and a token
BATCHES_FIRST = 32
LONG_AGO_MS = 2**62
BATCHES_AT_ONCE_MAX = 512

Predicate = Callable[[str], bool]


class Found(NamedTuple):
    """One event that was read."""

    position: Position
    stream_id: int
    ingested_ms: int
    message: str

    @property
    def at_ms(self) -> int:
        return self.position.at_ms


class Query(Struct, frozen=True):
    """Which events: from ``start`` on and before ``end``, of some streams (None: of all), that ``matches`` (None: any)."""

    group_id: int
    start: Position = START
    end: Position = END
    stream_ids: Collection[int] | None = None
    matches: Predicate | None = None

    @property
    def only_stream_id(self) -> int | None:
        return next(iter(self.stream_ids)) if self.stream_ids is not None and len(self.stream_ids) == 1 else None


class Page(Struct, frozen=True):
    """Events in the order in which they were asked for. ``rest`` is where the next page begins, or None at the end."""

    events: list[Found]
    rest: Position | None


def read(tx: Transaction, query: Query, *, count_max: int, is_backward: bool = False) -> Page:
    """The first events of the query, or with ``is_backward`` its last ones, the very last first."""
    walk = _Backward(tx, query) if is_backward else _Forward(tx, query)
    found: list[Found] = []
    size = 0
    for event in walk.events():
        size += len(event.message.encode(errors="replace")) + EVENT_BYTES_EXTRA
        if len(found) == count_max or (found and size > REPLY_BYTES_MAX):
            return Page(found, _rest(found[-1].position, is_backward))
        found.append(event)
    return Page(found, walk.stopped_at)


def _rest(last: Position, is_backward: bool) -> Position:
    return last if is_backward else last.next()


class _Walk:
    """Events one after another. ``stopped_at`` is set where the budget of one request was spent."""

    def __init__(self, tx: Transaction, query: Query) -> None:
        self._tx = tx
        self._query = query
        self._scanned = 0
        self.stopped_at: Position | None = None

    def events(self) -> Iterator[Found]:
        raise NotImplementedError

    def _is_spent(self) -> bool:
        return self._scanned >= SCANNED_EVENTS_MAX

    def _unpacked(self, batch: Batch) -> Iterator[Found]:
        """The events of a batch that the query asks for."""
        query = self._query
        events = batches.unpack(batch.packed)
        self._scanned += len(events)
        is_inside = query.start.at_ms < batch.first_ms and batch.last_ms < query.end.at_ms
        matches = query.matches
        for offset, (at_ms, message) in enumerate(events):
            if matches is None or matches(message):
                position = Position(at_ms, batch.id, offset)
                if is_inside or query.start <= position < query.end:
                    yield Found(position, batch.stream_id, batch.ingested_ms, message)

    def _batches(self, fetch: Callable[[tuple[int, int], int], list[Batch]], after: tuple[int, int]) -> Iterator[Batch]:
        """Batches that may hold what the query asks for; ``fetch(after, count)`` gives the next ones."""
        query = self._query
        count_max = BATCHES_FIRST
        while True:
            page = fetch(after, count_max)
            for batch in page:
                if batch.last_ms >= query.start.at_ms and (query.stream_ids is None or batch.stream_id in query.stream_ids):
                    yield batch
            if len(page) < count_max:
                return
            after = (page[-1].first_ms, page[-1].id)
            count_max = BATCHES_AT_ONCE_MAX


class _Forward(_Walk):
    """From the earliest to the latest."""

    def events(self) -> Iterator[Found]:
        waiting: list[Found] = []
        for batch in self._batches(self._fetch, (-LONG_AGO_MS, 0)):
            while waiting and waiting[0].at_ms < batch.first_ms:
                yield heapq.heappop(waiting)
            if self._is_spent() and batch.first_ms > self._query.start.at_ms:
                # Nothing that waits is earlier than this batch's first event: there the next request goes on.
                self.stopped_at = Position(batch.first_ms)
                return
            for event in self._unpacked(batch):
                heapq.heappush(waiting, event)
        while waiting:
            yield heapq.heappop(waiting)

    def _fetch(self, after: tuple[int, int], count_max: int) -> list[Batch]:
        query = self._query
        return batches.page_forward(
            self._tx,
            query.group_id,
            query.only_stream_id,
            from_ms=query.start.at_ms - BATCH_SPAN_MS_MAX,
            after=after,
            until_ms=query.end.at_ms + 1,
            count_max=count_max,
        )


class _Backward(_Walk):
    """From the latest to the earliest."""

    def events(self) -> Iterator[Found]:
        waiting: list[tuple[int, int, int, Found]] = []
        for batch in self._batches(self._fetch, (self._query.end.at_ms + 1, 0)):
            reach_ms = batch.first_ms + BATCH_SPAN_MS_MAX  # no batch that is still to come holds a later event
            while waiting and -waiting[0][0] > reach_ms:
                yield heapq.heappop(waiting)[3]
            if self._is_spent() and reach_ms < self._query.end.at_ms - 1:
                self.stopped_at = Position(reach_ms + 1)
                return
            for event in self._unpacked(batch):
                at_ms, batch_id, offset = event.position
                heapq.heappush(waiting, (-at_ms, -batch_id, -offset, event))
        while waiting:
            yield heapq.heappop(waiting)[3]

    def _fetch(self, before: tuple[int, int], count_max: int) -> list[Batch]:
        query = self._query
        return batches.page_backward(
            self._tx,
            query.group_id,
            query.only_stream_id,
            from_ms=query.start.at_ms - BATCH_SPAN_MS_MAX,
            before=before,
            count_max=count_max,
        )
