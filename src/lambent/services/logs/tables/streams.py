"""Rows of log_streams."""

from collections.abc import Iterable

from msgspec import Struct

from lambent.services.logs.tables.groups import Group
from lambent.store.database import Transaction


class Stream(Struct, frozen=True):
    """One log stream. The last three are 0 while it has no events, and as of the last count otherwise."""

    id: int
    group_id: int
    name: str
    created_ms: int
    first_event_ms: int
    last_event_ms: int
    last_ingested_ms: int


FIND_STREAM = """
SELECT id, group_id, name, created_ms, first_event_ms, last_event_ms, last_ingested_ms
FROM log_streams WHERE group_id = ? AND name = ?"""

INSERT_STREAM = """
INSERT INTO log_streams (account, region, group_id, name, created_ms, first_event_ms, last_event_ms, last_ingested_ms)
VALUES (?, ?, ?, ?, ?, 0, 0, 0) RETURNING id"""

DELETE_STREAM = "DELETE FROM log_streams WHERE id = ?"
DELETE_STREAMS = "DELETE FROM log_streams WHERE group_id = ?"

LIST_BY_NAME = """
SELECT id, group_id, name, created_ms, first_event_ms, last_event_ms, last_ingested_ms
FROM log_streams WHERE group_id = ? AND name > ? AND name >= ? ORDER BY name LIMIT ?"""

LIST_BY_NAME_DESCENDING = """
SELECT id, group_id, name, created_ms, first_event_ms, last_event_ms, last_ingested_ms
FROM log_streams WHERE group_id = ? AND name < ? ORDER BY name DESC LIMIT ?"""

LIST_BY_TIME = """
SELECT id, group_id, name, created_ms, first_event_ms, last_event_ms, last_ingested_ms
FROM log_streams WHERE group_id = ? AND (last_event_ms, name) > (?, ?) ORDER BY last_event_ms, name LIMIT ?"""

LIST_BY_TIME_DESCENDING = """
SELECT id, group_id, name, created_ms, first_event_ms, last_event_ms, last_ingested_ms
FROM log_streams WHERE group_id = ? AND (last_event_ms, name) < (?, ?) ORDER BY last_event_ms DESC, name DESC LIMIT ?"""

LIST_IDS_BETWEEN = "SELECT id FROM log_streams WHERE group_id = ? AND name >= ? AND name < ?"
FIND_NAME = "SELECT name FROM log_streams WHERE id = ?"
LAST_CHARACTER = chr(0x10FFFF)  # sorts behind every other

COUNT_EVENTS = """
UPDATE log_streams SET
    first_event_ms = CASE WHEN first_event_ms = 0 OR first_event_ms > ? THEN ? ELSE first_event_ms END,
    last_event_ms = MAX(last_event_ms, ?),
    last_ingested_ms = MAX(last_ingested_ms, ?)
WHERE id = ?"""


def find(tx: Transaction, group_id: int, name: str) -> Stream | None:
    return tx.one(FIND_STREAM, (group_id, name), into=Stream)


def insert(tx: Transaction, account: str, region: str, group_id: int, name: str, *, created_ms: int) -> int:
    stream_id = tx.one(INSERT_STREAM, (account, region, group_id, name, created_ms), into=int)
    assert stream_id is not None
    return stream_id


def delete(tx: Transaction, stream: Stream) -> None:
    tx.run(DELETE_STREAM, (stream.id,))


def delete_all(tx: Transaction, group: Group) -> None:
    tx.run(DELETE_STREAMS, (group.id,))


def page_by_name(tx: Transaction, group: Group, *, after: str, first: str, count_max: int) -> list[Stream]:
    return tx.all(LIST_BY_NAME, (group.id, after, first, count_max), into=Stream)


def page_by_name_descending(tx: Transaction, group: Group, *, before: str, count_max: int) -> list[Stream]:
    return tx.all(LIST_BY_NAME_DESCENDING, (group.id, before, count_max), into=Stream)


def page_by_time(tx: Transaction, group: Group, *, after: tuple[int, str], count_max: int) -> list[Stream]:
    return tx.all(LIST_BY_TIME, (group.id, *after, count_max), into=Stream)


def page_by_time_descending(tx: Transaction, group: Group, *, before: tuple[int, str], count_max: int) -> list[Stream]:
    return tx.all(LIST_BY_TIME_DESCENDING, (group.id, *before, count_max), into=Stream)


def ids_with_prefix(tx: Transaction, group_id: int, prefix: str) -> set[int]:
    return set(tx.all(LIST_IDS_BETWEEN, (group_id, prefix, prefix + LAST_CHARACTER), into=int))


def names_of(tx: Transaction, ids: Iterable[int]) -> dict[int, str]:
    """Names by ids; who has gone is not among them."""
    found = ((id_, tx.one(FIND_NAME, (id_,), into=str)) for id_ in ids)
    return {id_: name for id_, name in found if name is not None}


def count_events(tx: Transaction, stream_id: int, *, first_ms: int, last_ms: int, ingested_ms: int) -> None:
    tx.run(COUNT_EVENTS, (first_ms, first_ms, last_ms, ingested_ms, stream_id))
