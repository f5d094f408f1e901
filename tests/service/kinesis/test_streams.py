"""Streams are made, described, listed, changed and deleted, through boto3."""

import json

import pytest


def description(kinesis, stream):
    return kinesis.describe_stream(StreamName=stream)["StreamDescription"]


def summary(kinesis, stream):
    return kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]


def test_a_new_stream_is_described_with_its_shards(kinesis, account):
    kinesis.create_stream(StreamName="s", ShardCount=2)
    kinesis.get_waiter("stream_exists").wait(StreamName="s")
    told = description(kinesis, "s")
    assert told["StreamARN"] == f"arn:aws:kinesis:us-east-1:{account}:stream/s"
    assert told["StreamStatus"] == "ACTIVE"
    assert told["StreamModeDetails"] == {"StreamMode": "PROVISIONED"}
    assert told["RetentionPeriodHours"] == 24
    assert told["EncryptionType"] == "NONE"
    assert told["EnhancedMonitoring"] == [{"ShardLevelMetrics": []}]
    assert told["HasMoreShards"] is False
    ranges = [shard["HashKeyRange"] for shard in told["Shards"]]
    assert ranges == [
        {"StartingHashKey": "0", "EndingHashKey": str(2**127 - 1)},
        {"StartingHashKey": str(2**127), "EndingHashKey": str(2**128 - 1)},
    ]
    assert [shard["ShardId"] for shard in told["Shards"]] == ["shardId-000000000000", "shardId-000000000001"]
    assert all(len(shard["SequenceNumberRange"]["StartingSequenceNumber"]) == 56 for shard in told["Shards"])


def test_a_stream_of_which_no_size_is_told_is_on_demand_and_has_four_shards(kinesis):
    kinesis.create_stream(StreamName="s")
    told = summary(kinesis, "s")
    assert (told["StreamModeDetails"]["StreamMode"], told["OpenShardCount"]) == ("ON_DEMAND", 4)


def test_a_name_is_used_once(stream, refused, account):
    code, message = refused("create_stream", StreamName=stream, ShardCount=1)
    assert (code, message) == ("ResourceInUseException", f"Stream {stream} under account {account} already exists.")


def test_a_stream_that_is_not_there_is_not_found(refused, account):
    wanted = ("ResourceNotFoundException", f"Stream nope under account {account} not found.")
    assert refused("describe_stream", StreamName="nope") == wanted
    assert refused("put_record", StreamName="nope", Data=b"", PartitionKey="k") == wanted
    assert refused("delete_stream", StreamName="nope") == wanted
    assert refused("list_shards", StreamName="nope") == wanted


def test_a_stream_is_named_by_its_name_its_arn_or_its_id(kinesis, stream, arn, refused, raw):
    stream_id = summary(kinesis, stream)["StreamId"]
    for named in ({"StreamARN": arn}, {"StreamName": stream, "StreamARN": arn}):
        assert kinesis.describe_stream(**named)["StreamDescription"]["StreamName"] == stream
    # boto3 sends what has a StreamId to AWS' own address, whatever endpoint it was given.
    status, _, answer = raw("DescribeStream", json.dumps({"StreamId": stream_id}).encode())
    assert (status, json.loads(answer)["StreamDescription"]["StreamARN"]) == (200, arn)
    status, _, answer = raw("DescribeStream", json.dumps({"StreamId": "a" * 20 + "-abc"}).encode())
    assert (status, json.loads(answer)["__type"]) == (400, "ResourceNotFoundException")
    assert refused("describe_stream")[0] == "InvalidArgumentException"
    assert refused("describe_stream", StreamName="other", StreamARN=arn)[0] == "InvalidArgumentException"


