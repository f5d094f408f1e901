"""Query and Scan."""

from collections.abc import Mapping
from typing import Any

from msgspec import Raw

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply, Spliced
from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import capacity, keys, places, reading, values, walks
from lambent.services.dynamodb.engine.reading import Page, View
from lambent.services.dynamodb.engine.table import CREATING, Index, Table
from lambent.services.dynamodb.engine.values import Item
from lambent.services.dynamodb.engine.walks import Walk
from lambent.services.dynamodb.expressions import Condition, KeyRange, Projection
from lambent.services.dynamodb.operations.base import Base
from lambent.services.dynamodb.operations.expressions import Asked
from lambent.services.dynamodb.operations.layers import ENVELOPED, OLDER


class QueryOperations(Base):
    async def query(self, context: Context, parameters: Parameters) -> Reply:
        asked = Asked(parameters, takes=("ProjectionExpression", "FilterExpression", "KeyConditionExpression"))
        condition, filter_, projection = asked.key_condition(), asked.filter("QueryFilter"), asked.projection()
        asked.finish()
        with ENVELOPED:
            _check_select(parameters, projection)
        table = await self._table(context, parameters["TableName"], "Query")
        index = index_of(table, parameters)
        schema = index.keys if index is not None else table.keys
        key_range = condition.for_keys(schema)
        if filter_ is not None:
            _check_filter(filter_.names, schema)
        view = _view(table, index, parameters, filter_, projection)
        walk = _query_walk(table, index, key_range, parameters)
        asked_for = (table, walk, view, parameters.get("Limit"))
        page = await self._store.read_at_once(reading.quick_page, *asked_for)
        if page is None:
            page = await self._store.read(reading.page, *asked_for)
        return _reply(index, parameters, page)

    async def scan(self, context: Context, parameters: Parameters) -> Reply:
        with OLDER:
            asked = Asked(parameters, takes=("ProjectionExpression", "FilterExpression"), is_older=True)
            filter_, projection = asked.filter("ScanFilter"), asked.projection()
            asked.finish()
        _check_select(parameters, projection)
        table = await self._table(context, parameters["TableName"], "Scan")
        index = index_of(table, parameters)
        view = _view(table, index, parameters, filter_, projection)
        walk = _scan_walk(table, index, parameters)
        page = await self._store.read(reading.page, table, walk, view, parameters.get("Limit"))
        return _reply(index, parameters, page)


# ---- what is read ----------------------------------------------------------------------------------------------------


def index_of(table: Table, parameters: Parameters) -> Index | None:
    """The index of IndexName. Raises ValidationFailed."""
    name = parameters.get("IndexName")
    if name is None:
        return None
    index = table.index(name)
    if index is None:
        raise errors.ValidationFailed(reason=f"The table does not have the specified index: {name}")
    if index.is_global and parameters.get("ConsistentRead"):
        raise errors.ValidationFailed(reason="Consistent reads are not supported on global secondary indexes")
    if index.status == CREATING:
        raise errors.ValidationFailed(reason=f"Cannot read from backfilling global secondary index: {name}")
    return index


def _check_filter(names: frozenset[str], schema: keys.KeySchema) -> None:
    for name in schema.names:
        if name in names:
            raise errors.ValidationFailed(
                reason=f"Filter Expression can only contain non-primary key attributes: Primary key attribute: {name}"
            )


def _check_select(parameters: Parameters, projection: Projection | None) -> None:
    """Raises ValidationFailed for a Select that does not go with what is asked for."""
    select = parameters.get("Select")
    parameter = "AttributesToGet" if "AttributesToGet" in parameters else "ProjectionExpression"
    if projection is not None and select not in (None, "SPECIFIC_ATTRIBUTES"):
        wanted = "only the Count" if select == "COUNT" else select
        raise errors.ValidationFailed(reason=f"Cannot specify the {parameter} when choosing to get {wanted}")
    if projection is None and select == "SPECIFIC_ATTRIBUTES":
        raise errors.ValidationFailed(
            reason="Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
        )


