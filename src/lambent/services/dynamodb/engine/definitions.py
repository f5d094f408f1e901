"""CreateTable's parameters made a definition, with all that AWS checks of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from lambent.core.clock import Instant
from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine.keys import KeyAttribute, KeySchema
from lambent.services.dynamodb.engine.table import ON_DEMAND, PROVISIONED, Definition, Index, Units

GLOBAL_INDEXES_MAX = 20
LOCAL_INDEXES_MAX = 5
INCLUDED_MAX = 100  # attributes that all indexes of a table include by name
UNITS_MAX = 1_000_000_000_000

Given = Mapping[str, Any]


def defined(given: Given, now: Instant) -> Definition:
    """The definition of the table that CreateTable asks for. Raises ValidationFailed."""
    _check_key_count(given.get("KeySchema"))
    billing_mode = given.get("BillingMode") or PROVISIONED
    units = check_units(given.get("ProvisionedThroughput"), billing_mode)
    attributes = attribute_types(given.get("AttributeDefinitions") or ())
    keys = key_schema(given["KeySchema"], attributes)
    locals_, globals_ = given.get("LocalSecondaryIndexes"), given.get("GlobalSecondaryIndexes")
    if locals_ is None and globals_ is None:
        _check_all_used(attributes, keys, ())
    indexes: list[Index] = []
    if locals_ is not None:
        indexes += _local_indexes(locals_, keys, attributes)
    if globals_ is not None:
        indexes += _global_indexes(globals_, attributes, billing_mode, number=len(indexes))
    _check_names(indexes)
    _check_all_used(attributes, keys, indexes)
    check_included(indexes)
    return Definition(
        attributes=attributes,
        keys=keys,
        indexes=tuple(indexes),
        indexes_made=len(indexes),
        billing_mode=billing_mode,
        units=units,
        on_demand_max=dict(given.get("OnDemandThroughput") or {}),
        warm=dict(given.get("WarmThroughput") or {}),
        table_class=given.get("TableClass") or "",
        is_protected=bool(given.get("DeletionProtectionEnabled")),
        on_demand_since=now if billing_mode == ON_DEMAND else 0.0,
    )


# ---- throughput ------------------------------------------------------------------------------------------------------


def check_units(given: Given | None, billing_mode: str) -> Units:
    """A table's provisioned throughput. Raises InvalidParameterValues where it does not suit the billing mode."""
    if billing_mode == ON_DEMAND:
        if given:
            raise errors.InvalidParameterValues(
                reason="Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
            )
        return Units()
    if not given:
        raise errors.InvalidParameterValues(
            reason="ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
        )
    return units_of(given)


def units_of(given: Given) -> Units:
    """Raises ValidationFailed for more than there can be."""
    for name in ("ReadCapacityUnits", "WriteCapacityUnits"):
        if given[name] > UNITS_MAX:
            raise errors.ValidationFailed(reason=f"Given value {given[name]} for {name} is out of bounds")
    return Units(given["ReadCapacityUnits"], given["WriteCapacityUnits"])


# ---- keys ------------------------------------------------------------------------------------------------------------


def attribute_types(given: Sequence[Given]) -> dict[str, str]:
    """AttributeDefinitions by name. Raises InvalidParameterValues for a name that stands there twice."""
    types: dict[str, str] = {}
    for one in given:
        name = one["AttributeName"]
        if name in types:
            raise errors.InvalidParameterValues(reason=f"Duplicate AttributeName in AttributeDefinitions: {name}")
        types[name] = one["AttributeType"]
    return types


def more_attributes(known: Mapping[str, str], given: Sequence[Given]) -> dict[str, str]:
    """The attributes of a table and those that UpdateTable adds. Raises InvalidParameterValues for another type of one."""
    added = attribute_types(given)
    for name, kind in added.items():
        if known.get(name, kind) != kind:
            raise errors.InvalidParameterValues(
                reason="Attributes cannot be redefined. "
                "Please check that your attribute has the same type as previously defined. "
                f"Existing schema: {name}:{known[name]} New schema: {name}:{kind}"
            )
    return dict(known) | added


