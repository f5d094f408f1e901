"""Consumers with enhanced fan-out: https://docs.aws.amazon.com/streams/latest/dev/enhanced-consumers.html."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from lambent.core.clock import Instant
from lambent.services.kinesis import errors
from lambent.services.kinesis.engine import identifiers, streams
from lambent.services.kinesis.engine import tags as tagging
from lambent.services.kinesis.engine.identifiers import ConsumerKey, Key
from lambent.services.kinesis.engine.stream import Stream
from lambent.services.kinesis.tables import consumers as rows
from lambent.services.kinesis.tables.consumers import ConsumerRow
from lambent.store.database import Transaction

CONSUMERS_MAX = 20
"""Of one stream."""


class Page(NamedTuple):
    consumers: list[ConsumerRow]
    has_more: bool


def arn_of(stream_arn: str, row: ConsumerRow) -> str:
    return f"{stream_arn}/consumer/{row.name}:{int(row.created_at)}"


def register(tx: Transaction, key: Key, name: str, tags: Mapping[str, str], now: Instant) -> ConsumerRow:
    """Raises ConsumerExists, TooManyConsumers."""
    stream = streams.find(tx, key)
    if rows.find(tx, stream.row.id, name) is not None:
        raise errors.ConsumerExists(name=name, arn=stream.arn, account=stream.account)
    if rows.count(tx, stream.row.id) >= CONSUMERS_MAX:
        raise errors.TooManyConsumers(name=stream.name, account=stream.account, count_max=CONSUMERS_MAX)
    tagging.checked(name, stream.account, tags)
    rows.insert(tx, stream.account, stream.region, stream.row.id, name, now=now, tags=tags)
    row = rows.find(tx, stream.row.id, name)
    assert row is not None
    return row


def find(tx: Transaction, key: ConsumerKey) -> ConsumerRow:
    """Raises ConsumerNotFound."""
    stream = streams.find(tx, key.stream)
    row = rows.find(tx, stream.row.id, key.name)
    if row is None or int(row.created_at) != key.created_s:
        raise errors.ConsumerNotFound(name=key.name, account=key.stream[0])
    return row


def find_named(tx: Transaction, key: Key, name: str) -> ConsumerRow:
    """Raises ConsumerNotFound."""
    row = rows.find(tx, streams.find(tx, key).row.id, name)
    if row is None:
        raise errors.ConsumerNotFound(name=name, account=key[0])
    return row


def named(
    tx: Transaction, account: str, region: str, *, arn: str | None, stream_arn: str | None, name: str | None
) -> tuple[Stream, ConsumerRow]:
    """The consumer of a request that tells its ARN, or its name and its stream's ARN. Raises ConsumerNotFound …"""
    if arn is not None:
        key = identifiers.consumer_key(arn)
        if key is None:
            raise errors.InvalidArgument(reason=f"ConsumerARN {arn} is invalid.")
        return streams.find(tx, key.stream), find(tx, key)
    stream_key = identifiers.named(account, region, None, stream_arn)
    if stream_key is None or name is None:
        raise errors.InvalidArgument(reason="Either ConsumerARN, or both StreamARN and ConsumerName must be provided.")
    return streams.find(tx, stream_key), find_named(tx, stream_key, name)


def page(tx: Transaction, key: Key, *, after: str, count_max: int) -> Page:
    found = rows.page(tx, streams.find(tx, key).row.id, after=after, count_max=count_max + 1)
    return Page(found[:count_max], len(found) > count_max)


def change_tags(
    tx: Transaction, key: ConsumerKey, *, added: Mapping[str, str] = tagging.NONE, removed: Collection[str] = ()
) -> None:
    """Raises TooManyTags, BadTagCharacters."""
    row = find(tx, key)
    kept = tagging.changed(row.tags, added=added, removed=removed)
    rows.set_tags(tx, row.id, tagging.checked(key.name, key.stream[0], kept))


def set_policy(tx: Transaction, key: ConsumerKey, policy: str) -> None:
    rows.set_policy(tx, find(tx, key).id, policy)
