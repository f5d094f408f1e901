"""Rows of dynamodb_streams and dynamodb_shards: the streams of tables, also of tables that are gone, and their parts."""

from msgspec import Struct

from lambent.core.clock import NEVER, Instant
from lambent.services.dynamodb.engine.stream_names import StreamName
from lambent.store.database import Transaction

_STREAM = "account, region, id, table_name, label, view_type, key_schema, created_at, ended_at, due_at"
_SHARD = """id, table_id, stream_id, number, name, parent, hash_first, hash_last, opened_at, first_position, last_position,
    closed_at, counted_at"""

INSERT_STREAM = """
INSERT INTO dynamodb_streams (account, region, table_name, label, view_type, key_schema, created_at, ended_at, due_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"""
FIND_STREAM = f"""
SELECT {_STREAM} FROM dynamodb_streams WHERE account = ? AND region = ? AND table_name = ? AND label = ?"""  # noqa: S608 - names
FIND_STREAM_BY_ID = f"SELECT {_STREAM} FROM dynamodb_streams WHERE id = ?"  # noqa: S608
LIST_STREAMS = f"""
SELECT {_STREAM} FROM dynamodb_streams
WHERE account = ? AND region = ? AND (table_name, label) > (?, ?) ORDER BY table_name, label LIMIT ?"""  # noqa: S608
LIST_STREAMS_OF_TABLE = f"""
SELECT {_STREAM} FROM dynamodb_streams
WHERE account = ? AND region = ? AND table_name = ? AND label > ? ORDER BY label LIMIT ?"""  # noqa: S608
LIST_DUE = "SELECT account, id, due_at FROM dynamodb_streams ORDER BY due_at LIMIT ?"
NEXT_DUE = "SELECT account, min(due_at) FROM dynamodb_streams GROUP BY account"
SET_DUE = "UPDATE dynamodb_streams SET due_at = ? WHERE id = ?"
SET_ENDED = "UPDATE dynamodb_streams SET ended_at = ?, due_at = ? WHERE id = ?"
DELETE_STREAM = "DELETE FROM dynamodb_streams WHERE id = ?"

INSERT_SHARD = """
INSERT INTO dynamodb_shards (account, region, table_id, stream_id, number, name, parent, hash_first, hash_last, opened_at,
    first_position, last_position, closed_at, counted_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, -1, ?, ?)"""
LIST_SHARDS = f"SELECT {_SHARD} FROM dynamodb_shards WHERE stream_id = ? AND name > ? ORDER BY name LIMIT ?"  # noqa: S608
LIST_CHILDREN = f"""
SELECT {_SHARD} FROM dynamodb_shards WHERE stream_id = ? AND name > ? AND parent = ? ORDER BY name LIMIT ?"""  # noqa: S608
LIST_ALL_SHARDS = f"SELECT {_SHARD} FROM dynamodb_shards WHERE stream_id = ? ORDER BY name"  # noqa: S608
FIND_SHARD = f"SELECT {_SHARD} FROM dynamodb_shards WHERE stream_id = ? AND name = ?"  # noqa: S608
# The newest record says where the next one goes; its running number counts what the shard has taken.
FIND_OPEN_FOR = """
SELECT id, number, name, first_position, counted_at, (
    SELECT max(position) FROM dynamodb_stream_records WHERE shard_id = dynamodb_shards.id
), (
    SELECT ordinal FROM dynamodb_stream_records WHERE shard_id = dynamodb_shards.id ORDER BY position DESC LIMIT 1
)
FROM dynamodb_shards
WHERE table_id = ? AND last_position = -1 AND hash_first <= ? AND hash_last >= ? ORDER BY hash_first DESC LIMIT 1"""
CLOSE_SHARD = "UPDATE dynamodb_shards SET last_position = ?, closed_at = ? WHERE id = ?"
SET_COUNTED = "UPDATE dynamodb_shards SET counted_at = ? WHERE id = ?"
DELETE_SHARD = "DELETE FROM dynamodb_shards WHERE id = ?"

HASH_LAST = 2**32 - 1
"""Keys are spread over shards by 32 bits of their hash."""

OPEN = -1
"""The last position of a shard that still takes records."""

KEEPING_TOPIC = "dynamodb.streams-kept"
"""Signalled when something about streams falls due earlier than known."""


class StreamRow(Struct, frozen=True):
    """``ended_at`` is NEVER of a stream that is enabled; ``due_at`` is when there is something to do about it."""

    name: StreamName
    id: int
    view_type: str
    key_schema: bytes
    created_at: Instant
    ended_at: Instant
    due_at: Instant

    @property
    def is_enabled(self) -> bool:
        return self.ended_at >= NEVER


class ShardRow(Struct, frozen=True):
    """``last_position`` is OPEN while it takes records; ``counted_at`` is when a split was last considered."""

    id: int
    table_id: int
    stream_id: int
    number: int
    name: str
    parent: str
    hash_first: int
    hash_last: int
    opened_at: Instant
    first_position: int
    last_position: int
    closed_at: Instant
    counted_at: Instant

    @property
    def is_open(self) -> bool:
        return self.last_position == OPEN


