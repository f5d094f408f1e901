"""The json protocol in CBOR, as Java's clients speak it to Kinesis."""

from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import pytest
from msgspec import Raw

from lambent.core.errors import ServiceError
from lambent.core.ports import Spliced
from lambent.wire import aws_cbor, models, problems
from lambent.wire.http import Request
from lambent.wire.models import Operation

MOMENT = datetime(2015, 1, 25, 8, 0, 0, 123_000, tzinfo=UTC)
MILLISECONDS = 1_422_172_800_123


class StreamGone(ServiceError):
    code = "ResourceNotFoundException"
    status = 400
    wording = "Gone"


def operation(name: str) -> Operation:
    found = models.service("kinesis").operation(name)
    assert found is not None
    return found


def parse(name: str, body: bytes) -> dict[str, Any]:
    return aws_cbor.parse(operation(name), Request("POST", "/", "", {}, body), {})


def decoded(body: bytes) -> Any:
    return cbor2.loads(body, semantic_decoders={1: lambda value, _: cbor2.CBORTag(1, value)})


@pytest.mark.parametrize("told", [MILLISECONDS, cbor2.CBORTag(1, MILLISECONDS)])
def test_timestamps_are_milliseconds(told: Any):
    assert parse("GetShardIterator", cbor2.dumps({"Timestamp": told})) == {"Timestamp": MOMENT}


def test_blobs_are_bytes_and_what_the_model_does_not_know_is_passed_over():
    body = cbor2.dumps({"Data": b"\x00\xff", "PartitionKey": "k", "Else": 7, "StreamName": None})
    assert parse("PutRecord", body) == {"Data": b"\x00\xff", "PartitionKey": "k"}


def test_maps_and_lists_of_indefinite_length_are_read():
    assert parse("PutRecords", b"\xbf\x67Records\x9f\xbf\x64Data\x41a\xff\xff\xff") == {"Records": [{"Data": b"a"}]}


def test_no_body_is_no_parameters():
    assert parse("ListStreams", b"") == {}


@pytest.mark.parametrize(
    "body",
    [b"\xbf", b"\x80", cbor2.dumps({"Data": "text"}), cbor2.dumps({"PartitionKey": 7}), b"\xa1", b"\xc1"],
)
def test_a_body_that_does_not_fit_is_refused(body: bytes):
    with pytest.raises(problems.Serialization):
        parse("PutRecord", body)


@pytest.mark.parametrize("moment", ["2015", 2**70, float("inf"), cbor2.CBORTag(1, "x")])
def test_a_timestamp_that_is_none_is_refused(moment: Any):
    with pytest.raises(problems.Serialization):
        parse("GetShardIterator", cbor2.dumps({"Timestamp": moment}))


def test_a_reply_is_one_map():
    record = {"SequenceNumber": "1", "ApproximateArrivalTimestamp": MOMENT, "Data": b"\xff", "PartitionKey": "k"}
    response = aws_cbor.serialize(operation("GetRecords"), {"Records": [record], "NextShardIterator": None}, "id")
    told = {**record, "ApproximateArrivalTimestamp": cbor2.CBORTag(1, MILLISECONDS)}
    assert decoded(response.body) == {"Records": [told]}
    assert (response.status, response.header("content-type")) == (200, "application/x-amz-cbor-1.1")
    assert response.header("x-amzn-requestid") == "id"


def test_a_reply_that_was_spliced_of_json_is_told_in_cbor():
    reply = Spliced(Records=Raw(b'[{"SequenceNumber":"1","ApproximateArrivalTimestamp":1.5,"Data":"/w=="}]'))
    told = {"SequenceNumber": "1", "ApproximateArrivalTimestamp": cbor2.CBORTag(1, 1_500), "Data": b"\xff"}
    assert decoded(aws_cbor.serialize(operation("GetRecords"), reply, "id").body) == {"Records": [told]}


def test_a_reply_without_members_has_no_body():
    assert aws_cbor.serialize(operation("CreateStream"), {}, "id").body == b""


def test_an_error_tells_its_name_and_message():
    response = aws_cbor.serialize_error(operation("GetRecords"), StreamGone(), "id")
    assert (response.status, decoded(response.body)) == (400, {"__type": "ResourceNotFoundException", "message": "Gone"})
    without = aws_cbor.serialize_error(None, problems.UnknownTarget(), "id")
    assert decoded(without.body) == {"__type": "UnknownOperationException", "message": ""}


async def test_events_are_maps_too():
    async def events():
        yield {"SubscribeToShardEvent": {"Records": [], "MillisBehindLatest": 0}}

    response = aws_cbor.serialize(operation("SubscribeToShard"), {"EventStream": events()}, "id")
    assert response.header("content-type") == "application/vnd.amazon.eventstream"
    first, second = [frame async for frame in response.body]
    assert b"initial-response" in first
    assert cbor2.dumps({"Records": [], "MillisBehindLatest": 0}) in second


def test_a_moment_before_the_epoch_is_told():
    record = {"SequenceNumber": "1", "ApproximateArrivalTimestamp": MOMENT - timedelta(days=40_000), "Data": b""}
    reply = decoded(aws_cbor.serialize(operation("GetRecords"), {"Records": [record]}, "id").body)
    assert reply["Records"][0]["ApproximateArrivalTimestamp"].value < 0
