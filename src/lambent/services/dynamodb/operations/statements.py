"""ExecuteStatement, BatchExecuteStatement and ExecuteTransaction: PartiQL."""

import asyncio
from collections.abc import Sequence
from typing import Any

from msgspec import Raw, Struct

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply, Spliced
from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import capacity, items, statements, transactions, values
from lambent.services.dynamodb.engine.capacity import TRANSACTIONAL, Consumed
from lambent.services.dynamodb.engine.items import Alteration, ConditionFailed, Deletion, Put, Written
from lambent.services.dynamodb.engine.places import Found
from lambent.services.dynamodb.engine.reading import View
from lambent.services.dynamodb.engine.table import Index, Table
from lambent.services.dynamodb.engine.transactions import Action
from lambent.services.dynamodb.expressions.projections import projection_of
from lambent.services.dynamodb.operations.base import Base
from lambent.services.dynamodb.operations.items import told_failure
from lambent.services.dynamodb.operations.layers import OLDER
from lambent.services.dynamodb.operations.positions import position_of, token_of
from lambent.services.dynamodb.operations.queries import index_of, reaches_beyond
from lambent.services.dynamodb.operations.transactions import consumed_by_table, request_token
from lambent.services.dynamodb.partiql import Delete, Exists, Insert, Select, Statement, Update, parse, plans
from lambent.services.dynamodb.partiql import errors as refused
from lambent.services.dynamodb.partiql.statements import action_of

_ERROR_CODES = {"ValidationException": "ValidationError"}
_DUPLICATE = {"Code": "DuplicateItem", "Message": refused.DuplicateItem.wording}


class Outcome(Struct, frozen=True):
    """What came of one statement of a batch. ``item`` is JSON."""

    table: str
    item: bytes | None
    consumed: Consumed


class Failure(Struct, frozen=True):
    """Why one statement of a batch did nothing. ``table`` is told of those that ran."""

    error: errors.DynamoError
    table: str = ""


