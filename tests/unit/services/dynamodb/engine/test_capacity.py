"""Capacity units."""

import pytest

from lambent.services.dynamodb.engine import capacity
from lambent.services.dynamodb.engine.capacity import Consumed


@pytest.mark.parametrize(("size", "units"), [(0, 1.0), (1, 1.0), (4096, 1.0), (4097, 2.0)])
def test_reads_cost_a_unit_for_four_kilobytes_and_half_where_they_may_be_late(size, units):
    assert capacity.read_units(size, is_consistent=True) == units
    assert capacity.read_units(size, is_consistent=False) == units / 2


@pytest.mark.parametrize(("size", "units"), [(0, 1.0), (1024, 1.0), (1025, 2.0)])
def test_writes_cost_a_unit_for_a_kilobyte(size, units):
    assert capacity.write_units(size) == units


def test_what_was_consumed_is_told_as_a_total_or_by_index():
    consumed = Consumed(1.0, {"local": 2.0})
    consumed.merge(Consumed(1.0, {"local": 1.0}, {"global": 0.5}))
    assert capacity.told("t", consumed, "TOTAL") == {"TableName": "t", "CapacityUnits": 5.5}
    assert capacity.told("t", consumed, "INDEXES", "Read") == {
        "TableName": "t",
        "CapacityUnits": 5.5,
        "ReadCapacityUnits": 5.5,
        "Table": {"CapacityUnits": 2.0, "ReadCapacityUnits": 2.0},
        "LocalSecondaryIndexes": {"local": {"CapacityUnits": 3.0, "ReadCapacityUnits": 3.0}},
        "GlobalSecondaryIndexes": {"global": {"CapacityUnits": 0.5, "ReadCapacityUnits": 0.5}},
    }
