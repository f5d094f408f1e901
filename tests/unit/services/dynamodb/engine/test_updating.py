"""UpdateTable, whose work on indexes takes as many transactions as it needs."""

import pytest
from tests.unit.services.dynamodb.world import NAMED, NOW, NoTimers, definitions, index, make

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import copying, items, tables, updating
from lambent.services.dynamodb.engine.places import Place
from lambent.services.dynamodb.tables import entries

CREATE = {"AttributeDefinitions": definitions("kind:S"), "GlobalSecondaryIndexUpdates": [{"Create": index("by_kind", "kind")}]}
DELETE = {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "by_kind"}}]}


@pytest.fixture
def timers(monkeypatch):
    monkeypatch.setattr(copying, "COPIED_MAX", 3)
    monkeypatch.setattr(tables, "SWEPT_ROWS_MAX", 3)
    return NoTimers()


def filled(tx):
    table = make(tx)
    for number in range(7):
        items.put(tx, table, items.put_of(table, {"id": {"S": str(number)}, "kind": {"S": "x"}}), NOW)


def test_an_index_is_filled_step_by_step_and_then_active(tx, timers):
    filled(tx)
    updating.update(tx, NAMED, CREATE, timers, NOW)
    seen = []
    while timers.wanted:
        kind, key, payload = timers.wanted.pop()
        assert kind == updating.FILL
        seen.append(tables.find(tx, NAMED).index("by_kind").status)
        updating.fill_further(tx, key, Place(*payload), timers, NOW)
    table = tables.find(tx, NAMED)
    assert (seen, table.index("by_kind").status) == (["CREATING", "CREATING"], "ACTIVE")
    assert entries.sizes(tx, table.id, 0)[0] == 7


def test_an_index_that_is_being_created_is_neither_deleted_nor_joined_by_another(tx, timers):
    filled(tx)
    updating.update(tx, NAMED, CREATE, timers, NOW)
    with pytest.raises(errors.IndexInUse):
        updating.update(tx, NAMED, DELETE, timers, NOW)
    other = {**CREATE, "GlobalSecondaryIndexUpdates": [{"Create": index("other", "kind")}]}
    with pytest.raises(errors.LimitExceeded):
        updating.update(tx, NAMED, other, timers, NOW)


def test_entries_of_a_deleted_index_go_step_by_step(tx, monkeypatch):
    filled(tx)
    timers = NoTimers()
    updating.update(tx, NAMED, CREATE, timers, NOW)
    monkeypatch.setattr(tables, "SWEPT_ROWS_MAX", 3)
    table = updating.update(tx, NAMED, DELETE, timers, NOW)
    ((kind, key, _),) = timers.wanted
    assert kind == updating.SWEEP_INDEX
    while updating.sweep_further(tx, key):
        pass
    assert entries.sizes(tx, table.id, 0) == (0, 0)


def test_work_on_a_table_that_is_gone_ends(tx, timers):
    updating.fill_further(tx, "7/0", copying.START, timers, NOW)
    assert timers.wanted == []


def test_an_attribute_of_a_key_keeps_its_type(tx, timers):
    make(tx)
    with pytest.raises(errors.InvalidParameterValues, match="cannot be redefined"):
        updating.update(tx, NAMED, {"AttributeDefinitions": definitions("id:N"), "TableClass": "STANDARD"}, timers, NOW)
