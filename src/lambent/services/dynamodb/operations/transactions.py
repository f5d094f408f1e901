"""TransactWriteItems and TransactGetItems."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply, Spliced
from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import capacity, items, transactions, values
from lambent.services.dynamodb.engine.capacity import TRANSACTIONAL, Consumed
from lambent.services.dynamodb.engine.items import Alteration, Deletion
from lambent.services.dynamodb.engine.places import Place
from lambent.services.dynamodb.engine.table import Table
from lambent.services.dynamodb.engine.transactions import Action, Check, Token
from lambent.services.dynamodb.engine.values import Item
from lambent.services.dynamodb.expressions import Condition, Projection, Update
from lambent.services.dynamodb.operations.base import Base, scope_of
from lambent.services.dynamodb.operations.expressions import Asked
from lambent.services.dynamodb.operations.items import collection_metrics, seen
from lambent.services.dynamodb.operations.layers import OLDER

_ACTIONS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
_REPEATED = ("ReturnConsumedCapacity", "ReturnItemCollectionMetrics")
"""Parameters that a repetition of a transaction may have otherwise."""


class TransactionOperations(Base):
    async def transact_write_items(self, context: Context, parameters: Parameters) -> Reply:
        given: Sequence[Mapping[str, Any]] = parameters["TransactItems"]
        wishes = [_wish(one) for one in given]
        tables = [await self._table(context, wish.part["TableName"], _ACTIONS[wish.kind]) for wish in wishes]
        actions = transactions.each(_action, zip(wishes, tables, strict=True))
        transactions.check_apart(actions)
        token = request_token(context, parameters)
        written = await self._store.write(transactions.write, actions, token, self._now())
        names = [part["TableName"] for one in given for part in one.values()]
        reply: Reply = {}
        level = parameters.get("ReturnConsumedCapacity") or "NONE"
        if level != "NONE" and written is not None:
            each = [capacity.of_write(one.table, one.old, one.new, times=TRANSACTIONAL) for one in written]
            reply["ConsumedCapacity"] = consumed_by_table(names, each, level, "Write")
        if parameters.get("ReturnItemCollectionMetrics") == "SIZE":
            reply["ItemCollectionMetrics"] = _metrics(given, actions)
        return reply

    async def transact_get_items(self, context: Context, parameters: Parameters) -> Reply:
        given: Sequence[Mapping[str, Any]] = [one["Get"] for one in parameters["TransactItems"]]
        wanted = [_get(one) for one in given]
        tables = [await self._table(context, one["TableName"], "GetItem") for one in given]
        keys = [key for key, _ in wanted]
        places = transactions.each(_placed, zip(tables, keys, strict=True))
        if len({(table.id, place) for table, place in places}) != len(places):
            raise errors.SameItemTwice
        found = await self._store.read(transactions.read, places)
        told = [
            {"Item": seen(one, projection)} if one is not None else {}
            for one, (_, projection) in zip(found, wanted, strict=True)
        ]
        reply = Spliced(Responses=told)
        level = parameters.get("ReturnConsumedCapacity") or "NONE"
        if level != "NONE":
            names = [one["TableName"] for one in given]
            units = [capacity.read_units(one.size if one is not None else 0, is_consistent=True) for one in found]
            reply["ConsumedCapacity"] = consumed_by_table(
                names, [Consumed(TRANSACTIONAL * one) for one in units], level, "Read"
            )
        return reply


class _Wish(Struct, frozen=True):
    """An action as a request says it, whatever table it is for. ``item`` is an item or a key, ``size`` its bytes."""

    kind: str
    part: Mapping[str, Any]
    update: Update | None
    condition: Condition | None
    item: Item
    size: int


def _wish(given: Mapping[str, Any]) -> _Wish:
    """Raises ValidationFailed: each action is looked at as a whole before the next, and all before any table."""
    if len(given) != 1:
        raise errors.ValidationFailed(reason="TransactItems can only contain one of Check, Put, Update or Delete")
    ((kind, part),) = given.items()
    takes = ("UpdateExpression", "ConditionExpression") if kind == "Update" else ("ConditionExpression",)
    with OLDER:
        asked = Asked(part, takes=takes, is_older=True)
        update, condition = asked.update(), asked.condition()
        asked.finish()
        item, size = values.weighed(part["Item"] if kind == "Put" else part["Key"])
    return _Wish(kind, part, update, condition, item, size)


def _action(asked: tuple[_Wish, Table]) -> Action:
    """What is to be done to a table. Raises ValidationFailed."""
    wish, table = asked
    tells_old = wish.part.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    if wish.kind == "Put":
        return Action(table, items.put_of_weighed(table, wish.item, wish.size, wish.condition, wants_old=True), tells_old)
    place = items.place_of_checked(table, wish.item)
    if wish.kind == "Delete":
        return Action(table, Deletion(place, wish.condition, wants_old=True), tells_old)
    if wish.kind == "ConditionCheck":
        assert wish.condition is not None, "the model requires it"
        return Action(table, Check(place, wish.condition), tells_old)
    if wish.update is not None:
        wish.update.check_keys(table.keys)
    return Action(table, Alteration(place, wish.item, wish.update, wish.condition), tells_old)


def _get(given: Mapping[str, Any]) -> tuple[Item, Projection | None]:
    """The key and the projection of a Get. Raises ValidationFailed."""
    with OLDER:
        asked = Asked(given, takes=("ProjectionExpression",), is_older=True)
        projection = asked.projection()
        asked.finish()
        return values.checked_item(given["Key"]), projection


def _placed(asked: tuple[Table, Item]) -> tuple[Table, Place]:
    table, key = asked
    return table, items.place_of_checked(table, key)


def request_token(context: Context, parameters: Parameters) -> Token | None:
    """ClientRequestToken and what it stands for; None where there is none."""
    text = parameters.get("ClientRequestToken")
    if not text:
        return None
    asked = {name: value for name, value in parameters.items() if name not in _REPEATED}
    digest = hashlib.sha256(msgspec.json.encode(asked, order="deterministic")).digest()
    return Token(scope_of(context), text, digest)


def consumed_by_table(names: Iterable[str], each: Iterable[Consumed], level: str, kind: str) -> list[Reply]:
    """By table."""
    by_name: dict[str, Consumed] = {}
    for name, consumed in zip(names, each, strict=True):
        by_name.setdefault(name, Consumed()).merge(consumed)
    return [capacity.told(name, consumed, level, kind) for name, consumed in by_name.items()]


def _metrics(given: Sequence[Mapping[str, Any]], actions: Sequence[Action]) -> Reply:
    told: dict[str, list[Reply]] = {}
    for one, action in zip(given, actions, strict=True):
        (part,) = one.values()
        metrics = collection_metrics(action.table, part.get("Key") or part["Item"])
        if metrics is not None:
            told.setdefault(part["TableName"], []).append(metrics)
    return told
