"""Streams: made, found, changed and deleted.

https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from msgspec import Struct

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.durable.timers import Timers
from lambent.services.kinesis import errors
from lambent.services.kinesis.engine import identifiers, retention, shards, tags
from lambent.services.kinesis.engine.identifiers import Key
from lambent.services.kinesis.engine.shards import Change
from lambent.services.kinesis.engine.stream import Shard, Stream, changed_topic, of_rows
from lambent.services.kinesis.tables import consumers
from lambent.services.kinesis.tables import shards as shard_rows
from lambent.services.kinesis.tables import streams as rows
from lambent.store.database import Transaction

PROVISIONED, ON_DEMAND = "PROVISIONED", "ON_DEMAND"
ON_DEMAND_SHARDS = 4
ON_DEMAND_STREAMS_MAX = 50
"""Of an account in a region; told, not enforced."""

METRICS = (
    "IncomingBytes",
    "IncomingRecords",
    "OutgoingBytes",
    "OutgoingRecords",
    "WriteProvisionedThroughputExceeded",
    "ReadProvisionedThroughputExceeded",
    "IteratorAgeMilliseconds",
)


class NewStream(Struct, frozen=True):
    """What a request asks for; None where it does not say."""

    name: str
    shard_count: int | None
    mode: str | None
    settings: Mapping[str, Any]
    tags: Mapping[str, str]


class Page(Struct, frozen=True):
    streams: list[rows.StreamRow]
    has_more: bool


def create(tx: Transaction, account: str, region: str, new: NewStream, now: Instant) -> None:
    """Raises StreamExists, TooManyShards …"""
    mode = new.mode or (ON_DEMAND if new.shard_count is None else PROVISIONED)
    if mode == PROVISIONED and new.shard_count is None:
        raise errors.InvalidArgument(reason="ShardCount must be specified for a stream in PROVISIONED mode.")
    if mode == PROVISIONED and new.settings.get("distribution") == "AUTO":
        raise errors.ProvisionedMode(name=new.name, account=account)
    if rows.find(tx, account, region, new.name) is not None:
        raise errors.StreamExists(name=new.name, account=account)
    tags.checked(new.name, account, new.tags)
    count = new.shard_count or ON_DEMAND_SHARDS
    shards.require_room(tx, account, region, count)
    is_first = not rows.has_any(tx, account)
    stream_id = f"{ids.lower_and_digits(20)}-{ids.lower_and_digits(3)}"
    of_time = {"retention_h": retention.HOURS_DEFAULT, "now": now}
    kept = {"stream_id": stream_id, "mode": mode, "settings": new.settings, "tags": new.tags}
    row_id = rows.insert(tx, account, region, new.name, **kept, **of_time)  # type: ignore[arg-type]
    shards.make(tx, account, region, row_id, count, now)
    signal(tx, (account, region, new.name))
    if is_first:  # the sweeper looks after this account from now on
        tx.signal(retention.TOPIC)


def find(tx: Transaction, key: Key) -> Stream:
    """Raises StreamNotFound."""
    row = rows.find(tx, *key)
    if row is None:
        raise errors.StreamNotFound(name=key[2], account=key[0])
    return of_rows(row, shard_rows.of_stream(tx, row.id))


def signal(tx: Transaction, key: Key) -> None:
    """What is known of the stream is out of date."""
    tx.signal(changed_topic(*key))


def page(tx: Transaction, account: str, region: str, *, after: str, count_max: int) -> Page:
    found = rows.page(tx, account, region, after=after, count_max=count_max + 1)
    return Page(found[:count_max], len(found) > count_max)


def name_of(tx: Transaction, account: str, region: str, stream_id: str) -> str:
    """The name of the stream of a StreamId. Raises StreamNotFound."""
    name = rows.name_of(tx, account, region, stream_id)
    if name is None:
        raise errors.StreamNotFound(name=stream_id, account=account)
    return name


def delete(tx: Transaction, key: Key, timers: Timers, now: Instant, *, with_consumers: bool) -> None:
    """Raises StreamHasConsumers."""
    stream = find(tx, key)
    count = consumers.count(tx, stream.row.id)
    if count and not with_consumers:
        raise errors.StreamHasConsumers(name=stream.name, account=stream.account, count=count)
    consumers.delete_of_stream(tx, stream.row.id)
    rows.delete(tx, stream.row.id)
    shard_rows.close_all(tx, stream.row.id, now)
    timers.set(tx, retention.SWEEP, str(stream.row.id), now, account=stream.account, region=stream.region)
    signal(tx, key)
    for shard in stream.shards.values():
        tx.signal(shard.topic)


# ---- shards ----------------------------------------------------------------------------------------------------------


def require_shard(stream: Stream, text: str) -> Shard:
    """Raises ShardNotFound."""
    number = identifiers.shard_number(text)
    shard = stream.shards.get(-1 if number is None else number)
    if shard is None:
        raise errors.ShardNotFound(shard=text, name=stream.name, account=stream.account)
    return shard


def reshard(tx: Transaction, key: Key, change_of: Callable[[Stream], Change], now: Instant) -> Stream:
    """Changes the shards of a provisioned stream; returns the stream as it was. Raises OnDemandMode, TooManyShards …"""
    stream = find(tx, key)
    if stream.is_on_demand:
        raise errors.OnDemandMode(name=stream.name, account=stream.account)
    change = change_of(stream)
    shards.require_room(tx, stream.account, stream.region, change.more)
    change.write(tx, stream, now)
    signal(tx, key)
    return stream


# ---- settings --------------------------------------------------------------------------------------------------------


def set_mode(tx: Transaction, key: Key, mode: str, settings: Mapping[str, Any]) -> None:
    stream = find(tx, key)
    rows.set_mode(tx, stream.row.id, mode)
    kept = {**stream.row.settings, **settings}
    if mode == PROVISIONED:
        kept = {name: value for name, value in kept.items() if name not in ("distribution", "warm_mibps")}
    rows.set_settings(tx, stream.row.id, kept)
    signal(tx, key)


def set_settings(tx: Transaction, key: Key, changed: Mapping[str, Any], *, only_on_demand: bool = False) -> Stream:
    """Changes settings, or takes them away (None); returns the stream as it was. Raises ProvisionedMode."""
    stream = find(tx, key)
    if only_on_demand and not stream.is_on_demand:
        raise errors.ProvisionedMode(name=stream.name, account=stream.account)
    kept = {name: value for name, value in {**stream.row.settings, **changed}.items() if value is not None}
    rows.set_settings(tx, stream.row.id, kept)
    signal(tx, key)
    return stream


def metrics_of(stream: Stream) -> list[str]:
    """Shard-level metrics that are on."""
    return list(stream.row.settings.get("metrics") or ())


def set_metrics(tx: Transaction, key: Key, named: list[str], *, is_on: bool) -> tuple[Stream, list[str], list[str]]:
    """Turns shard-level metrics on or off: the stream, those that were on, and those that are."""
    stream = find(tx, key)
    before = metrics_of(stream)
    meant = set(METRICS) if "ALL" in named else set(named)
    after = [name for name in METRICS if (name in before or name in meant if is_on else name in before and name not in meant)]
    set_settings(tx, key, {"metrics": after})
    return stream, before, after


def set_policy(tx: Transaction, key: Key, policy: str) -> None:
    stream = find(tx, key)
    rows.set_policy(tx, stream.row.id, policy)
    signal(tx, key)


def change_tags(tx: Transaction, key: Key, *, added: Mapping[str, str] = tags.NONE, removed: Collection[str] = ()) -> None:
    """Raises TooManyTags, BadTagCharacters."""
    stream = find(tx, key)
    kept = tags.changed(stream.row.tags, added=added, removed=removed)
    rows.set_tags(tx, stream.row.id, tags.checked(stream.name, stream.account, kept))
    signal(tx, key)