class StatementOperations(Base):
    async def execute_statement(self, context: Context, parameters: Parameters) -> Reply:
        statement = _parsed(parameters)
        if isinstance(statement, Exists):
            raise refused.ExistsOutsideTransaction
        table = await self._table(context, statement.table, action_of(statement))
        if isinstance(statement, Select):
            return await self._select(table, statement, parameters)
        written = await self._write_one(table, statement, parameters)
        item = None if isinstance(statement, Insert) else statements.returned(statement.returning, written)
        reply = Spliced(Items=Raw(b"[" + (item or b"") + b"]"))
        level = parameters.get("ReturnConsumedCapacity") or "NONE"
        if level != "NONE":
            consumed = capacity.of_write(written.table, written.old, written.new)
            reply["ConsumedCapacity"] = capacity.told(statement.table, consumed, level)
        return reply

    async def batch_execute_statement(self, context: Context, parameters: Parameters) -> Reply:
        given: Sequence[Parameters] = parameters["Statements"]
        outcomes = await asyncio.gather(*(self._outcome(context, one) for one in given))
        reply = Spliced(Responses=[_told(outcome) for outcome in outcomes])
        level = parameters.get("ReturnConsumedCapacity") or "NONE"
        if level != "NONE":
            done = [outcome for outcome in outcomes if isinstance(outcome, Outcome)]
            names, each = [one.table for one in done], [one.consumed for one in done]
            reply["ConsumedCapacity"] = consumed_by_table(names, each, level, "")
        return reply

    async def execute_transaction(self, context: Context, parameters: Parameters) -> Reply:
        given: Sequence[Parameters] = parameters["TransactStatements"]
        for one in given:
            for value in one.get("Parameters") or ():
                with OLDER:
                    values.checked(value)  # AWS tells of a bad value without the number of its statement
        parsed = [_nth(number, _parsed, one) for number, one in enumerate(given)]
        reads = [statement for statement in parsed if isinstance(statement, Select)]
        if reads and len(reads) < len(parsed):
            raise errors.ValidationFailed(reason="Transaction cannot hold both read and write statements")
        tables = [await self._table(context, statement.table, action_of(statement)) for statement in parsed]
        if reads:
            return await self._read_together(tables, reads, parameters)
        return await self._write_together(context, tables, parsed, parameters)

    # ---- reading -----------------------------------------------------------------------------------------------------

    async def _select(self, table: Table, select: Select, parameters: Parameters) -> Reply:
        is_consistent = bool(parameters.get("ConsistentRead"))
        index = _index(table, select, is_consistent=is_consistent)
        read = plans.reading_of(select, index.keys if index is not None else table.keys)
        if index is not None and read.filter is not None:
            _check_filter(table, index, read.filter.names)
        start = position_of(table, index, parameters)
        view = View(index, read.filter, None, shows_all=_shows_all(table, index, select))
        ways = statements.ways(table, index, read, start)
        part = await self._store.read(statements.page, table, ways, view, parameters.get("Limit"), start)
        found = part.items if select.columns is None else [_columns(select, item) for item in part.items]
        reply = Spliced(Items=Raw(b"[" + b",".join(found) + b"]"))
        if part.next is not None:
            reply["NextToken"] = token_of(part.next, parameters)
            if part.next.key is not None:
                reply["LastEvaluatedKey"] = part.next.key
        level = parameters.get("ReturnConsumedCapacity") or "NONE"
        if level != "NONE":
            consumed = Consumed()
            consumed.add(index, capacity.read_units(part.size, is_consistent=is_consistent))
            reply["ConsumedCapacity"] = capacity.told(select.table, consumed, level)
        return reply

    async def _read_together(self, tables: Sequence[Table], selects: Sequence[Select], parameters: Parameters) -> Reply:
        places = [
            _nth(number, statements.place_of, select, table, "ExecuteTransaction")
            for number, (table, select) in enumerate(zip(tables, selects, strict=True))
        ]
        asked = list(zip(tables, places, strict=True))
        if len({(table.id, place) for table, place in asked}) != len(asked):
            raise errors.SameItemTwice
        found = await self._store.read(transactions.read, asked)
        told = [
            {"Item": Raw(_seen(select, one))} if one is not None else {} for select, one in zip(selects, found, strict=True)
        ]
        units = [capacity.read_units(one.size if one is not None else 0, is_consistent=True) for one in found]
        each = [Consumed(TRANSACTIONAL * one) for one in units]
        return _transacted(told, [select.table for select in selects], each, parameters, "Read")

    # ---- writing -----------------------------------------------------------------------------------------------------

    async def _write_one(self, table: Table, statement: Insert | Update | Delete, parameters: Parameters) -> Written:
        request = statements.request_of(table, statement)
        try:
            match request:
                case Put():
                    return await self._store.write(items.put, table, request, self._now())
                case Deletion():
                    return await self._store.write(items.delete, table, request, self._now())
                case _:
                    assert isinstance(request, Alteration)
                    return await self._store.write(items.alter, table, request, self._now())
        except ConditionFailed as failure:
            if isinstance(statement, Insert):
                raise refused.DuplicateItem from None
            raise told_failure(failure, parameters) from None

    async def _write_together(
        self, context: Context, tables: Sequence[Table], parsed: Sequence[Statement], parameters: Parameters
    ) -> Reply:
        given: Sequence[Parameters] = parameters["TransactStatements"]
        actions = []
        for number, (table, statement) in enumerate(zip(tables, parsed, strict=True)):
            assert not isinstance(statement, Select)
            if isinstance(statement, Update | Delete) and statement.returning is not None:
                reason = refused.ReturningInTransaction.wording
                raise refused.FailedStatement(index=number, reason=reason)
            request = _nth(number, statements.request_of, table, statement)
            tells_old = given[number].get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
            actions.append(Action(table, request, tells_old))
        transactions.check_apart(actions)
        token = request_token(context, parameters)
        try:
            written = await self._store.write(transactions.write, actions, token, self._now())
        except errors.TransactionCanceled as failure:
            raise _with_duplicates(failure, parsed) from None
        each = [capacity.of_write(one.table, one.old, one.new, times=TRANSACTIONAL) for one in written or ()]
        names = [statement.table for statement in parsed] if written is not None else []
        return _transacted([], names, each, parameters, "Write")

    # ---- one of many -------------------------------------------------------------------------------------------------

    async def _outcome(self, context: Context, given: Parameters) -> Outcome | Failure:
        try:
            return await self._done(context, given)
        except (errors.ConditionalCheckFailed, refused.DuplicateItem) as failure:
            return Failure(failure, _parsed(given).table)
        except errors.DynamoError as failure:
            return Failure(failure)

    async def _done(self, context: Context, given: Parameters) -> Outcome:
        statement = _parsed(given)
        if isinstance(statement, Exists):
            raise refused.ExistsOutsideTransaction
        table = await self._table(context, statement.table, action_of(statement))
        if isinstance(statement, Select):
            place = statements.place_of(statement, table, "BatchExecuteStatement")
            found = await self._store.read(items.find, table, place)
            is_consistent = bool(given.get("ConsistentRead"))
            units = capacity.read_units(found.size if found is not None else 0, is_consistent=is_consistent)
            item = _seen(statement, found) if found is not None else None
            return Outcome(statement.table, item, Consumed(units))
        written = await self._write_one(table, statement, given)
        item = None if isinstance(statement, Insert) else statements.returned(statement.returning, written)
        return Outcome(statement.table, item, capacity.of_write(written.table, written.old, written.new))


