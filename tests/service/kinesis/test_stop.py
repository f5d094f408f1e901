"""A platform that stops ends subscriptions at once and cleanly."""

import time
from contextlib import closing

import boto3

from lambent.gateway.server import STOP_GRACE_S
from lambent.testing import LocalPlatform


def test_a_platform_that_stops_ends_subscriptions_at_once_and_cleanly():
    with LocalPlatform() as platform:
        keys = {"aws_access_key_id": "111122223333", "aws_secret_access_key": "x", "region_name": "us-east-1"}
        kinesis = boto3.client("kinesis", endpoint_url=platform.url, **keys)
        kinesis.create_stream(StreamName="s", ShardCount=1)
        arn = kinesis.describe_stream(StreamName="s")["StreamDescription"]["StreamARN"]
        consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]["ConsumerARN"]
        position = {"ShardId": "shardId-000000000000", "StartingPosition": {"Type": "LATEST"}}
        with closing(kinesis.subscribe_to_shard(ConsumerARN=consumer, **position)["EventStream"]) as stream:
            events = iter(stream)
            next(events)
            begun_s = time.monotonic()
            platform.stop()
            assert time.monotonic() - begun_s < STOP_GRACE_S
            assert all(event["SubscribeToShardEvent"]["Records"] == [] for event in events)  # and no error for want of an end