def key_schema(given: Sequence[Given], attributes: Mapping[str, str]) -> KeySchema:
    """A KeySchema whose attributes are defined. Raises ValidationFailed."""
    names = [element["AttributeName"] for element in given]
    if len(names) > len(attributes):
        raise errors.ValidationFailed(reason="Invalid KeySchema: Some index key attribute have no definition")
    if any(name not in attributes for name in names):
        raise errors.InvalidParameterValues(
            reason="Some index key attributes are not defined in AttributeDefinitions. "
            f"Keys: [{', '.join(names)}], AttributeDefinitions: [{', '.join(sorted(attributes))}]"
        )
    if len(names) > 1 and names[0] == names[1]:
        raise errors.ValidationFailed(reason="Both the Hash Key and the Range Key element in the KeySchema have the same name")
    if given[0]["KeyType"] != "HASH":
        raise errors.ValidationFailed(reason="Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
    if len(given) > 1 and given[1]["KeyType"] != "RANGE":
        raise errors.ValidationFailed(reason="Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
    if len(given) > 2:
        raise errors.ValidationFailed(reason="Invalid KeySchema: Some KeySchemaElement is more than a HASH and a RANGE key")
    partition, *sort = (KeyAttribute(name, attributes[name]) for name in names)
    return KeySchema(partition, sort[0] if sort else None)


def _check_key_count(given: Sequence[Given] | None) -> None:
    """Raises ValidationFailed, as of a constraint of AWS' model, of no key at all and of one of more than two attributes."""
    if given is None:  # which AWS' model does not require, since there are tables made of others
        raise errors.ValidationFailed(
            reason="1 validation error detected: Value null at 'keySchema' failed to satisfy constraint: "
            "Member must not be null"
        )
    if len(given) > 2:
        shown = [f"KeySchemaElement(attributeName={one['AttributeName']}, keyType={one['KeyType']})" for one in given]
        raise errors.ValidationFailed(
            reason=f"1 validation error detected: Value '[{', '.join(shown)}]' at 'keySchema' failed to satisfy constraint: "
            "Member must have length less than or equal to 2"
        )


def _check_all_used(attributes: Mapping[str, str], keys: KeySchema, indexes: Sequence[Index]) -> None:
    used = set(keys.names).union(*(index.keys.names for index in indexes))
    if len(used) == len(attributes):
        return
    if not indexes:
        raise errors.InvalidParameterValues(
            reason="Number of attributes in KeySchema does not exactly match number of attributes defined in"
            " AttributeDefinitions"
        )
    raise errors.InvalidParameterValues(
        reason="Some AttributeDefinitions are not used. "
        f"AttributeDefinitions: [{', '.join(sorted(attributes))}], keys used: [{', '.join(sorted(used))}]"
    )


# ---- indexes ---------------------------------------------------------------------------------------------------------


def _local_indexes(given: Sequence[Given], keys: KeySchema, attributes: Mapping[str, str]) -> list[Index]:
    if not given:
        raise errors.InvalidParameterValues(reason="List of LocalSecondaryIndexes is empty")
    if keys.sort is None:
        raise errors.InvalidParameterValues(
            reason="Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"
        )
    if len(given) > LOCAL_INDEXES_MAX:
        raise errors.InvalidParameterValues(
            reason=f"Number of LocalSecondaryIndexes exceeds per-table limit of {LOCAL_INDEXES_MAX}"
        )
    return [_local_index(one, keys, attributes, number) for number, one in enumerate(given)]


def _local_index(given: Given, keys: KeySchema, attributes: Mapping[str, str], number: int) -> Index:
    name = given["IndexName"]
    own = key_schema(given["KeySchema"], attributes)
    if own.sort is None:
        raise errors.InvalidParameterValues(reason=f"Index KeySchema does not have a range key for index: {name}")
    if own.partition.name != keys.partition.name:
        raise errors.InvalidParameterValues(
            reason=f"Index KeySchema does not have the same leading hash key as table KeySchema for index: {name}. "
            f"index hash key: {own.partition.name}, table hash key: {keys.partition.name}"
        )
    projection, included = _projection(given)
    return Index(number=number, name=name, is_global=False, keys=own, projection=projection, included=included)


def _global_indexes(given: Sequence[Given], attributes: Mapping[str, str], billing_mode: str, *, number: int) -> list[Index]:
    if not given:
        raise errors.InvalidParameterValues(reason="List of GlobalSecondaryIndexes is empty")
    if len(given) > GLOBAL_INDEXES_MAX:
        raise errors.InvalidParameterValues(
            reason=f"GlobalSecondaryIndex count exceeds the per-table limit of {GLOBAL_INDEXES_MAX}"
        )
    return [global_index(one, attributes, billing_mode, number=number + at) for at, one in enumerate(given)]


def global_index(given: Given, attributes: Mapping[str, str], billing_mode: str, *, number: int) -> Index:
    """A global index of CreateTable or of UpdateTable. Raises ValidationFailed."""
    name = given["IndexName"]
    keys = key_schema(given["KeySchema"], attributes)
    projection, included = _projection(given)
    throughput = given.get("ProvisionedThroughput")
    if billing_mode == ON_DEMAND and throughput:
        raise errors.InvalidParameterValues(
            reason=f"ProvisionedThroughput should not be specified for index: {name} when BillingMode is PAY_PER_REQUEST"
        )
    if billing_mode != ON_DEMAND and not throughput:
        raise errors.InvalidParameterValues(reason=f"ProvisionedThroughput is not specified for index: {name}")
    return Index(
        number=number,
        name=name,
        is_global=True,
        keys=keys,
        projection=projection,
        included=included,
        units=units_of(throughput) if throughput else Units(),
        on_demand_max=dict(given.get("OnDemandThroughput") or {}),
        warm=dict(given.get("WarmThroughput") or {}),
    )


def _projection(given: Given) -> tuple[str, tuple[str, ...]]:
    """The type, and the attributes that are included by name."""
    projection = given.get("Projection") or {}
    kind, included = projection.get("ProjectionType"), projection.get("NonKeyAttributes")
    if kind is None:
        raise errors.InvalidParameterValues(reason="Unknown ProjectionType: null")
    if included and kind != "INCLUDE":
        raise errors.InvalidParameterValues(reason=f"ProjectionType is {kind}, but NonKeyAttributes is specified")
    if kind == "INCLUDE" and not included:
        raise errors.InvalidParameterValues(reason=f"ProjectionType is {kind}, but NonKeyAttributes is not specified")
    return kind, tuple(included or ())


def check_included(indexes: Sequence[Index]) -> None:
    """Raises InvalidParameterValues for more attributes, included by name, than the indexes of a table may have."""
    if sum(len(index.included) for index in indexes) > INCLUDED_MAX:
        raise errors.InvalidParameterValues(reason=f"Number of projected attributes exceeds per-table limit of {INCLUDED_MAX}")


def _check_names(indexes: Sequence[Index]) -> None:
    names: set[str] = set()
    for index in indexes:
        if index.name in names:
            raise errors.InvalidParameterValues(reason=f"Duplicate index name: {index.name}")
        names.add(index.name)
