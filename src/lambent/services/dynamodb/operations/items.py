"""Operations on one item."""

from collections.abc import Callable
from typing import Any

from msgspec import Raw

from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply, Spliced
from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import capacity, items, values
from lambent.services.dynamodb.engine.items import Alteration, ConditionFailed, Deletion, Written
from lambent.services.dynamodb.engine.places import Found
from lambent.services.dynamodb.engine.table import Table
from lambent.services.dynamodb.expressions import Condition, Projection
from lambent.services.dynamodb.operations.base import Base
from lambent.services.dynamodb.operations.expressions import Asked
from lambent.services.dynamodb.operations.layers import ENVELOPED
from lambent.store.database import Transaction

NOTHING = "NONE"


class ItemOperations(Base):
    async def put_item(self, context: Context, parameters: Parameters) -> Reply:
        with ENVELOPED:
            _check_return_values(parameters, "ALL_OLD")
            condition = _condition(parameters)
            item, size = values.weighed(parameters["Item"])
        table = await self._table(context, parameters["TableName"], "PutItem")
        request = items.put_of_weighed(table, item, size, condition, wants_old=_wants_old(parameters))
        return await self._write(items.put, table, request, parameters)

    async def delete_item(self, context: Context, parameters: Parameters) -> Reply:
        with ENVELOPED:
            _check_return_values(parameters, "ALL_OLD")
            condition = _condition(parameters)
            key = values.checked_key(parameters["Key"])
        table = await self._table(context, parameters["TableName"], "DeleteItem")
        place = items.place_of_checked(table, key)
        request = Deletion(place, condition, wants_old=_wants_old(parameters))
        return await self._write(items.delete, table, request, parameters)

    async def update_item(self, context: Context, parameters: Parameters) -> Reply:
        with ENVELOPED:
            asked = Asked(parameters, takes=("UpdateExpression", "ConditionExpression"))
            update, condition = asked.update(), asked.condition()
            asked.finish()
            key = values.checked_key(parameters["Key"])
        table = await self._table(context, parameters["TableName"], "UpdateItem")
        if update is not None:
            update.check_keys(table.keys)
        place = items.place_of_checked(table, key)
        return await self._write(items.alter, table, Alteration(place, key, update, condition), parameters)

    async def get_item(self, context: Context, parameters: Parameters) -> Reply:
        table = await self._table(context, parameters["TableName"], "GetItem")
        asked = Asked(parameters, takes=("ProjectionExpression",))
        projection = asked.projection()
        asked.finish()
        place, _ = items.place_of(table, parameters["Key"])
        found = await self._store.read_at_once(items.find, table, place)
        reply = Spliced()
        if found is not None:
            reply["Item"] = seen(found, projection)
        level = parameters.get("ReturnConsumedCapacity") or NOTHING
        if level != NOTHING:
            is_consistent = bool(parameters.get("ConsistentRead"))
            units = capacity.read_units(found.size if found is not None else 0, is_consistent=is_consistent)
            reply["ConsumedCapacity"] = capacity.told(parameters["TableName"], capacity.Consumed(units), level)
        return reply

    async def _write(
        self, write: Callable[[Transaction, Table, Any, Instant], Written], table: Table, request: Any, parameters: Parameters
    ) -> Reply:
        try:
            written = await self._store.write(write, table, request, self._now())
        except ConditionFailed as failure:
            raise told_failure(failure, parameters) from None
        return _reply(parameters, written)


def seen(found: Found, projection: Projection | None) -> Raw:
    """An item, or the part of it that was asked for, as JSON."""
    return Raw(found.stored if projection is None else values.encoded(projection.of(found.item)))


def told_failure(failure: ConditionFailed, parameters: Parameters) -> errors.ConditionalCheckFailed:
    """With the item that did not hold, where that was asked for."""
    if failure.old is None or parameters.get("ReturnValuesOnConditionCheckFailure") != "ALL_OLD":
        return errors.ConditionalCheckFailed()
    return errors.ConditionalCheckFailed(members={"Item": failure.old.item})


def _condition(parameters: Parameters) -> Condition | None:
    asked = Asked(parameters, takes=("ConditionExpression",))
    condition = asked.condition()
    asked.finish()
    return condition


def _check_return_values(parameters: Parameters, *allowed: str) -> None:
    if (parameters.get("ReturnValues") or NOTHING) not in (NOTHING, *allowed):
        raise errors.ValidationFailed(reason="ReturnValues can only be ALL_OLD or NONE")


def _wants_old(parameters: Parameters) -> bool:
    """Whether the answer tells anything of the item that was there; what it costs depends on it."""
    return parameters.get("ReturnValues") == "ALL_OLD" or parameters.get("ReturnConsumedCapacity") in ("TOTAL", "INDEXES")


def _reply(parameters: Parameters, written: Written) -> Reply:
    reply = Spliced()
    returned = parameters.get("ReturnValues") or NOTHING
    if returned != NOTHING:
        attributes = _returned(returned, written)
        if attributes is not None:
            reply["Attributes"] = attributes
    level = parameters.get("ReturnConsumedCapacity") or NOTHING
    if level != NOTHING:
        consumed = capacity.of_write(written.table, written.old, written.new)
        reply["ConsumedCapacity"] = capacity.told(parameters["TableName"], consumed, level)
    if parameters.get("ReturnItemCollectionMetrics") == "SIZE":
        metrics = collection_metrics(written.table, parameters.get("Key") or parameters["Item"])
        if metrics is not None:
            reply["ItemCollectionMetrics"] = metrics
    return reply


def _returned(which: str, written: Written) -> Raw | dict[str, Any] | None:
    if which == "ALL_OLD":
        return Raw(written.old.stored) if written.old is not None else None
    if which == "ALL_NEW":
        return Raw(written.new.stored) if written.new is not None else None
    if written.updated is None:
        return None
    if which == "UPDATED_OLD":
        return (written.updated.updated_old or None) if written.old is not None else None
    return written.updated.updated_new or None


def collection_metrics(table: Table, key: Parameters) -> Reply | None:
    """ItemCollectionMetrics: only tables with local indexes have collections that may grow too large."""
    if all(index.is_global for index in table.indexes):
        return None
    name = table.keys.partition.name
    return {"ItemCollectionKey": {name: key[name]}, "SizeEstimateRangeGB": [0.0, 1.0]}
