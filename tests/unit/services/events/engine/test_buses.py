"""Buses: the default one is always there, others are made and deleted."""

import pytest
from tests.unit.services.events.engine.conftest import BUS, SCOPE

from lambent.core.context import Scope
from lambent.services.events import errors
from lambent.services.events.engine import buses
from lambent.services.events.engine.identifiers import BusName

MADE = BusName(SCOPE, "orders")


def names(tx, **how):
    return [row.bus.name for row in buses.page(tx, SCOPE, **{"prefix": "", "after": "", "count_max": 10, **how})]


def test_the_default_bus_is_there_without_being_made(tx):
    assert buses.find(tx, BUS).created_at is None
    assert names(tx) == ["default"]


def test_a_bus_is_made_once(tx):
    buses.create(tx, MADE, {"Description": "d"}, {"k": "v"}, 5.0)
    row = buses.find(tx, MADE)
    assert (row.settings, row.tags, row.created_at, row.modified_at) == ({"Description": "d"}, {"k": "v"}, 5.0, 5.0)
    with pytest.raises(errors.EventBusExists, match=r"Event bus orders already exists."):
        buses.create(tx, MADE, {}, {}, 6.0)
    with pytest.raises(errors.EventBusExists, match=r"Event bus default already exists."):
        buses.create(tx, BUS, {}, {}, 6.0)


def test_a_name_has_no_slash(tx):
    with pytest.raises(errors.ValidationException, match=r"Event bus name must not contain '/'."):
        buses.create(tx, BusName(SCOPE, "a/b"), {}, {}, 0.0)


def test_there_are_so_many_buses_and_tags_and_no_more(tx, monkeypatch):
    with pytest.raises(errors.LimitExceeded):
        buses.create(tx, MADE, {}, {str(n): "" for n in range(51)}, 0.0)
    monkeypatch.setattr(buses, "BUSES_MAX", 1)
    buses.create(tx, MADE, {}, {}, 0.0)
    with pytest.raises(errors.LimitExceeded):
        buses.create(tx, BusName(SCOPE, "more"), {}, {}, 0.0)


def test_an_update_changes_what_it_says(tx):
    buses.create(tx, MADE, {"Description": "d", "KmsKeyIdentifier": "k"}, {}, 5.0)
    buses.update(tx, MADE, {"Description": "e"}, 6.0)
    row = buses.find(tx, MADE)
    assert (row.settings, row.created_at, row.modified_at) == ({"Description": "e", "KmsKeyIdentifier": "k"}, 5.0, 6.0)


def test_a_bus_with_rules_is_not_deleted_nor_is_the_default_one(tx, rule):
    buses.create(tx, MADE, {}, {}, 0.0)
    rule("r", bus=MADE)
    with pytest.raises(errors.ValidationException, match=r"Event bus orders can't be deleted since it has rules."):
        buses.delete(tx, MADE)
    with pytest.raises(errors.ValidationException, match=r"Cannot delete event bus default."):
        buses.delete(tx, BUS)


def test_a_deleted_bus_is_gone_and_may_be_deleted_again(tx):
    buses.create(tx, MADE, {}, {}, 0.0)
    buses.delete(tx, MADE)
    buses.delete(tx, MADE)
    with pytest.raises(errors.EventBusNotFound, match=r"Event bus orders does not exist."):
        buses.find(tx, MADE)


def test_buses_are_listed_by_name_with_one_more_than_the_page(tx):
    for name in ("c", "b", "e"):
        buses.create(tx, BusName(SCOPE, name), {}, {}, 0.0)
    buses.create(tx, BusName(Scope("444455556666", "us-east-1"), "x"), {}, {}, 0.0)
    assert names(tx) == ["b", "c", "default", "e"]
    assert names(tx, after="b", count_max=1) == ["c", "default"]
    assert names(tx, prefix="d") == ["default"]


def test_permissions_come_and_go(tx):
    grant = {"Action": "events:PutEvents", "Principal": "444455556666", "StatementId": "s"}
    buses.put_permission(tx, BUS, grant, 1.0)
    assert '"Sid":"s"' in buses.find(tx, BUS).policy
    buses.remove_permission(tx, BUS, "s", 2.0)
    assert buses.find(tx, BUS).policy == ""
    buses.put_permission(tx, BUS, grant, 1.0)
    buses.remove_permission(tx, BUS, None, 2.0)
    assert buses.find(tx, BUS).policy == ""
    with pytest.raises(errors.EventBusNotFound):
        buses.put_permission(tx, MADE, grant, 1.0)


def test_tags_come_and_go(tx):
    buses.tag(tx, BUS, {"a": "1", "b": "2"}, [], 0.0)
    buses.tag(tx, BUS, {}, ["a", "c"], 0.0)
    assert buses.find(tx, BUS).tags == {"b": "2"}