def test_streams_are_listed_page_by_page(kinesis):
    for name in ("c", "a", "b"):
        kinesis.create_stream(StreamName=name, ShardCount=1)
    first = kinesis.list_streams(Limit=2)
    assert (first["StreamNames"], first["HasMoreStreams"]) == (["a", "b"], True)
    assert [each["StreamStatus"] for each in first["StreamSummaries"]] == ["ACTIVE", "ACTIVE"]
    rest = kinesis.list_streams(NextToken=first["NextToken"])
    assert (rest["StreamNames"], rest["HasMoreStreams"]) == (["c"], False)
    assert kinesis.list_streams(ExclusiveStartStreamName="a")["StreamNames"] == ["b", "c"]


def test_a_deleted_stream_is_gone_and_its_name_is_free(kinesis, stream, put, refused, data):
    put("old")
    kinesis.delete_stream(StreamName=stream)
    kinesis.get_waiter("stream_not_exists").wait(StreamName=stream)
    assert kinesis.list_streams()["StreamNames"] == []
    kinesis.create_stream(StreamName=stream, ShardCount=1)
    put("new")
    assert data() == ["new"]


def test_an_iterator_of_a_deleted_stream_does_not_read_its_successor(kinesis, stream, iterator, refused, account):
    old = iterator()
    kinesis.delete_stream(StreamName=stream)
    wanted = f"Shard shardId-000000000000 in stream {stream} under account {account} does not exist"
    assert refused("get_records", ShardIterator=old) == ("ResourceNotFoundException", wanted)
    kinesis.create_stream(StreamName=stream, ShardCount=1)
    assert refused("get_records", ShardIterator=old) == ("ResourceNotFoundException", wanted)


def test_a_stream_with_consumers_is_deleted_only_on_purpose(kinesis, stream, arn, refused):
    kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")
    assert refused("delete_stream", StreamName=stream)[0] == "ResourceInUseException"
    kinesis.delete_stream(StreamName=stream, EnforceConsumerDeletion=True)
    assert kinesis.list_streams()["StreamNames"] == []


@pytest.mark.parametrize(
    ("operation", "hours", "message"),
    [
        ("increase", 23, "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short."),
        (
            "increase",
            8761,
            "Maximum allowed retention period is 8760 hours. Requested retention period (8761 hours) is too long.",
        ),
        (
            "increase",
            24,
            "Requested retention period (24 hours) for stream stream can not be shorter than existing retention period (48"
            " hours). Use DecreaseRetentionPeriod API.",
        ),
        (
            "decrease",
            49,
            "Requested retention period (49 hours) for stream stream can not be longer than existing retention period (48"
            " hours). Use IncreaseRetentionPeriod API.",
        ),
    ],
)
def test_a_retention_period_has_limits(kinesis, stream, refused, operation, hours, message):
    kinesis.increase_stream_retention_period(StreamName=stream, RetentionPeriodHours=48)
    asked = {"StreamName": stream, "RetentionPeriodHours": hours}
    assert refused(f"{operation}_stream_retention_period", **asked) == ("InvalidArgumentException", message)
    assert description(kinesis, stream)["RetentionPeriodHours"] == 48


def test_encryption_is_told_of_streams_and_records(kinesis, stream, put, iterator):
    kinesis.start_stream_encryption(StreamName=stream, EncryptionType="KMS", KeyId="alias/aws/kinesis")
    told = description(kinesis, stream)
    assert (told["EncryptionType"], told["KeyId"]) == ("KMS", "alias/aws/kinesis")
    assert kinesis.put_record(StreamName=stream, Data=b"a", PartitionKey="k")["EncryptionType"] == "KMS"
    kinesis.stop_stream_encryption(StreamName=stream, EncryptionType="KMS", KeyId="alias/aws/kinesis")
    assert "EncryptionType" not in kinesis.put_record(StreamName=stream, Data=b"b", PartitionKey="k")
    records = kinesis.get_records(ShardIterator=iterator())["Records"]
    assert [record.get("EncryptionType") for record in records] == ["KMS", None]


