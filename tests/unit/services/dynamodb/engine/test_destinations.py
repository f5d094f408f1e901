"""Kinesis streaming destinations: their states, and what leaves for them."""

import json

import pytest
from tests.unit.services.dynamodb.streamed import NAMED, SCOPE

from lambent.core.errors import ServiceError
from lambent.durable import outbox
from lambent.durable.outbox import Ended, Entry, Retries
from lambent.services.dynamodb import stream_errors
from lambent.services.dynamodb.engine import destinations

STREAM = f"arn:aws:kinesis:{SCOPE.region}:{SCOPE.account}:stream/changes"
OTHER = STREAM.replace("changes", "other")


@pytest.fixture
def lane(monkeypatch):
    """The calls that leave through the outbox."""
    calls = []
    monkeypatch.setattr(outbox, "put", lambda tx, given, **how: calls.extend(given))
    return calls


def enable(table, stream_arn=STREAM, precision=""):
    destinations.enable(table.tx, NAMED, stream_arn, precision, table.now)


def answer(table, call, error=None):
    context, service, operation, parameters, order = call
    entry = Entry(1, *SCOPE, context, service, operation, parameters, Retries(), order, "", table.now, 0)
    destinations.enabled(table.tx, Ended(entry, 1, None if error else {}, error))


def states(table):
    return [(one.stream_arn, one.status) for one in table.table.definition.destinations]


@pytest.fixture
def active(unstreamed, lane):
    enable(unstreamed)
    answer(unstreamed, lane.pop())
    return unstreamed


def test_a_destination_is_active_once_the_stream_is_found(unstreamed, lane):
    enable(unstreamed)
    assert states(unstreamed) == [(STREAM, "ENABLING")]
    assert lane[0][1:4] == ("kinesis", "DescribeStreamSummary", {"StreamARN": STREAM})
    answer(unstreamed, lane[0])
    assert states(unstreamed) == [(STREAM, "ACTIVE")]


def test_a_stream_that_is_missing_fails(unstreamed, lane):
    enable(unstreamed)
    answer(unstreamed, lane[0], ServiceError())
    [failed] = unstreamed.table.definition.destinations
    assert (failed.status, failed.description) == ("ENABLE_FAILED", "User does not have a permission to use kinesis stream")


@pytest.mark.parametrize("arn", ["arn:aws:kinesis:eu-west-1:999999999999:stream/changes", "x" * 40])
def test_what_is_no_stream_of_the_account_fails_unasked(unstreamed, lane, arn):
    enable(unstreamed, arn)
    assert states(unstreamed) == [(arn, "ENABLE_FAILED")]
    assert lane == []


def test_one_is_live_at_a_time(active, lane):
    for arn in (STREAM, OTHER):
        with pytest.raises(stream_errors.DestinationState, match="must be DISABLED or ENABLE_FAILED"):
            enable(active, arn)
    destinations.disable(active.tx, NAMED, STREAM)
    enable(active, OTHER)
    assert states(active) == [(OTHER, "ENABLING"), (STREAM, "DISABLED")]


def test_one_that_is_enabled_again_stands_where_it_stood(active, lane):
    destinations.disable(active.tx, NAMED, STREAM)
    enable(active)
    assert states(active) == [(STREAM, "ENABLING")]


def test_only_an_active_one_is_disabled(unstreamed):
    with pytest.raises(stream_errors.DestinationState, match="must be ACTIVE to perform DISABLE"):
        destinations.disable(unstreamed.tx, NAMED, STREAM)


def test_a_precision_is_changed_and_not_set_twice(active):
    with pytest.raises(stream_errors.PrecisionIsSet, match="desired value of MILLISECOND"):
        destinations.update(active.tx, NAMED, STREAM, "MILLISECOND")
    destinations.update(active.tx, NAMED, STREAM, "MICROSECOND")
    assert active.table.definition.destinations[0].precision == "MICROSECOND"


def test_only_one_that_is_there_and_active_is_updated(unstreamed, lane):
    with pytest.raises(stream_errors.DestinationState, match="No streaming destination"):
        destinations.update(unstreamed.tx, NAMED, STREAM, "MICROSECOND")
    enable(unstreamed)
    with pytest.raises(stream_errors.DestinationState, match="not in ACTIVE state"):
        destinations.update(unstreamed.tx, NAMED, STREAM, "MICROSECOND")


def test_a_change_is_sent_under_a_key_and_an_order_of_its_item(active, lane):
    for key in "aba":
        active.put(key, v={"N": str(len(lane))})
    first, other, again = lane
    assert first[1:3] == ("kinesis", "PutRecord")
    assert first[3]["StreamARN"] == STREAM
    assert first[3]["PartitionKey"] == again[3]["PartitionKey"] != other[3]["PartitionKey"]
    assert first[4] == again[4]
    told = json.loads(again[3]["Data"])
    assert (told["eventName"], told["tableName"]) == ("MODIFY", "songs")
    assert told["dynamodb"]["OldImage"]["v"] == {"N": "0"}


def test_nothing_is_sent_unless_it_is_active(unstreamed, lane):
    enable(unstreamed)
    lane.clear()
    unstreamed.put("a")
    assert lane == []


def test_an_answer_that_comes_after_the_table_has_gone_changes_nothing(unstreamed, lane):
    from lambent.services.dynamodb.tables import tables

    enable(unstreamed)
    tables.delete(unstreamed.tx, unstreamed.table)
    answer(unstreamed, lane[0])
