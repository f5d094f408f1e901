"""Definitions of tables: what CreateTable asks for, and what cannot be."""

import pytest
from tests.unit.services.dynamodb.world import NOW, given, index, schema

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import definitions
from lambent.services.dynamodb.engine.table import Units


def test_a_definition_has_keys_indexes_and_units():
    made = definitions.defined(given("id:S at:N", (index("by_at", "at", projection="KEYS_ONLY"),)), NOW)
    assert (made.keys.names, made.units, made.indexes_made) == (("id", "at"), Units(), 1)
    (by_at,) = made.indexes
    assert (by_at.name, by_at.is_global, by_at.projection, by_at.keys.partition.kind) == ("by_at", True, "KEYS_ONLY", "N")


def test_local_indexes_share_the_partition_key():
    local = [index("local", "id", "kind")]
    made = definitions.defined(given("id:S at:N", attributes="id:S at:N kind:S", LocalSecondaryIndexes=local), NOW)
    assert [each.is_global for each in made.indexes] == [False]
    other = [index("local", "at", "kind")]
    with pytest.raises(errors.InvalidParameterValues, match="does not have the same leading hash key"):
        definitions.defined(given("id:S at:N", attributes="id:S at:N kind:S", LocalSecondaryIndexes=other), NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"attributes": "id:S id:N"},
        {"attributes": "id:S more:S", "indexes": (index("one", "id"),)},
        {"KeySchema": None},
        {"KeySchema": schema("id", "id")},
        {"KeySchema": schema("id", "id"), "attributes": "id:S at:N"},
        {"KeySchema": [*schema("id"), {"AttributeName": "id2", "KeyType": "HASH"}], "attributes": "id:S id2:S"},
        {"BillingMode": "PROVISIONED", "ProvisionedThroughput": {"ReadCapacityUnits": 10**13, "WriteCapacityUnits": 1}},
        {
            "BillingMode": "PROVISIONED",
            "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
            "indexes": (index("one", "id"),),
        },
        {"indexes": ({**index("one", "id"), "Projection": {}},)},
        {"indexes": ({**index("one", "id"), "Projection": {"ProjectionType": "ALL", "NonKeyAttributes": ["a"]}},)},
        {"LocalSecondaryIndexes": []},
    ],
)
def test_what_does_not_fit_together_is_refused(changes):
    with pytest.raises(errors.ValidationFailed):
        definitions.defined(given(**changes), NOW)


def test_indexes_include_at_most_a_hundred_attributes_by_name():
    projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": [f"a{number}" for number in range(51)]}
    two = tuple({**index(f"index-{number}", "id"), "Projection": projection} for number in range(2))
    with pytest.raises(errors.InvalidParameterValues, match="Number of projected attributes"):
        definitions.defined(given(indexes=two), NOW)
