"""Messages become records as AWS writes them, compared with what others have recorded."""

import json

import pytest

from lambent.durable.followers import messages

ARN = "arn:aws:sqs:us-east-1:123456789012:my-queue"
MESSAGE = {
    "MessageId": "id",
    "ReceiptHandle": "AQEB",
    "MD5OfBody": "md5",
    "Body": "Grüße",
    "Attributes": {
        "SenderId": "AIDA",
        "ApproximateFirstReceiveTimestamp": "1545082649185",
        "ApproximateReceiveCount": "1",
        "SentTimestamp": "1545082649183",
    },
}


def record(is_gathered: bool = False, **changes: object) -> dict:
    return messages.record(MESSAGE | changes, queue_arn=ARN, region="us-east-1", is_gathered=is_gathered)


def test_a_record_has_the_keys_in_the_order_of_aws():
    told = record()
    assert list(told) == [
        "messageId", "receiptHandle", "body", "attributes", "messageAttributes", "md5OfBody", "eventSource", "eventSourceARN",
        "awsRegion",
    ]  # fmt: skip
    assert list(told["attributes"]) == [
        "ApproximateReceiveCount", "SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp",
    ]  # fmt: skip
    assert told["messageAttributes"] == {}


def test_attributes_carry_their_md5_and_bytes_are_base64():
    given = {"Author": {"StringValue": "John", "DataType": "String"}, "Raw": {"BinaryValue": b"\x00\xff", "DataType": "Binary"}}
    told = record(MessageAttributes=given, MD5OfMessageAttributes="d25a")
    assert told["messageAttributes"] == {
        "Author": {"stringValue": "John", "stringListValues": [], "binaryListValues": [], "dataType": "String"},
        "Raw": {"binaryValue": "AP8=", "stringListValues": [], "binaryListValues": [], "dataType": "Binary"},
    }
    assert list(told)[4:7] == ["messageAttributes", "md5OfMessageAttributes", "md5OfBody"]


def test_a_gathered_record_tells_that_there_are_no_attributes():
    assert record(is_gathered=True)["md5OfMessageAttributes"] is None
    assert "md5OfMessageAttributes" not in record()


def test_what_only_some_messages_have_is_told_of_those():
    more = {"SequenceNumber": "1", "MessageGroupId": "g", "MessageDeduplicationId": "d", "AWSTraceHeader": "Root=1"}
    told = record(Attributes=MESSAGE["Attributes"] | more)
    assert told["attributes"].items() >= more.items()


def test_text_is_written_as_utf_8():
    assert '"body":"Grüße"'.encode() in messages.encode(record())


@pytest.mark.parametrize("name", ["sqsEvent", "sqsDlqTriggerEvent"])
def test_recorded_events_have_the_same_shape(vectors, name):
    recorded = json.loads((vectors / "events" / f"{name}.json").read_text())["Records"]
    for each in recorded:
        told = record(Attributes=each["attributes"])
        assert list(told) == list(each)
        assert list(told["attributes"]) == list(each["attributes"])
