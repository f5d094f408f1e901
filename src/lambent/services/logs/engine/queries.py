"""What GetLogEvents and FilterLogEvents find."""

from dataclasses import dataclass

from lambent.services.logs import errors
from lambent.services.logs.engine import groups, positions, reading, retention, streams
from lambent.services.logs.engine.groups import Scope
from lambent.services.logs.engine.positions import END, Position
from lambent.services.logs.engine.reading import Found, Query
from lambent.services.logs.tables.groups import Group
from lambent.store.database import Transaction


@dataclass(frozen=True, slots=True)
class Times:
    """The span that a request asks for, in ms; None where it says nothing."""

    start_ms: int | None
    end_ms: int | None


@dataclass(frozen=True, slots=True)
class StreamPage:
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
    end = END if times.end_ms is None else Position(times.end_ms)
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


def check_times(times: Times) -> None:
    if times.start_ms is not None and times.end_ms is not None and times.start_ms > times.end_ms:
        raise errors.StartIsAfterEnd()
