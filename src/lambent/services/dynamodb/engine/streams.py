"""Streams of tables: enabled and disabled with the table's definition, kept for a day after, rolled and trimmed meanwhile.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

from collections.abc import Callable

import msgspec

from lambent.core.clock import Instant
from lambent.services.dynamodb import stream_errors
from lambent.services.dynamodb.engine import positions, shards
from lambent.services.dynamodb.engine.identifiers import TableName
from lambent.services.dynamodb.engine.keys import KeySchema
from lambent.services.dynamodb.engine.stream_names import StreamName
from lambent.services.dynamodb.engine.table import Stream, Table
from lambent.services.dynamodb.tables import stream_records as rows
from lambent.services.dynamodb.tables import streams
from lambent.services.dynamodb.tables.streams import ShardRow, StreamRow
from lambent.store.database import Transaction

RETENTION_S = 24 * 3600.0
RECORDS_AT_ONCE = 5_000  # deleted in one transaction, so that no write of items waits long
BYTES_AT_ONCE = 4 * 1024 * 1024
STREAMS_AT_ONCE = 100
LABEL_STEP_S = 0.001

NowOf = Callable[[str], Instant]
"""Tells an account's time."""


# ---- with the table --------------------------------------------------------------------------------------------------


def begin(tx: Transaction, table: Table, now: Instant) -> None:
    """The stream that the table's definition tells of is new, and empty."""
    name, view_type = name_of(table), _stream_of(table).view_type
    streams.insert(tx, name, view_type, key_schema_json(table.keys), now, now + shards.ROLLS_AFTER_S)
    shards.open_first(tx, require(tx, name), table.id, now)


def end(tx: Transaction, table: Table, now: Instant) -> None:
    """It takes no records any more, and can be read for a day: with UpdateTable, and when its table is deleted."""
    stream = streams.find(tx, name_of(table))
    if stream is None or not stream.is_enabled:
        return
    for shard in streams.shards(tx, stream.id):
        if shard.is_open:
            shards.close(tx, stream, shard, now)
    streams.set_ended(tx, stream.id, now, min(_due_of(shard) for shard in streams.shards(tx, stream.id)))


def free_moment(tx: Transaction, table: TableName, now: Instant) -> Instant:
    """The moment that labels a new stream: two of a table have two labels, also on a clock that stands still."""
    at = now
    while streams.find(tx, StreamName(*table.scope, table.name, positions.label_of(at))) is not None:
        at += LABEL_STEP_S
    return at


def name_of(table: Table) -> StreamName:
    """The latest stream of a table that has or had one."""
    return StreamName(*table.scope, table.name, _stream_of(table).label)


def key_schema_json(keys: KeySchema) -> bytes:
    """A key schema as AWS writes it."""
    kinds = zip(keys.names, ("HASH", "RANGE"), strict=False)
    return msgspec.json.encode([{"AttributeName": name, "KeyType": kind} for name, kind in kinds])


def _stream_of(table: Table) -> Stream:
    stream = table.definition.stream
    assert stream is not None, f"{table.arn} has no stream"
    return stream


# ---- read ------------------------------------------------------------------------------------------------------------


def require(tx: Transaction, name: StreamName) -> StreamRow:
    """Raises StreamNotFound."""
    found = streams.find(tx, name)
    if found is None:
        raise stream_errors.StreamNotFound(arn=name.arn)
    return found


def listed(tx: Transaction, after: StreamName, *, is_of_table: bool, count_max: int) -> list[StreamRow]:
    """The streams behind a name: of its table only, or of the account and region."""
    return (streams.of_table_after if is_of_table else streams.after)(tx, after, count_max)


def described(
    tx: Transaction, name: StreamName, *, after: str, parent: str, count_max: int
) -> tuple[StreamRow, list[ShardRow]]:
    """The stream and its shards behind one, of all or of one parent. Raises StreamNotFound."""
    stream = require(tx, name)
    if parent:
        return stream, streams.children_after(tx, stream.id, after, parent, count_max)
    return stream, streams.shards_after(tx, stream.id, after, count_max)


# ---- kept ------------------------------------------------------------------------------------------------------------


def dues(tx: Transaction) -> list[tuple[str, Instant]]:
    """When there is something to do next, by account."""
    return streams.next_dues(tx)


def keep_some(tx: Transaction, now_of: NowOf) -> bool:
    """Rolls shards and deletes what is older than a day, a little at a time. False when nothing is left to do now."""
    due = [
        (id_, now_of(account)) for account, id_, due_at in streams.first_due(tx, STREAMS_AT_ONCE) if due_at <= now_of(account)
    ]
    for stream_id, now in due:
        stream = streams.find_by_id(tx, stream_id)
        if stream is not None:
            _keep(tx, stream, now, len(due))
    return bool(due)


def _keep(tx: Transaction, stream: StreamRow, now: Instant, sharers: int) -> None:
    """``sharers``: how many streams share what may be deleted at once."""
    budget, bytes_max = max(1, RECORDS_AT_ONCE // sharers), BYTES_AT_ONCE // sharers
    for shard in streams.shards(tx, stream.id):
        if _due_of(shard) > now:
            continue
        if shard.is_open:
            shards.roll(tx, stream, shard, now)
            continue
        deleted, has_more = rows.delete_some(tx, shard.id, count_max=budget, bytes_max=bytes_max)
        if has_more:
            return  # it is still due
        budget -= deleted
        streams.delete_shard(tx, shard.id)
    left = [_due_of(shard) for shard in streams.shards(tx, stream.id)]
    if left:
        streams.set_due(tx, stream.id, min(left))
    else:
        streams.delete(tx, stream.id)


def _due_of(shard: ShardRow) -> Instant:
    return shard.opened_at + shards.ROLLS_AFTER_S if shard.is_open else shard.closed_at + RETENTION_S