class Taking(Struct, frozen=True):
    """The open shard that takes the records of a key, and the newest record in it."""

    id: int
    number: int
    name: str
    first_position: int
    counted_at: Instant
    newest_position: int | None
    newest_ordinal: int | None


def insert(tx: Transaction, name: StreamName, view_type: str, key_schema: bytes, created_at: Instant, due_at: Instant) -> int:
    row = (*name, view_type, key_schema, created_at, NEVER, due_at)
    stream_id = tx.one(INSERT_STREAM, row, into=int)
    assert stream_id is not None
    tx.signal(KEEPING_TOPIC)
    return stream_id


def find(tx: Transaction, name: StreamName) -> StreamRow | None:
    return tx.one(FIND_STREAM, name, into=_stream)


def find_by_id(tx: Transaction, stream_id: int) -> StreamRow | None:
    return tx.one(FIND_STREAM_BY_ID, (stream_id,), into=_stream)


def after(tx: Transaction, name: StreamName, count_max: int) -> list[StreamRow]:
    """The account's streams behind this name, table by table."""
    return tx.all(LIST_STREAMS, (*name, count_max), into=_stream)


def of_table_after(tx: Transaction, name: StreamName, count_max: int) -> list[StreamRow]:
    return tx.all(LIST_STREAMS_OF_TABLE, (*name, count_max), into=_stream)


def next_dues(tx: Transaction) -> list[tuple[str, Instant]]:
    """When something falls due, by account."""
    return tx.all(NEXT_DUE, into=_due)


def first_due(tx: Transaction, count_max: int) -> list[tuple[str, int, Instant]]:
    """Account, id and moment of the streams about which something falls due first."""
    return tx.all(LIST_DUE, (count_max,), into=_due_stream)


def set_due(tx: Transaction, stream_id: int, due_at: Instant) -> None:
    tx.run(SET_DUE, (due_at, stream_id))
    tx.signal(KEEPING_TOPIC)


def set_ended(tx: Transaction, stream_id: int, ended_at: Instant, due_at: Instant) -> None:
    tx.run(SET_ENDED, (ended_at, due_at, stream_id))
    tx.signal(KEEPING_TOPIC)


def delete(tx: Transaction, stream_id: int) -> None:
    tx.run(DELETE_STREAM, (stream_id,))


def insert_shard(
    tx: Transaction,
    stream: StreamRow,
    *,
    table_id: int,
    number: int,
    name: str,
    parent: str,
    hashes: tuple[int, int],
    opened_at: Instant,
    first_position: int,
) -> None:
    where = (stream.name.account, stream.name.region, table_id, stream.id)
    tx.run(INSERT_SHARD, (*where, number, name, parent, *hashes, opened_at, first_position, NEVER, opened_at))


def shards_after(tx: Transaction, stream_id: int, name: str, count_max: int) -> list[ShardRow]:
    return tx.all(LIST_SHARDS, (stream_id, name, count_max), into=ShardRow)


def children_after(tx: Transaction, stream_id: int, name: str, parent: str, count_max: int) -> list[ShardRow]:
    return tx.all(LIST_CHILDREN, (stream_id, name, parent, count_max), into=ShardRow)


def shards(tx: Transaction, stream_id: int) -> list[ShardRow]:
    return tx.all(LIST_ALL_SHARDS, (stream_id,), into=ShardRow)


def find_shard(tx: Transaction, stream_id: int, name: str) -> ShardRow | None:
    return tx.one(FIND_SHARD, (stream_id, name), into=ShardRow)


def open_for(tx: Transaction, table_id: int, key_hash: int) -> Taking | None:
    return tx.one(FIND_OPEN_FOR, (table_id, key_hash, key_hash), into=Taking)


def close_shard(tx: Transaction, shard_id: int, last_position: int, closed_at: Instant) -> None:
    tx.run(CLOSE_SHARD, (last_position, closed_at, shard_id))


def set_counted(tx: Transaction, shard_id: int, counted_at: Instant) -> None:
    tx.run(SET_COUNTED, (counted_at, shard_id))


def delete_shard(tx: Transaction, shard_id: int) -> None:
    tx.run(DELETE_SHARD, (shard_id,))


def _stream(
    account: str,
    region: str,
    stream_id: int,
    table_name: str,
    label: str,
    view_type: str,
    key_schema: bytes,
    created_at: float,
    ended_at: float,
    due_at: float,
) -> StreamRow:
    name = StreamName(account, region, table_name, label)
    return StreamRow(name, stream_id, view_type, key_schema, created_at, ended_at, due_at)


def _due(account: str, due_at: float) -> tuple[str, Instant]:
    return account, due_at


def _due_stream(account: str, stream_id: int, due_at: float) -> tuple[str, int, Instant]:
    return account, stream_id, due_at
