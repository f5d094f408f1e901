"""UpdateTable: throughput, billing, indexes, stream and the other settings of a table.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import structs

from lambent.core.clock import Instant
from lambent.durable.timers import Timers
from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import changes, copying, definitions, settings
from lambent.services.dynamodb.engine import tables as lives
from lambent.services.dynamodb.engine.identifiers import TableName
from lambent.services.dynamodb.engine.places import Place
from lambent.services.dynamodb.engine.table import ACTIVE, CREATING, ON_DEMAND, Definition, Index, Table, Units
from lambent.services.dynamodb.tables import entries, tables
from lambent.store.database import Transaction

FILL = "dynamodb.fill-index"
SWEEP_INDEX = "dynamodb.sweep-index"

Given = Mapping[str, Any]

_CHANGES = (
    "AttributeDefinitions",
    "BillingMode",
    "DeletionProtectionEnabled",
    "GlobalSecondaryIndexUpdates",
    "OnDemandThroughput",
    "ProvisionedThroughput",
    "SSESpecification",
    "StreamSpecification",
    "TableClass",
    "WarmThroughput",
)
_OF_GLOBAL_TABLES = ("ReplicaUpdates", "GlobalTableWitnessUpdates", "MultiRegionConsistency", "VectorIndexUpdates")


def update(tx: Transaction, named: TableName, given: Given, timers: Timers, now: Instant) -> Table:
    """The table as it is described while it changes. Raises TableNotFound, ValidationFailed, LimitExceeded, ResourceInUse."""
    table = lives.require_made(tx, named)
    for name in _OF_GLOBAL_TABLES:
        if given.get(name):
            raise errors.ValidationFailed(reason=f"{name} is not supported: Lambent keeps each table in one region only")
    if not any(given.get(name) is not None for name in _CHANGES):
        raise errors.ValidationFailed(
            reason="At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates"
            " or SSESpecification or ReplicaUpdates is required"
        )
    definition = _with_throughput(table.definition, given, now)
    definition = settings.with_stream(
        definition, given.get("StreamSpecification"), named.name, changes.free_moment(tx, named, now)
    )
    definition = _with_settings(definition, given, named)
    definition = _with_indexes(definition, given)
    changed = tables.set_definition(tx, table, definition)
    _follow_stream(tx, table, changed, now)
    return _follow_indexes(tx, table, changed, timers, now)


# ---- throughput and settings -----------------------------------------------------------------------------------------


def _with_throughput(definition: Definition, given: Given, now: Instant) -> Definition:
    mode, throughput = given.get("BillingMode") or definition.billing_mode, given.get("ProvisionedThroughput")
    if mode == definition.billing_mode and throughput is None:
        return definition
    units = definitions.check_units(throughput, mode)
    if mode != definition.billing_mode:
        since = now if mode == ON_DEMAND else definition.on_demand_since
        indexes = definition.indexes
        if mode == ON_DEMAND:
            indexes = tuple(structs.replace(index, units=Units()) for index in indexes)
        return structs.replace(definition, billing_mode=mode, units=units, on_demand_since=since, indexes=indexes)
    if mode == ON_DEMAND:
        return definition
    if units == definition.units:
        raise errors.ValidationFailed(reason=_unchanged(units))
    if units.read < definition.units.read or units.write < definition.units.write:
        decreases = definition.units_decreases_today + 1
        return structs.replace(definition, units=units, units_decreased_at=now, units_decreases_today=decreases)
    return structs.replace(definition, units=units, units_increased_at=now)


def _unchanged(units: Units) -> str:
    return (
        "The provisioned throughput for the table will not change. The requested value equals the current value. "
        f"Current ReadCapacityUnits provisioned for the table: {units.read}. Requested ReadCapacityUnits: {units.read}. "
        f"Current WriteCapacityUnits provisioned for the table: {units.write}. Requested WriteCapacityUnits: {units.write}. "
        "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
    )


def _with_settings(definition: Definition, given: Given, named: TableName) -> Definition:
    definition = settings.with_encryption(definition, given.get("SSESpecification"), named.scope)
    if given.get("TableClass") is not None:
        definition = structs.replace(definition, table_class=given["TableClass"])
    if given.get("DeletionProtectionEnabled") is not None:
        definition = structs.replace(definition, is_protected=given["DeletionProtectionEnabled"])
    if given.get("OnDemandThroughput") is not None:
        definition = structs.replace(definition, on_demand_max=dict(given["OnDemandThroughput"]))
    if given.get("WarmThroughput") is not None:
        definition = structs.replace(definition, warm=dict(given["WarmThroughput"]))
    return definition


def _follow_stream(tx: Transaction, before: Table, table: Table, now: Instant) -> None:
    stream = table.definition.stream
    if stream is not None and stream != before.definition.stream:
        (changes.stream_began if stream.is_enabled else changes.stream_ended)(tx, table, now)


# ---- indexes ---------------------------------------------------------------------------------------------------------


def _with_indexes(definition: Definition, given: Given) -> Definition:
    updates: Sequence[Given] = given.get("GlobalSecondaryIndexUpdates") or ()
    attributes = definitions.more_attributes(definition.attributes, given.get("AttributeDefinitions") or ())
    _check_updates(updates)
    definition = structs.replace(definition, attributes=attributes)
    for one in updates:
        ((kind, update),) = ((kind, update) for kind, update in one.items() if update)
        definition = _WAYS[kind](definition, update)
    _check_provisioned(definition)
    if updates:
        definitions.check_included(definition.indexes)
    used = set(definition.keys.names).union(*(index.keys.names for index in definition.indexes))
    given_names = [one["AttributeName"] for one in given.get("AttributeDefinitions") or ()]
    if any(name not in used for name in given_names):
        raise errors.InvalidParameterValues(
            reason=f"Some AttributeDefinitions are not used. AttributeDefinitions: [{', '.join(given_names)}], "
            f"keys used: [{', '.join(sorted(used))}]"
        )
    return structs.replace(definition, attributes={name: kind for name, kind in attributes.items() if name in used})


def _check_updates(updates: Sequence[Given]) -> None:
    names: set[str] = set()
    online = 0
    for one in updates:
        given = [update for update in one.values() if update]
        if len(given) != 1:
            raise errors.InvalidParameterValues(
                reason="One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
                "GlobalSecondaryIndexUpdate.Delete must not be null"
            )
        name = given[0]["IndexName"]
        if name in names:
            raise errors.InvalidParameterValues(
                reason=f"Only one global secondary index update per index is allowed simultaneously. Index: {name}"
            )
        names.add(name)
        online += not one.get("Update")
    if online > 1:
        raise errors.LimitExceeded(
            reason="Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
        )


def _create(definition: Definition, given: Given) -> Definition:
    name = given["IndexName"]
    if any(index.name == name for index in definition.indexes):
        raise errors.ValidationFailed(reason=f"Attempting to create an index which already exists: {name}")
    if any(index.status == CREATING for index in definition.indexes):
        raise errors.LimitExceeded(
            reason="Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
        )
    if sum(index.is_global for index in definition.indexes) >= definitions.GLOBAL_INDEXES_MAX:
        raise errors.LimitExceeded(
            reason=f"Subscriber limit exceeded: There is a limit of {definitions.GLOBAL_INDEXES_MAX} global secondary indexes"
        )
    number = definition.indexes_made
    index = definitions.global_index(given, definition.attributes, definition.billing_mode, number=number)
    index = structs.replace(index, status=CREATING)
    return structs.replace(definition, indexes=(*definition.indexes, index), indexes_made=number + 1)


def _delete(definition: Definition, given: Given) -> Definition:
    index = _global_index(definition, given["IndexName"])
    if index.status == CREATING:
        raise errors.IndexInUse(name=index.name)
    return structs.replace(definition, indexes=tuple(one for one in definition.indexes if one is not index))


def _change(definition: Definition, given: Given) -> Definition:
    index = _global_index(definition, given["IndexName"])
    changed = index
    if given.get("ProvisionedThroughput"):
        if definition.billing_mode == ON_DEMAND:
            raise errors.InvalidParameterValues(
                reason=f"ProvisionedThroughput should not be specified for index: {index.name} "
                "when BillingMode is PAY_PER_REQUEST"
            )
        changed = structs.replace(changed, units=definitions.units_of(given["ProvisionedThroughput"]))
    if given.get("OnDemandThroughput"):
        changed = structs.replace(changed, on_demand_max=dict(given["OnDemandThroughput"]))
    if given.get("WarmThroughput"):
        changed = structs.replace(changed, warm=dict(given["WarmThroughput"]))
    return structs.replace(definition, indexes=tuple(changed if one is index else one for one in definition.indexes))


_WAYS = {"Create": _create, "Delete": _delete, "Update": _change}


def _global_index(definition: Definition, name: str) -> Index:
    for index in definition.indexes:
        if index.name == name and index.is_global:
            return index
    raise errors.IndexNotFound(name=name)


def _check_provisioned(definition: Definition) -> None:
    if definition.billing_mode == ON_DEMAND:
        return
    for index in definition.indexes:
        if index.is_global and index.units == Units():
            raise errors.InvalidParameterValues(reason=f"ProvisionedThroughput must be specified for index: {index.name}")


def _follow_indexes(tx: Transaction, before: Table, table: Table, timers: Timers, now: Instant) -> Table:
    """Begins to fill what is new and to delete what is gone. Returns the table as it is told: as if it took its time."""
    kept = {index.number for index in table.indexes}
    for index in before.indexes:
        if index.number not in kept and sweep_index(tx, table.id, index.number):
            _set(tx, timers, SWEEP_INDEX, table, index, now)
    known = {index.number for index in before.indexes}
    for index in table.indexes:
        if index.number not in known:
            fill(tx, table, index, copying.START, timers, now)
    return table


def fill(tx: Transaction, table: Table, index: Index, start: Place, timers: Timers, now: Instant) -> None:
    """Adds the next entries to an index that is being created; when all are there it is active."""
    start_next = copying.fill_index(tx, table, index, start)
    if start_next is not None:
        _set(tx, timers, FILL, table, index, now, start_next)
        return
    active = structs.replace(index, status=ACTIVE)
    indexes = tuple(active if one.number == index.number else one for one in table.indexes)
    tables.set_definition(tx, table, structs.replace(table.definition, indexes=indexes))


def fill_further(tx: Transaction, key: str, start: Place, timers: Timers, now: Instant) -> None:
    """What ``fill`` has begun, when its timer is due. The table or the index may be gone by now."""
    table_id, number = _read_key(key)
    table = tables.find_by_id(tx, table_id)
    index = next((index for index in table.indexes if index.number == number), None) if table is not None else None
    if table is not None and index is not None:
        fill(tx, table, index, start, timers, now)


def sweep_index(tx: Transaction, table_id: int, number: int) -> bool:
    """Deletes some entries of an index that is gone. True while there may be more."""
    return entries.delete_some(tx, table_id, number, lives.SWEPT_ROWS_MAX) >= lives.SWEPT_ROWS_MAX


def sweep_further(tx: Transaction, key: str) -> bool:
    return sweep_index(tx, *_read_key(key))


def _set(tx: Transaction, timers: Timers, kind: str, table: Table, index: Index, now: Instant, payload: object = None) -> None:
    scope = table.scope
    timers.set(tx, kind, f"{table.id}/{index.number}", now, payload, account=scope.account, region=scope.region)


def _read_key(key: str) -> tuple[int, int]:
    table_id, number = key.split("/")
    return int(table_id), int(number)
