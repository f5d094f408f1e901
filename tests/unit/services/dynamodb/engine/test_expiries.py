"""When items expire, as they say it."""

import pytest

from lambent.services.dynamodb.engine import changes, expiries
from lambent.services.dynamodb.tables import expiries as rows


def known(table):
    return [int(expiry.expires_at) for expiry in rows.expired(table.tx, table.table.id, 2**53, 100)]


@pytest.fixture
def expiring(unstreamed):
    """A table whose items expire at ``t``."""
    changes.expiry_changed(unstreamed.tx, unstreamed.define(ttl_attribute="t"), unstreamed.now)
    return unstreamed


@pytest.mark.parametrize(
    ("item", "second"),
    [
        (b'{"t":{"N":"1767225600"}}', 1_767_225_600),
        (b'{"t":{"N":"1767225600.9"}}', 1_767_225_600),
        (b'{"t":{"S":"1767225600"}}', None),
        (b'{"t":{"N":"-5"}}', None),
        (b'{"t":{"N":"9.9E+125"}}', None),
        (b'{"u":{"N":"1"}}', None),
        (None, None),
    ],
)
def test_only_a_number_says_when(item, second):
    assert expiries.expires_at(item, "t") == second


def test_a_written_item_is_known_by_its_moment(expiring):
    expiring.put("a", t={"N": "100"})
    expiring.put("b")
    expiring.put("c", t={"S": "100"})
    assert known(expiring) == [100]


def test_a_changed_moment_replaces_the_old_one(expiring):
    expiring.put("a", t={"N": "100"})
    expiring.put("a", t={"N": "200"})
    assert known(expiring) == [200]
    expiring.put("a")
    assert known(expiring) == []


def test_a_deleted_item_expires_no_longer(expiring):
    expiring.put("a", t={"N": "100"})
    expiring.delete("a")
    assert known(expiring) == []


def test_a_table_without_time_to_live_costs_nothing(unstreamed):
    unstreamed.put("a", t={"N": "100"})
    assert known(unstreamed) == []
    changes.table_deleted(unstreamed.tx, unstreamed.table, unstreamed.now)
    assert rows.expiring_tables(unstreamed.tx) == []
