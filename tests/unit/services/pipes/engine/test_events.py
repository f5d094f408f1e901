"""What of a record is read as JSON, and what it is called."""

import base64
from datetime import UTC, datetime

import pytest
from tests.unit.services.pipes.engine.conftest import message

from lambent.durable.followers.stream_records import Origin
from lambent.services.pipes.engine import events


@pytest.mark.parametrize(("body", "value"), [('{"a": [1]}', {"a": [1]}), ("5", 5), ("plain", "plain"), ('{"a":', '{"a":')])
def test_a_body_is_what_it_is_in_json_and_else_a_text(body, value):
    assert events.decoded(message(body))["body"] == value


@pytest.mark.parametrize(
    ("data", "value"), [(b'{"a":1}', {"a": 1}), (b"plain", base64.b64encode(b"plain").decode()), (b"\xff", "/w==")]
)
def test_data_of_kinesis_is_taken_out_of_base64_where_it_is_json(data, value):
    record = {"eventSource": "aws:kinesis", "data": base64.b64encode(data).decode()}
    assert events.decoded(record)["data"] == value


@pytest.mark.parametrize("event", [5, None, [1], {"body": '{"a":1}'}, {"eventSource": "aws:sqs"}])
def test_what_is_no_record_stays_as_it_is(event):
    assert events.decoded(event) == event


def test_a_record_is_named_by_its_message_or_its_event():
    assert events.identifier(message()) == "m1"
    assert events.identifier({"eventSource": "aws:dynamodb", "eventID": "e"}) == "e"
    assert events.identifier({"eventSource": "elsewhere"}) == events.identifier("text") == ""


def test_a_record_of_kinesis_is_flat():
    record = {
        "SequenceNumber": "1",
        "PartitionKey": "k",
        "Data": b'{"a":1}',
        "ApproximateArrivalTimestamp": datetime(2026, 1, 1, tzinfo=UTC),
    }
    dialect = events.PIPE_DIALECTS["kinesis"]
    told = dialect.told(record, Origin("s0", "arn", "us-east-1", "role"))
    assert (told["partitionKey"], told["eventID"], told["eventSource"]) == ("k", "s0:1", "aws:kinesis")
    assert "kinesis" not in told
    assert dialect.filtered(told)["data"] == '{"a":1}'
