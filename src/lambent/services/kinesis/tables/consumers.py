"""Rows of kinesis_consumers."""

import json
from collections.abc import Mapping
from typing import Self

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.store.database import Transaction


class ConsumerRow(Struct, frozen=True):
    """One consumer with enhanced fan-out."""

    id: int
    stream: int
    name: str
    created_at: Instant
    tags: Mapping[str, str]
    policy: str

    @classmethod
    def read(cls, id_: int, stream: int, name: str, created_at: float, tags: str, policy: str) -> Self:
        return cls(id_, stream, name, created_at, json.loads(tags), policy)


FIND_CONSUMER = "SELECT id, stream, name, created_at, tags, policy FROM kinesis_consumers WHERE stream = ? AND name = ?"
LIST_CONSUMERS = """
SELECT id, stream, name, created_at, tags, policy FROM kinesis_consumers
WHERE stream = ? AND name > ? ORDER BY name LIMIT ?"""
COUNT_CONSUMERS = "SELECT COUNT(*) FROM kinesis_consumers WHERE stream = ?"
INSERT_CONSUMER = """
INSERT INTO kinesis_consumers (account, region, stream, name, created_at, tags, policy) VALUES (?, ?, ?, ?, ?, ?, '')"""
SET_TAGS = "UPDATE kinesis_consumers SET tags = ? WHERE id = ?"
SET_POLICY = "UPDATE kinesis_consumers SET policy = ? WHERE id = ?"
DELETE_CONSUMER = "DELETE FROM kinesis_consumers WHERE id = ?"
DELETE_OF_STREAM = "DELETE FROM kinesis_consumers WHERE stream = ?"


def find(tx: Transaction, stream: int, name: str) -> ConsumerRow | None:
    return tx.one(FIND_CONSUMER, (stream, name), into=ConsumerRow.read)


def page(tx: Transaction, stream: int, *, after: str, count_max: int) -> list[ConsumerRow]:
    return tx.all(LIST_CONSUMERS, (stream, after, count_max), into=ConsumerRow.read)


def count(tx: Transaction, stream: int) -> int:
    return tx.one(COUNT_CONSUMERS, (stream,), into=int) or 0


def insert(
    tx: Transaction, account: str, region: str, stream: int, name: str, *, now: Instant, tags: Mapping[str, str]
) -> None:
    tx.run(INSERT_CONSUMER, (account, region, stream, name, now, json.dumps(dict(tags))))


def set_tags(tx: Transaction, row_id: int, tags: Mapping[str, str]) -> None:
    tx.run(SET_TAGS, (json.dumps(dict(tags)), row_id))


def set_policy(tx: Transaction, row_id: int, policy: str) -> None:
    tx.run(SET_POLICY, (policy, row_id))


def delete(tx: Transaction, row_id: int) -> None:
    tx.run(DELETE_CONSUMER, (row_id,))


def delete_of_stream(tx: Transaction, stream: int) -> None:
    tx.run(DELETE_OF_STREAM, (stream,))
