"""What is told of records that were given up."""

from lambent.durable.followers.consumer import Failure
from lambent.durable.followers.failures import GivenUp
from lambent.durable.followers.stream_records import DIALECTS, Entry

ENTRIES = [Entry("1", 1_767_225_600.25, 0.0, b"x"), Entry("2", 1_767_225_601.5, 0.0, b"y")]
FAILURE = Failure("RetryAttemptsExhausted", 2, "id", 1_767_225_700.125)


def test_the_block_tells_the_records_in_the_precision_of_the_stream():
    told = GivenUp("s0", "arn", ENTRIES, FAILURE, DIALECTS["kinesis"]).members()
    assert list(told) == ["version", "timestamp", "KinesisBatchInfo"]
    assert told["timestamp"] == "2026-01-01T00:01:40.125Z"
    assert told["KinesisBatchInfo"] == {
        "shardId": "s0",
        "startSequenceNumber": "1",
        "endSequenceNumber": "2",
        "approximateArrivalOfFirstRecord": "2026-01-01T00:00:00.250Z",
        "approximateArrivalOfLastRecord": "2026-01-01T00:00:01.500Z",
        "batchSize": 2,
        "streamArn": "arn",
    }
    told = GivenUp("s0", "arn", ENTRIES, FAILURE, DIALECTS["dynamodb"]).members()
    assert told["DDBStreamBatchInfo"]["approximateArrivalOfLastRecord"] == "2026-01-01T00:00:01Z"