def _parsed(given: Parameters) -> Statement:
    return parse(given["Statement"], given.get("Parameters") or ())


def _nth(number: int, read: Any, *arguments: Any) -> Any:
    """What ``read`` makes of statement ``number`` of a transaction. Raises errors.FailedStatement where it refuses."""
    try:
        return read(*arguments)
    except errors.ValidationFailed as failure:
        raise refused.FailedStatement(index=number, reason=failure.message) from failure


def _index(table: Table, select: Select, *, is_consistent: bool) -> Index | None:
    """The index that a SELECT reads. Raises errors.IndexNotFound, ConsistentReadOfIndex, ValidationFailed."""
    if select.index is None:
        return None
    found = table.index(select.index)
    if found is None:
        raise refused.IndexNotFound
    if found.is_global and is_consistent:
        raise refused.ConsistentReadOfIndex
    return index_of(table, {"IndexName": select.index})


def _check_filter(table: Table, index: Index, names: frozenset[str]) -> None:
    """Raises errors.FilterBeyondIndex: only what an index holds can be asked of it."""
    held = {*table.keys.names, *index.keys.names, *index.included}
    missing = sorted(names - held) if index.projection != "ALL" else []
    if missing:
        raise refused.FilterBeyondIndex(index=index.name, names=", ".join(missing))


def _shows_all(table: Table, index: Index | None, select: Select) -> bool:
    """Whether a SELECT needs what its index does not hold. Raises ValidationFailed where a global one cannot give it."""
    if index is None or index.projection == "ALL" or select.columns is None:
        return False
    return reaches_beyond(table, index, projection_of(select.columns), wants_all=False)


def _columns(select: Select, stored: bytes) -> bytes:
    return values.encoded(select.of(values.decoded(stored)))


def _seen(select: Select, found: Found) -> bytes:
    return bytes(found.stored) if select.columns is None else values.encoded(select.of(found.item))


def _told(outcome: Outcome | Failure) -> Reply:
    if isinstance(outcome, Outcome):
        item = {"Item": Raw(outcome.item)} if outcome.item is not None else {}
        return {"TableName": outcome.table, **item}
    error = outcome.error
    code = _ERROR_CODES.get(error.code, error.code.removesuffix("Exception"))
    item = {"Item": error.members["Item"]} if "Item" in error.members else {}
    table = {"TableName": outcome.table} if outcome.table else {}
    return {"Error": {"Code": code, "Message": error.message, **item}, **table}


def _transacted(told: list[Reply], names: Sequence[str], each: Sequence[Consumed], parameters: Parameters, kind: str) -> Reply:
    reply = Spliced(Responses=told)
    level = parameters.get("ReturnConsumedCapacity") or "NONE"
    if level != "NONE" and each:
        reply["ConsumedCapacity"] = consumed_by_table(names, each, level, kind)
    return reply


def _with_duplicates(failure: errors.TransactionCanceled, parsed: Sequence[Statement]) -> errors.TransactionCanceled:
    """An INSERT whose item is there has a reason of its own."""
    reasons = [
        _DUPLICATE if isinstance(statement, Insert) and reason["Code"] == "ConditionalCheckFailed" else reason
        for statement, reason in zip(parsed, failure.members["CancellationReasons"], strict=True)
    ]
    codes = ", ".join(reason["Code"] for reason in reasons)
    return errors.TransactionCanceled(codes=codes, members={"CancellationReasons": reasons})
