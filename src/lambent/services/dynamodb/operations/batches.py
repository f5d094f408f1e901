"""BatchGetItem and BatchWriteItem."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw, Struct

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply, Spliced
from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import batches, capacity, items
from lambent.services.dynamodb.engine.batches import Lot
from lambent.services.dynamodb.engine.capacity import Consumed
from lambent.services.dynamodb.engine.items import Deletion, Put, Written
from lambent.services.dynamodb.engine.places import Found, Place
from lambent.services.dynamodb.engine.table import Table
from lambent.services.dynamodb.expressions import Projection
from lambent.services.dynamodb.operations.base import Base
from lambent.services.dynamodb.operations.expressions import Asked
from lambent.services.dynamodb.operations.items import collection_metrics, seen
from lambent.services.dynamodb.operations.layers import OLDER

READ_MAX = 100
WRITTEN_MAX = 25


class Wanted(Struct, frozen=True):
    """What a BatchGetItem asks of one table. ``given`` is its part of the request, with as many keys as places."""

    name: str
    table: Table
    places: Sequence[Place]
    projection: Projection | None
    given: Mapping[str, Any]


class BatchOperations(Base):
    async def batch_write_item(self, context: Context, parameters: Parameters) -> Reply:
        given: Mapping[str, Sequence[Mapping[str, Any]]] = parameters["RequestItems"]
        if sum(map(len, given.values())) > WRITTEN_MAX:
            raise errors.ValidationFailed(reason="Too many items requested for the BatchWriteItem call")
        level = parameters.get("ReturnConsumedCapacity") or "NONE"
        lots = []
        for name, requests in given.items():
            table = await self._named_table(context, name, "BatchWriteItem", given)
            with OLDER:
                lots.append(Lot(table, [_request(table, one, wants_old=level != "NONE") for one in requests]))
        # A table has a name and an ARN: a request may say both.
        _check_apart((lot.table.id, request.place) for lot in lots for request in lot.requests)
        written = await self._store.write(batches.write, lots, self._now())
        reply: Reply = {"UnprocessedItems": {}}
        if level != "NONE":
            reply["ConsumedCapacity"] = [
                capacity.told(name, _of_writes(each), level) for name, each in zip(given, written, strict=True)
            ]
        if parameters.get("ReturnItemCollectionMetrics") == "SIZE":
            reply["ItemCollectionMetrics"] = _metrics(given, lots)
        return reply

    async def batch_get_item(self, context: Context, parameters: Parameters) -> Reply:
        given: Mapping[str, Mapping[str, Any]] = parameters["RequestItems"]
        if sum(len(one["Keys"]) for one in given.values()) > READ_MAX:
            raise errors.ValidationFailed(reason="Too many items requested for the BatchGetItem call")
        _check_unmixed(given.values())
        tables = [await self._named_table(context, name, "BatchGetItem", given) for name in given]
        wanted = [_wanted(table, name, one) for table, (name, one) in zip(tables, given.items(), strict=True)]
        told, is_full = await self._store.read(batches.read, [(one.table, one.places) for one in wanted])
        found = [*told, *([] for _ in wanted[len(told) :])]
        reply = Spliced(
            Responses={one.name: _items(one, each) for one, each in zip(wanted, found, strict=True)},
            UnprocessedKeys=_unprocessed(wanted, found) if is_full else {},
        )
        level = parameters.get("ReturnConsumedCapacity") or "NONE"
        if level != "NONE":
            reply["ConsumedCapacity"] = [
                capacity.told(one.name, _of_reads(one, each), level) for one, each in zip(wanted, found, strict=True)
            ]
        return reply

    async def _named_table(self, context: Context, name: str, action: str, given: Mapping[str, Any]) -> Table:
        try:
            return await self._table(context, name, action)
        except errors.InvalidTableName as failure:
            raise errors.InvalidTableNames(request=msgspec.json.encode(given).decode()) from failure


def _wanted(table: Table, name: str, given: Mapping[str, Any]) -> Wanted:
    """Raises ValidationFailed."""
    asked = Asked(given, takes=("ProjectionExpression",))
    projection = asked.projection()
    asked.finish()
    places = [items.place_of(table, key)[0] for key in given["Keys"]]
    _check_apart(places)
    return Wanted(name, table, places, projection, given)


def _request(table: Table, given: Mapping[str, Any], *, wants_old: bool) -> Put | Deletion:
    put, delete = given.get("PutRequest"), given.get("DeleteRequest")
    if (put is None) == (delete is None):
        raise errors.ManyTypedAttributeValue if put is not None else errors.EmptyAttributeValue
    if put is not None:
        try:
            return items.put_of(table, put["Item"], wants_old=wants_old)
        except (errors.MissingKey, errors.KeyTypeMismatch) as failure:
            raise errors.KeyDoesNotMatchSchema from failure
    assert delete is not None
    return Deletion(items.place_of(table, delete["Key"])[0], wants_old=wants_old)


def _check_unmixed(given: Iterable[Mapping[str, Any]]) -> None:
    """Raises errors.MixedParameters where one table is asked in the old way and another in the new."""
    used = {name for one in given for name in one if one[name] is not None}
    if {"AttributesToGet", "ProjectionExpression"} <= used:
        raise errors.MixedParameters(legacy="AttributesToGet", expressions="ProjectionExpression")


def _check_apart(places: Iterable[object]) -> None:
    listed = list(places)
    if len(set(listed)) != len(listed):
        raise errors.DuplicateKeys


# ---- what is answered ------------------------------------------------------------------------------------------------


def _items(wanted: Wanted, found: Sequence[Found | None]) -> list[Raw]:
    return [seen(one, wanted.projection) for one in found if one is not None]


def _unprocessed(wanted: Sequence[Wanted], found: Sequence[Sequence[Found | None]]) -> Reply:
    """The keys for which the answer had no room, each as it was asked for."""
    left = {}
    for one, each in zip(wanted, found, strict=True):
        if len(each) < len(one.places):
            left[one.name] = {**one.given, "Keys": one.given["Keys"][len(each) :]}
    return left


def _of_writes(written: Sequence[Written]) -> Consumed:
    consumed = Consumed()
    for one in written:
        consumed.merge(capacity.of_write(one.table, one.old, one.new))
    return consumed


def _of_reads(wanted: Wanted, found: Sequence[Found | None]) -> Consumed:
    is_consistent = bool(wanted.given.get("ConsistentRead"))
    sizes = [one.size if one is not None else 0 for one in found]
    return Consumed(sum(capacity.read_units(size, is_consistent=is_consistent) for size in sizes))


def _metrics(given: Mapping[str, Sequence[Mapping[str, Any]]], lots: Sequence[Lot]) -> Reply:
    told: dict[str, list[Reply]] = {}
    for (name, requests), lot in zip(given.items(), lots, strict=True):
        for one in requests:
            key = one["PutRequest"]["Item"] if one.get("PutRequest") else one["DeleteRequest"]["Key"]
            metrics = collection_metrics(lot.table, key)
            if metrics is not None and metrics not in told.setdefault(name, []):
                told[name].append(metrics)
    return {name: each for name, each in told.items() if each}
