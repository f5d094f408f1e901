"""A table as AWS describes it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from lambent.core.clock import Instant
from lambent.services.dynamodb.engine.keys import KeySchema
from lambent.services.dynamodb.engine.table import ACTIVE, CREATING, ON_DEMAND, Definition, Index, Table, Units

WARM_ON_DEMAND = {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 4_000}
"""What every new table on demand can take at once.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html
"""


class Sizes(NamedTuple):
    """How many items, and how many bytes."""

    items: int = 0
    total_bytes: int = 0


Told = dict[str, Any]


def table(of: Table, sizes: Mapping[str, Sizes], status: str = ACTIVE) -> Told:
    """TableDescription. ``sizes`` by the names of indexes, "" for the table itself."""
    definition, own = of.definition, sizes.get("", Sizes())
    told: Told = {
        "AttributeDefinitions": attributes(definition),
        "TableName": of.name,
        "KeySchema": key_schema(definition.keys),
        "TableStatus": status,
        "CreationDateTime": time(of.created_at),
        "ProvisionedThroughput": _throughput(definition),
        "TableSizeBytes": own.total_bytes,
        "ItemCount": own.items,
        "TableArn": of.arn,
        "TableId": of.uuid,
        "DeletionProtectionEnabled": definition.is_protected,
    }
    told |= _billing(definition) | _stream(of)
    if status != "DELETING":
        told["WarmThroughput"] = _warm(definition.warm, definition.units, definition.billing_mode) | {"Status": ACTIVE}
    if definition.on_demand_max:
        told["OnDemandThroughput"] = definition.on_demand_max
    if definition.encryption:
        told["SSEDescription"] = definition.encryption
    if definition.table_class:
        told["TableClassSummary"] = {"TableClass": definition.table_class}
    if definition.restored:
        told["RestoreSummary"] = definition.restored | {"RestoreDateTime": time(definition.restored["RestoreDateTime"])}
    locals_ = [_index(of, index, sizes, status) for index in of.indexes if not index.is_global]
    globals_ = [_global_index(of, index, sizes, status) for index in of.indexes if index.is_global]
    return (
        told
        | ({"LocalSecondaryIndexes": locals_} if locals_ else {})
        | ({"GlobalSecondaryIndexes": globals_} if globals_ else {})
    )


def attributes(definition: Definition) -> list[Told]:
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in definition.attributes.items()]


def key_schema(keys: KeySchema) -> list[Told]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(keys.names, ("HASH", "RANGE"), strict=False)]


def projection(index: Index) -> Told:
    told: Told = {"ProjectionType": index.projection}
    return told | ({"NonKeyAttributes": list(index.included)} if index.included else {})


def units(given: Units) -> Told:
    return {"ReadCapacityUnits": given.read, "WriteCapacityUnits": given.write}


def time(moment: Instant) -> datetime:
    return datetime.fromtimestamp(moment, UTC)


def _throughput(definition: Definition) -> Told:
    told: Told = {"NumberOfDecreasesToday": definition.units_decreases_today} | units(definition.units)
    if definition.units_increased_at:
        told["LastIncreaseDateTime"] = time(definition.units_increased_at)
    if definition.units_decreased_at:
        told["LastDecreaseDateTime"] = time(definition.units_decreased_at)
    return told


def _billing(definition: Definition) -> Told:
    """AWS tells of no billing mode where there has never been another than the default."""
    if not definition.on_demand_since:
        return {}
    since = time(definition.on_demand_since)
    return {"BillingModeSummary": {"BillingMode": definition.billing_mode, "LastUpdateToPayPerRequestDateTime": since}}


def _stream(of: Table) -> Told:
    stream = of.definition.stream
    if stream is None:
        return {}
    told: Told = {"LatestStreamLabel": stream.label, "LatestStreamArn": of.stream_arn}
    if stream.is_enabled:
        told["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": stream.view_type}
    return told


def _warm(given: Mapping[str, int], provisioned: Units, billing_mode: str) -> Told:
    least = WARM_ON_DEMAND
    if billing_mode != ON_DEMAND:
        least = {"ReadUnitsPerSecond": provisioned.read, "WriteUnitsPerSecond": provisioned.write}
    return {name: max(value, given.get(name, 0)) for name, value in least.items()}


def _index(of: Table, index: Index, sizes: Mapping[str, Sizes], status: str) -> Told:  # noqa: ARG001 (the common form)
    own = sizes.get(index.name, Sizes())
    return {
        "IndexName": index.name,
        "KeySchema": key_schema(index.keys),
        "Projection": projection(index),
        "IndexSizeBytes": own.total_bytes,
        "ItemCount": own.items,
        "IndexArn": f"{of.arn}/index/{index.name}",
    }


def _global_index(of: Table, index: Index, sizes: Mapping[str, Sizes], status: str) -> Told:
    told = _index(of, index, sizes, status)
    told["IndexStatus"] = CREATING if status == CREATING else index.status
    if index.status == CREATING:
        told["Backfilling"] = True
    told["ProvisionedThroughput"] = {"NumberOfDecreasesToday": 0} | units(index.units)
    told["WarmThroughput"] = _warm(index.warm, index.units, of.definition.billing_mode) | {"Status": ACTIVE}
    if index.on_demand_max:
        told["OnDemandThroughput"] = index.on_demand_max
    return told
