"""TransactWriteItems and TransactGetItems."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply, Spliced
from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import capacity, items, transactions
from lambent.services.dynamodb.engine.capacity import TRANSACTIONAL, Consumed
from lambent.services.dynamodb.engine.items import Alteration, Deletion
from lambent.services.dynamodb.engine.transactions import Action, Check, Token
from lambent.services.dynamodb.operations.base import Base, scope_of
from lambent.services.dynamodb.operations.expressions import Asked
from lambent.services.dynamodb.operations.items import collection_metrics, seen

_ACTIONS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
_REPEATED = ("ReturnConsumedCapacity", "ReturnItemCollectionMetrics")
"""Parameters that a repetition of a transaction may have otherwise."""


class TransactionOperations(Base):
    async def transact_write_items(self, context: Context, parameters: Parameters) -> Reply:
        given: Sequence[Mapping[str, Any]] = parameters["TransactItems"]
        actions = [await self._action(context, one) for one in given]
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
        wanted = []
        for one in parameters["TransactItems"]:
            given = one["Get"]
            table = await self._table(context, given["TableName"], "GetItem")
            asked = Asked(given, takes=("ProjectionExpression",))
            projection = asked.projection()
            asked.finish()
            wanted.append((table, items.place_of(table, given["Key"])[0], projection))
        places = [(table, place) for table, place, _ in wanted]
        if len({(table.id, place) for table, place in places}) != len(places):
            raise errors.SameItemTwice
        found = await self._store.read(transactions.read, places)
        told = [
            {"Item": seen(one, projection)} if one is not None else {}
            for one, (_, _, projection) in zip(found, wanted, strict=True)
        ]
        reply = Spliced(Responses=told)
        level = parameters.get("ReturnConsumedCapacity") or "NONE"
        if level != "NONE":
            names = [one["Get"]["TableName"] for one in parameters["TransactItems"]]
            units = [capacity.read_units(one.size if one is not None else 0, is_consistent=True) for one in found]
            reply["ConsumedCapacity"] = consumed_by_table(
                names, [Consumed(TRANSACTIONAL * one) for one in units], level, "Read"
            )
        return reply

    async def _action(self, context: Context, given: Mapping[str, Any]) -> Action:
        if len(given) != 1:
            raise errors.ValidationFailed(reason="TransactItems can only contain one of Check, Put, Update or Delete")
        ((kind, part),) = given.items()
        table = await self._table(context, part["TableName"], _ACTIONS[kind])
        takes = ("UpdateExpression", "ConditionExpression") if kind == "Update" else ("ConditionExpression",)
        asked = Asked(part, takes=takes)
        update, condition = asked.update(), asked.condition()
        asked.finish()
        tells_old = part.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        if kind == "Put":
            return Action(table, items.put_of(table, part["Item"], condition, wants_old=True), tells_old)
        place, key = items.place_of(table, part["Key"])
        if kind == "Delete":
            return Action(table, Deletion(place, condition, wants_old=True), tells_old)
        if kind == "ConditionCheck":
            assert condition is not None, "the model requires it"
            return Action(table, Check(place, condition), tells_old)
        if update is not None:
            update.check_keys(table.keys)
        return Action(table, Alteration(place, key, update, condition), tells_old)


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
