"""The deletion of what has expired."""

import pytest
from tests.unit.services.dynamodb.streamed import NAMED, START

from lambent.core.clock import NEVER
from lambent.services.dynamodb.engine import changes, expiring
from lambent.services.dynamodb.tables import expiries as rows
from lambent.services.dynamodb.tables import tables

HOUR_S = 3_600
YEAR_S = 365 * 24 * HOUR_S


def at(seconds):
    return {"N": str(int(START + seconds))}


def enable(table, attribute="t"):
    changes.expiry_changed(table.tx, table.define(ttl_attribute=attribute), table.now)


def keep(table):
    count = 0
    while expiring.delete_some(table.tx, lambda _: table.now):
        count += 1
    return count


@pytest.fixture
def items(streamed):
    """A table whose items expire at ``t``."""
    enable(streamed)
    keep(streamed)
    return streamed


def test_an_item_is_deleted_half_a_minute_after_it_has_expired(items):
    items.put("a", t=at(HOUR_S))
    items.now += HOUR_S + expiring.DELAY_S - 1
    keep(items)
    assert items.keys() == ["a"]
    items.now += 1
    keep(items)
    assert items.keys() == []


def test_a_deletion_by_time_to_live_is_told_as_the_services_own(items):
    items.put("a", t=at(1))
    items.put("b")
    items.now += HOUR_S
    keep(items)
    items.delete("b")
    *_, expired, deleted = items.records()
    assert (expired["eventName"], expired["dynamodb"]["Keys"]) == ("REMOVE", {"id": {"S": "a"}})
    assert expired["userIdentity"] == {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
    assert "userIdentity" not in deleted


def test_what_expired_more_than_five_years_ago_stays(items):
    items.put("a", t=at(-5 * YEAR_S - HOUR_S))
    items.put("b", t=at(-5 * YEAR_S + HOUR_S))
    keep(items)
    assert items.keys() == ["a"]


def test_an_item_that_lives_longer_meanwhile_stays(items):
    items.put("a", t=at(10))
    items.put("a", t=at(HOUR_S))
    items.now += 600
    keep(items)
    assert items.keys() == ["a"]


@pytest.mark.parametrize(("bound", "value"), [("ITEMS_SEEN_AT_ONCE", 2), ("BYTES_AT_ONCE", 1)])
def test_items_that_were_there_before_are_found_a_little_at_a_time(unstreamed, monkeypatch, bound, value):
    monkeypatch.setattr(expiring, bound, value)
    for number in range(5):
        unstreamed.put(str(number), t=at(-HOUR_S))
    enable(unstreamed)
    assert keep(unstreamed) > 3
    assert unstreamed.keys() == []


@pytest.mark.parametrize(("bound", "value", "steps"), [("ITEMS_DELETED_AT_ONCE", 2, 3), ("BYTES_AT_ONCE", 1, 5)])
def test_many_expired_items_go_a_little_at_a_time(items, monkeypatch, bound, value, steps):
    monkeypatch.setattr(expiring, bound, value)
    for number in range(5):
        items.put(str(number), t=at(1))
    items.now += HOUR_S
    assert keep(items) == steps


def test_nothing_expires_once_time_to_live_is_off(items, monkeypatch):
    monkeypatch.setattr(expiring, "EXPIRIES_DROPPED_AT_ONCE", 2)
    for number in range(3):
        items.put(str(number), t=at(1))
    changes.expiry_changed(items.tx, items.define(ttl_attribute=""), items.now)
    items.now += HOUR_S
    keep(items)
    assert len(items.keys()) == 3
    assert expiring.dues(items.tx) == []


def test_another_attribute_decides_once_it_is_the_one(items):
    items.put("a", t=at(1), u=at(HOUR_S))
    changes.expiry_changed(items.tx, items.define(ttl_attribute=""), items.now)
    enable(items, "u")
    items.now += 600
    keep(items)
    assert items.keys() == ["a"]
    items.now += HOUR_S
    keep(items)
    assert items.keys() == []


def test_nothing_is_left_of_a_table_that_is_gone(items):
    items.put("a", t=at(1))
    table = items.table
    tables.delete(items.tx, table)
    items.now += HOUR_S
    keep(items)
    assert expiring.dues(items.tx) == []
    assert rows.first_of(items.tx, table.id) is None


def test_what_is_due_next_is_told_by_account(items):
    assert expiring.dues(items.tx) == [(NAMED.scope.account, NEVER)]
    items.put("a", t=at(60))
    assert expiring.dues(items.tx) == [(NAMED.scope.account, START + 60 + expiring.DELAY_S)]
