"""The AWS CLI, unmodified: a stream, a record, and its end."""

import base64
from collections.abc import Callable
from typing import Any


def test_a_record_is_put_and_read_and_the_stream_deleted(aws: Callable[..., Any]) -> None:
    aws("kinesis", "create-stream", "--stream-name", "s", "--shard-count", "1")
    aws("kinesis", "wait", "stream-exists", "--stream-name", "s")
    put = aws("kinesis", "put-record", "--stream-name", "s", "--partition-key", "k", "--data", "hello")
    where = ("--stream-name", "s", "--shard-id", put["ShardId"], "--shard-iterator-type", "TRIM_HORIZON")
    iterator = aws("kinesis", "get-shard-iterator", *where)["ShardIterator"]
    (record,) = aws("kinesis", "get-records", "--shard-iterator", iterator)["Records"]
    assert (record["Data"], record["SequenceNumber"]) == (base64.b64encode(b"hello").decode(), put["SequenceNumber"])
    aws("kinesis", "delete-stream", "--stream-name", "s")
    assert aws("kinesis", "list-streams")["StreamNames"] == []