def test_enhanced_monitoring_is_turned_on_and_off(kinesis, stream):
    on = kinesis.enable_enhanced_monitoring(StreamName=stream, ShardLevelMetrics=["IncomingBytes", "OutgoingBytes"])
    assert (on["CurrentShardLevelMetrics"], on["DesiredShardLevelMetrics"]) == ([], ["IncomingBytes", "OutgoingBytes"])
    off = kinesis.disable_enhanced_monitoring(StreamName=stream, ShardLevelMetrics=["IncomingBytes"])
    assert off["DesiredShardLevelMetrics"] == ["OutgoingBytes"]
    assert description(kinesis, stream)["EnhancedMonitoring"] == [{"ShardLevelMetrics": ["OutgoingBytes"]}]
    assert (
        len(kinesis.enable_enhanced_monitoring(StreamName=stream, ShardLevelMetrics=["ALL"])["DesiredShardLevelMetrics"]) == 7
    )


def test_a_stream_changes_its_mode(kinesis, stream, arn, refused, account):
    kinesis.update_stream_mode(StreamARN=arn, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    assert summary(kinesis, stream)["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}
    asked = {"StreamName": stream, "TargetShardCount": 2, "ScalingType": "UNIFORM_SCALING"}
    wanted = f"Request is invalid. Stream {stream} under account {account} is in On-Demand mode."
    assert refused("update_shard_count", **asked) == ("ValidationException", wanted)
    warm = kinesis.update_stream_warm_throughput(StreamARN=arn, WarmThroughputMiBps=10)
    assert warm["WarmThroughput"]["TargetMiBps"] == 10
    assert summary(kinesis, stream)["WarmThroughput"] == {"TargetMiBps": 10, "CurrentMiBps": 10}
    kinesis.update_stream_mode(StreamARN=arn, StreamModeDetails={"StreamMode": "PROVISIONED"})
    assert "WarmThroughput" not in summary(kinesis, stream)
    assert refused("update_stream_warm_throughput", StreamARN=arn, WarmThroughputMiBps=1)[0] == "InvalidArgumentException"


def test_a_stream_takes_larger_records_when_it_is_told_to(kinesis, stream, arn, refused):
    large = {"StreamName": stream, "Data": b"x" * 1_048_577, "PartitionKey": "k"}
    code, message = refused("put_record", **large)
    assert code == "ValidationException"
    assert message.endswith("at 'data' failed to satisfy constraint: Member must have length less than or equal to 1048576")
    kinesis.update_max_record_size(StreamARN=arn, MaxRecordSizeInKiB=2048)
    kinesis.put_record(**large)
    assert summary(kinesis, stream)["MaxRecordSizeInKiB"] == 2048


def test_an_account_knows_its_limits_and_what_it_has(kinesis, stream):
    kinesis.create_stream(StreamName="demand", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    limits = kinesis.describe_limits()
    assert (limits["OpenShardCount"], limits["OnDemandStreamCount"]) == (5, 1)
    assert (limits["ShardLimit"], limits["OnDemandStreamCountLimit"]) == (20_000, 50)


def test_an_account_commits_to_a_minimum_of_throughput(kinesis):
    key = "MinimumThroughputBillingCommitment"
    assert kinesis.describe_account_settings()[key]["Status"] == "DISABLED"
    assert kinesis.update_account_settings(**{key: {"Status": "ENABLED"}})[key]["Status"] == "ENABLED"
    assert "EarliestAllowedEndAt" in kinesis.describe_account_settings()[key]
    kinesis.update_account_settings(**{key: {"Status": "DISABLED"}})
    assert kinesis.describe_account_settings()[key] == {"Status": "DISABLED"}


def test_operations_of_channels_and_queues_are_not_there(client, refused):
    assert refused("describe_queue", QueueARN="arn:aws:kinesis:us-east-1:111122223333:queue/q")[0] == "NotImplemented"


def test_streams_of_other_accounts_and_regions_are_others(kinesis, client, stream):
    assert client("kinesis", region="eu-west-1").list_streams()["StreamNames"] == []
    assert client("kinesis", account="999988887777").list_streams()["StreamNames"] == []
