"""What GetLogEvents and FilterLogEvents find."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from lambent.core.context import Scope
from lambent.services.logs import errors
from lambent.services.logs.engine import groups, positions, reading, retention, streams
from lambent.services.logs.engine.positions import END, Position
from lambent.services.logs.engine.reading import Found, Predicate, Query
from lambent.services.logs.tables import streams as stream_rows
from lambent.services.logs.tables.groups import Group
from lambent.store.database import Transaction

BACKWARD_FROM_MS = 1_704_067_200_000  # 2024-01-01: FilterLogEvents goes backward no further


class Times(Struct, frozen=True):
    """The span that a request asks for, in ms; None where it says nothing."""

    start_ms: int | None
    end_ms: int | None


class StreamPage(Struct, frozen=True):
    """Events of one stream from the earliest to the latest, and where to go on in both directions."""

    events: list[Found]
    forward_token: str
    backward_token: str


def get(
    tx: Transaction,
    scope: Scope,
    group_name: str,
    stream_name: str,
    *,
    times: Times,
    token: str,
    from_head: bool,
    count_max: int,
    now_ms: int,
) -> StreamPage:
    """A page of one stream: the earliest events or (as AWS does unless told) the latest; or what a token leads to."""
    group = groups.require(tx, scope, group_name)
    stream = streams.require(tx, group, stream_name)
    start = _start(group, times, now_ms)
    end = END if times.end_ms is None else min(Position(times.end_ms), END)
    is_forward = from_head
    if token:
        is_forward, position = positions.read_stream_token(token)
        start, end = (max(start, position), end) if is_forward else (start, min(end, position))
    query = Query(group.id, start, end, stream_ids={stream.id})
    page = reading.read(tx, query, count_max=count_max, is_backward=not is_forward)
    events = page.events if is_forward else page.events[::-1]
    if events:
        first, behind_last = events[0].position, events[-1].position.next()
    else:
        # The same position both ways: so a token given at the end comes back as it was, and what is written later is found.
        first = behind_last = _nowhere(token, start)
    return StreamPage(events, positions.forward_token(behind_last), positions.backward_token(first))


def _nowhere(token: str, start: Position) -> Position:
    return positions.read_stream_token(token)[1] if token else start


def _start(group: Group, times: Times, now_ms: int) -> Position:
    return Position(max(times.start_ms or 0, retention.kept_from_ms(group, now_ms)))


# ---- FilterLogEvents -------------------------------------------------------------------------------------------------


class Filter(Struct, frozen=True):
    """What FilterLogEvents asks for: streams by their names or by a prefix (neither: all), and what events must match."""

    times: Times
    stream_names: Sequence[str] = ()
    stream_prefix: str = ""
    matches: Predicate | None = None
    is_backward: bool = False


class FilterPage(Struct, frozen=True):
    """Events found, the names of their streams, and the token of the next page ("" at the end)."""

    events: list[Found]
    stream_names: Mapping[int, str]
    token: str


def filter_events(
    tx: Transaction, scope: Scope, group_name: str, wanted: Filter, *, token: str, count_max: int, now_ms: int
) -> FilterPage:
    group = groups.require(tx, scope, group_name)
    start, end = _start(group, wanted.times, now_ms), _behind(wanted.times)
    is_backward = wanted.is_backward
    if token:
        is_backward, position = positions.read_filter_token(token)
        start, end = (start, min(end, position)) if is_backward else (max(start, position), end)
    stream_ids = _stream_ids(tx, group, wanted)
    query = Query(group.id, start, end, stream_ids=stream_ids, matches=wanted.matches)
    page = reading.read(tx, query, count_max=count_max, is_backward=is_backward)
    names = stream_rows.names_of(tx, {event.stream_id for event in page.events})
    rest = "" if page.rest is None else positions.filter_token(page.rest, is_backward=is_backward)
    return FilterPage([event for event in page.events if event.stream_id in names], names, rest)


def check(wanted: Filter) -> None:
    """Raises InvalidParameter."""
    start_ms, end_ms = wanted.times.start_ms, wanted.times.end_ms
    if wanted.stream_names and wanted.stream_prefix:
        raise errors.NamesAndPrefix()
    if start_ms is not None and end_ms is not None and start_ms > end_ms:
        raise errors.StartIsAfterEnd()
    if wanted.is_backward and start_ms is not None and start_ms < BACKWARD_FROM_MS:
        raise errors.BackwardTooFar()


def _behind(times: Times) -> Position:
    """Unlike GetLogEvents, FilterLogEvents gives the events of its end time too."""
    return END if times.end_ms is None else min(Position(times.end_ms + 1), END)


def _stream_ids(tx: Transaction, group: Group, wanted: Filter) -> set[int] | None:
    if wanted.stream_names:
        return {streams.require(tx, group, name).id for name in wanted.stream_names}
    if wanted.stream_prefix:
        return stream_rows.ids_with_prefix(tx, group.id, wanted.stream_prefix)
    return None
