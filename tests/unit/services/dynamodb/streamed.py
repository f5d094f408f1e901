"""A table of items with what follows it, on a clock that a test turns: put, delete, read the stream."""

import json
from typing import Any

from msgspec import structs

from lambent.core.context import Scope
from lambent.services.dynamodb.engine import changes, items, iterators, shard_reading, streams, tables
from lambent.services.dynamodb.engine.identifiers import TableName
from lambent.services.dynamodb.engine.items import Deletion
from lambent.services.dynamodb.engine.iterators import Iterator
from lambent.services.dynamodb.engine.table import Table
from lambent.services.dynamodb.engine.walks import LAST
from lambent.services.dynamodb.tables import items as item_rows
from lambent.services.dynamodb.tables import streams as rows
from lambent.services.dynamodb.tables import tables as table_rows
from lambent.services.dynamodb.tables.streams import ShardRow, StreamRow
from lambent.store.database import Transaction

START = 1_767_225_600.0
SCOPE = Scope("111122223333", "eu-west-1")
NAMED = TableName(SCOPE, "songs")


class Streamed:
    """``now`` is the time of every call."""

    def __init__(self, tx: Transaction, **settings: Any) -> None:
        self.tx = tx
        self.now = START
        given = {
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
        tables.create(tx, NAMED, given | settings, self.now)

    @property
    def table(self) -> Table:
        found = table_rows.find(self.tx, NAMED)
        assert found is not None
        return found

    def define(self, **settings: Any) -> Table:
        """Changes the definition and nothing else."""
        table_rows.set_definition(self.tx, self.table, structs.replace(self.table.definition, **settings))
        return self.table

    def put(self, key: str, **attributes: Any) -> None:
        items.put(self.tx, self.table, items.put_of(self.table, {"id": {"S": key}, **attributes}), self.now)

    def delete(self, key: str) -> None:
        place, _ = items.place_of(self.table, {"id": {"S": key}})
        items.delete(self.tx, self.table, Deletion(place), self.now)

    def keys(self) -> list[str]:
        """Of the items that are there."""
        found, _ = item_rows.scan(self.tx, self.table.id, b"", b"", LAST, count_max=1_000, bytes_max=1_000_000)
        return [json.loads(placed.item)["id"]["S"] for placed in found]

    # ---- its stream --------------------------------------------------------------------------------------------------

    @property
    def stream(self) -> StreamRow:
        return streams.require(self.tx, streams.name_of(self.table))

    @property
    def shards(self) -> list[ShardRow]:
        return rows.shards(self.tx, self.stream.id)

    def end_stream(self) -> None:
        changes.stream_ended(self.tx, self.table, self.now)

    def keep(self) -> int:
        """Housekeeping until nothing is left to do. Returns how many transactions that takes."""
        count = 0
        while streams.keep_some(self.tx, lambda _: self.now):
            count += 1
        return count

    def iterator(self, shard: ShardRow, position: int = iterators.HORIZON) -> Iterator:
        return Iterator(self.stream.name, shard.name, position, self.now, "r")

    def records(self, shard: ShardRow | None = None) -> list[Any]:
        """All that can be read of a shard (the first), decoded."""
        page = shard_reading.read(self.tx, self.iterator(shard or self.shards[0]), shard_reading.RECORDS_MAX, self.now)
        return [json.loads(record) for record in page.records]
