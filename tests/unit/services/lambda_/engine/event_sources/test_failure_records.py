"""What a destination is told of records that were given up."""

import json

import pytest

from lambent.durable.followers.stream_records import DIALECTS, Entry
from lambent.services.lambda_.engine.event_sources import failure_records
from lambent.services.lambda_.engine.event_sources.failure_records import Batch, Failure

ENTRIES = (Entry("1", 1_573_691_884.835, 0.0, b'{"a":1}'), Entry("2", 1_573_691_885.0, 0.0, b'{"a":2}'))
BATCH = Batch("id", "arn:aws:lambda:us-east-1:111111111111:function:f", "s0", "stream", ENTRIES)
FAILURE = Failure("RetryAttemptsExhausted", 2, "r", 1_573_691_886.021, "$LATEST", "Unhandled")
QUEUE = failure_records.destination("arn:aws:sqs:us-east-1:111111111111:q")
TOPIC = failure_records.destination("arn:aws:sns:us-east-1:111111111111:t")
BUCKET = failure_records.destination("arn:aws:s3:::b")


def told(kind: str = "kinesis", failure: Failure = FAILURE, target: object = QUEUE) -> dict[str, object]:
    delivery = failure_records.delivery(BATCH, failure, DIALECTS[kind], target)
    text = delivery.parameters.get("MessageBody") or delivery.parameters.get("Message") or delivery.parameters.get("Body")
    return json.loads(text)


def test_the_record_is_as_aws_writes_it():
    assert json.dumps(told(), separators=(",", ":")) == (
        '{"requestContext":{"requestId":"r","functionArn":"arn:aws:lambda:us-east-1:111111111111:function:f",'
        '"condition":"RetryAttemptsExhausted","approximateInvokeCount":2},'
        '"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},'
        '"version":"1.0","timestamp":"2019-11-14T00:38:06.021Z",'
        '"KinesisBatchInfo":{"shardId":"s0","startSequenceNumber":"1","endSequenceNumber":"2",'
        '"approximateArrivalOfFirstRecord":"2019-11-14T00:38:04.835Z",'
        '"approximateArrivalOfLastRecord":"2019-11-14T00:38:05.000Z","batchSize":2,"streamArn":"stream"}}'
    )


def test_of_a_table_times_are_told_in_seconds():
    assert told("dynamodb")["DDBStreamBatchInfo"]["approximateArrivalOfFirstRecord"] == "2019-11-14T00:38:04Z"


def test_what_became_too_old_before_its_first_attempt_counts_as_one():
    record = told(failure=Failure("RecordAgeExceeded", 0, "r", 1.0))
    assert record["requestContext"]["approximateInvokeCount"] == 1
    assert "responseContext" not in record


def test_a_topic_is_told_the_same():
    assert told(target=TOPIC) == told()


def test_a_bucket_gets_the_records_too_under_a_key_that_says_where_and_when():
    delivery = failure_records.delivery(BATCH, FAILURE, DIALECTS["kinesis"], BUCKET)
    assert json.loads(delivery.parameters["Body"])["payload"] == {"Records": [{"a": 1}, {"a": 2}]}
    assert delivery.parameters["Key"].startswith("aws/lambda/id/s0/2019/11/14/2019-11-14T00.38.06-")
    assert delivery.resource_arn == f"arn:aws:s3:::b/{delivery.parameters['Key']}"


@pytest.mark.parametrize("arn", ["arn:aws:lambda:us-east-1:1:function:f", "arn:aws:sqs:us-east-1:1:q.fifo", "x", ""])
def test_nothing_else_is_a_destination(arn):
    assert failure_records.destination(arn) is None
