"""What a shard takes and gives in a second, on a platform that was started with ``--throughput aws``."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from lambent.testing import LocalPlatform


@pytest.fixture(scope="module")
def limited():
    with LocalPlatform(throughput="aws") as running:
        yield running


@pytest.fixture
def kinesis(limited, account):
    keys = {"aws_access_key_id": account, "aws_secret_access_key": "x", "region_name": "us-east-1"}
    return boto3.client("kinesis", endpoint_url=limited.url, config=Config(retries={"total_max_attempts": 1}), **keys)


def test_records_beyond_a_second_s_bytes_fail_one_by_one(kinesis, stream, account):
    records = [{"Data": b"x" * 400_000, "PartitionKey": "k"}] * 5
    reply = kinesis.put_records(StreamName=stream, Records=records)
    assert reply["FailedRecordCount"] == 3
    told = {
        "ErrorCode": "ProvisionedThroughputExceededException",
        "ErrorMessage": f"Rate exceeded for shard shardId-000000000000 in stream {stream} under account {account}.",
    }
    assert reply["Records"][2:] == [told] * 3
    assert all("SequenceNumber" in record for record in reply["Records"][:2])


def until_refused(operation, **parameters):
    """The code of the error that ends a row of requests."""
    try:
        for _ in range(10_000):
            operation(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def test_records_beyond_a_second_s_count_fail(kinesis, stream):
    records = [{"Data": b"", "PartitionKey": "k"}] * 500
    failed = [kinesis.put_records(StreamName=stream, Records=records)["FailedRecordCount"] for _ in range(4)]
    assert failed[:2] == [0, 0]
    assert sum(failed) > 0


def test_a_record_alone_is_refused_when_the_second_s_bytes_are_used_up(kinesis, stream):
    record = {"StreamName": stream, "Data": b"x" * 500_000, "PartitionKey": "k"}
    assert until_refused(kinesis.put_record, **record) == "ProvisionedThroughputExceededException"


def test_a_shard_is_read_five_times_a_second(kinesis, iterator):
    assert until_refused(kinesis.get_records, ShardIterator=iterator()) == "ProvisionedThroughputExceededException"


def test_a_stream_on_demand_takes_what_comes(kinesis):
    kinesis.create_stream(StreamName="s")
    for _ in range(10):
        records = [{"Data": b"", "PartitionKey": "k"}] * 500
        assert kinesis.put_records(StreamName="s", Records=records)["FailedRecordCount"] == 0


def test_a_platform_does_not_start_with_a_throughput_that_is_none():
    from lambent.core.errors import StartupError

    with pytest.raises(StartupError, match="--throughput is off or aws, not fast"):
        LocalPlatform(throughput="fast").start()