def _view(
    table: Table, index: Index | None, parameters: Parameters, filter_: Condition | None, projection: Projection | None
) -> View:
    """Raises ValidationFailed for a Select that the table or the index cannot give."""
    select = parameters.get("Select")
    if select == "ALL_PROJECTED_ATTRIBUTES" and index is None:
        raise errors.ValidationFailed(reason="ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
    shows_all = select == "ALL_ATTRIBUTES"
    if index is not None and index.projection != "ALL":
        shows_all = reaches_beyond(table, index, projection, wants_all=shows_all)
    return View(index, filter_, projection, shows_all=shows_all, wants_items=select != "COUNT")


def reaches_beyond(table: Table, index: Index, projection: Projection | None, *, wants_all: bool) -> bool:
    """Whether attributes are asked for that the index does not hold: a local one fetches them, a global one cannot."""
    if index.is_global and wants_all:
        raise errors.InvalidParameterValues(
            reason=f"Select type ALL_ATTRIBUTES is not supported for global secondary index {index.name} "
            "because its projection type is not ALL"
        )
    held = {*table.keys.names, *index.keys.names, *index.included}
    missing = sorted(projection.names - held) if projection is not None else []
    if missing and index.is_global:
        raise errors.InvalidParameterValues(
            reason=f"Global secondary index {index.name} does not project [{', '.join(missing)}]"
        )
    return wants_all or bool(missing)


# ---- where it begins -------------------------------------------------------------------------------------------------


def _query_walk(table: Table, index: Index | None, key_range: KeyRange, parameters: Parameters) -> Walk:
    partition = keys.partition_bytes(key_range.partition)
    is_forward = parameters.get("ScanIndexForward") is not False
    walk = walks.in_partition(table, index, partition, key_range.low, key_range.high, is_forward=is_forward)
    start = _query_start(table, index, parameters)
    if start is None:
        return walk
    at = places.place(index.keys if index is not None else table.keys, start)
    high = walks.LAST if key_range.high is None else key_range.high
    if at.partition != partition or not key_range.low <= at.sort < high:
        raise errors.ValidationFailed(
            reason="The provided starting key is outside query boundaries based on provided conditions"
        )
    return walk.after(walks.row_of(table, index, start))


def _scan_walk(table: Table, index: Index | None, parameters: Parameters) -> Walk:
    number, total = parameters.get("Segment"), parameters.get("TotalSegments")
    _check_segment(number, total)
    walk = walks.segment(table, index, number or 0, total or 1)
    start = start_key(table, index, parameters)
    if start is None:
        return walk
    at = places.place(index.keys if index is not None else table.keys, start)
    if not walk.partition <= at.partition < walk.end:
        raise errors.ValidationFailed(
            reason="The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with"
            f" correct Segment. TotalSegments: {total} Segment: {number}"
        )
    return walk.after(walks.row_of(table, index, start))


def _check_segment(number: int | None, total: int | None) -> None:
    if total is not None and number is None:
        raise errors.ValidationFailed(
            reason="The Segment parameter is required but was not present in the request when parameter TotalSegments is"
            " present"
        )
    if number is not None and total is None:
        raise errors.ValidationFailed(
            reason="The TotalSegments parameter is required but was not present in the request when Segment parameter is"
            " present"
        )
    if number is not None and total is not None and number >= total:
        raise errors.ValidationFailed(
            reason="The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            f"Segment: {number} is not less than TotalSegments: {total}"
        )


def _query_start(table: Table, index: Index | None, parameters: Parameters) -> Item | None:
    """As ``start_key``, but AWS does not tell of a Query's what is wrong with its names."""
    given = parameters.get("ExclusiveStartKey")
    if given is not None and set(given) != set(walks.key_names(table.keys, index)):
        raise errors.ValidationFailed(reason="The provided starting key is invalid")
    return start_key(table, index, parameters)


def start_key(table: Table, index: Index | None, parameters: Parameters) -> Item | None:
    """The ExclusiveStartKey. Raises ValidationFailed where it is no key of what is read."""
    given = parameters.get("ExclusiveStartKey")
    if given is None:
        return None
    names = walks.key_names(table.keys, index)
    start = values.checked_item(given)
    try:
        if set(start) != set(names):
            raise errors.KeyDoesNotMatchSchema
        keys.check_key(table.keys, {name: start[name] for name in table.keys.names})
        if index is not None:
            keys.check_key(index.keys, {name: start[name] for name in index.keys.names})
    except errors.ValidationFailed as failure:
        raise errors.ValidationFailed(reason=f"The provided starting key is invalid: {failure.message}") from failure
    return start


# ---- what is answered ------------------------------------------------------------------------------------------------


def _reply(index: Index | None, parameters: Parameters, page: Page) -> Reply:
    reply = Spliced(Count=page.count, ScannedCount=page.scanned)
    if parameters.get("Select") != "COUNT":
        reply["Items"] = Raw(b"[" + b",".join(page.items) + b"]")
    if page.last is not None:
        reply["LastEvaluatedKey"] = page.last
    level = parameters.get("ReturnConsumedCapacity") or "NONE"
    if level != "NONE":
        reply["ConsumedCapacity"] = _consumed(index, parameters, page, level)
    return reply


def _consumed(index: Index | None, parameters: Parameters, page: Page, level: str) -> Mapping[str, Any]:
    units = capacity.read_units(page.bytes, is_consistent=bool(parameters.get("ConsistentRead")))
    consumed = capacity.Consumed()
    consumed.add(index, units)
    return capacity.told(parameters["TableName"], consumed, level)
