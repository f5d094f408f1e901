"""What a statement asks of a table: one item, ranges of keys, or all."""

import pytest

from lambent.services.dynamodb import errors as dynamodb_errors
from lambent.services.dynamodb.engine.keys import KeyAttribute, KeySchema, key_bytes
from lambent.services.dynamodb.expressions import KeyRange
from lambent.services.dynamodb.expressions.conditions import compiled
from lambent.services.dynamodb.partiql import errors, parse, plans

SCHEMA = KeySchema(KeyAttribute("pk", "S"), KeyAttribute("sk", "N"))


def key_of(where, schema=SCHEMA):
    return plans.key_of(parse(f"DELETE FROM abc WHERE {where}").where, schema)


def reading(rest, schema=SCHEMA):
    return plans.reading_of(parse(f"SELECT * FROM abc {rest}"), schema)


def test_equalities_on_the_key_name_one_item():
    found = key_of("a > 1 AND 5 = sk AND (pk = 'x' AND b IS MISSING)")
    assert found.key == {"pk": {"S": "x"}, "sk": {"N": "5"}}
    condition = compiled(found.condition)
    assert condition.holds({"a": {"N": "2"}})
    assert not condition.holds({"a": {"N": "2"}, "b": {"N": "1"}})
    assert key_of("pk = 'x' AND sk = 1").condition is None


@pytest.mark.parametrize("where", ["pk = 'x'", "pk = 'x' AND sk > 1", "pk = 'x' OR sk = 1", "a = 1", "NOT pk = 'x' AND sk = 1"])
def test_a_write_needs_the_whole_key(where):
    with pytest.raises(errors.IncompleteKey):
        key_of(where)


def test_a_key_is_named_once():
    with pytest.raises(errors.ManyConditionsOnKey):
        key_of("pk = 'x' AND pk = 'y' AND sk = 1")


def test_an_equality_on_the_partition_reads_a_range():
    one = key_bytes({"N": "1"})
    assert reading("WHERE pk = 'x'") == plans.Reading((KeyRange({"S": "x"}, b"", None),), None)
    found = reading("WHERE sk >= 1 AND pk = 'x' AND a = 2 AND sk < 9")
    assert found.ranges == (KeyRange({"S": "x"}, one, None),)
    assert found.filter.names == {"a", "sk"}
    assert found.filter.holds({"a": {"N": "2"}, "sk": {"N": "8"}})


@pytest.mark.parametrize("where", ["pk IN ['x', 'y', 'x']", "pk = 'x' OR pk = 'y'", "(pk = 'x' OR pk IN ('y'))"])
def test_several_partitions_are_several_ranges(where):
    found = reading(f"WHERE ({where}) AND sk = 1")
    assert [part.partition for part in found.ranges] == [{"S": "x"}, {"S": "y"}]
    assert found.filter is None


def test_branches_that_each_name_a_partition_read_these_through_all_that_they_ask():
    found = reading("WHERE pk = 'x' AND NOT sk = 1 OR pk = 'x' AND sk = 2 OR (pk = 'y' AND a = 1)")
    assert [part.partition for part in found.ranges] == [{"S": "x"}, {"S": "y"}]
    assert found.filter.holds({"pk": {"S": "x"}, "sk": {"N": "3"}})
    assert not found.filter.holds({"pk": {"S": "y"}, "sk": {"N": "3"}})


@pytest.mark.parametrize("where", ["", "WHERE sk = 1", "WHERE pk > 'x'", "WHERE pk = 'x' OR a = 1", "WHERE NOT pk = 'x'"])
def test_anything_else_reads_all(where):
    found = reading(where)
    assert found.ranges is None
    assert (found.filter is None) == (where == "")


def test_order_goes_by_the_keys():
    assert not reading("WHERE pk = 'x' ORDER BY sk DESC").is_forward
    assert reading("WHERE pk = 'x' ORDER BY sk").is_forward
    found = reading("WHERE pk IN ['a', 'c', 'b'] ORDER BY pk DESC, sk")
    assert [part.partition["S"] for part in found.ranges] == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("rest", "error"),
    [
        ("ORDER BY sk", errors.OrderWithoutWhere),
        ("WHERE a = 1 ORDER BY sk", errors.OrderWithoutPartition),
        ("WHERE pk = 'x' ORDER BY a", errors.OrderByOther),
        ("WHERE pk IN ['x', 'y'] ORDER BY sk", errors.OrderWithoutPartitionKey),
        ("WHERE pk = 1", dynamodb_errors.KeyConditionTypeMismatch),
        ("WHERE pk IN ['x', 1] ORDER BY pk", dynamodb_errors.KeyConditionTypeMismatch),
    ],
)
def test_what_cannot_be_read_is_refused(rest, error):
    with pytest.raises(error):
        reading(rest)
