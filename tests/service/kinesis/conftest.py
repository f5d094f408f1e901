"""A client of kinesis on a platform whose clock stands still until a test turns it, and streams to work with."""

import http.client
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from lambent.testing import LocalPlatform


@pytest.fixture(scope="session")
def still() -> Iterator[LocalPlatform]:
    """One platform for all tests here: accounts isolate them, and each may turn the clock as it likes."""
    with LocalPlatform(clock="virtual") as running:
        yield running


@pytest.fixture
def advance(still: LocalPlatform) -> Callable[[float], None]:
    return still.advance


@pytest.fixture
def client(still: LocalPlatform, account: str) -> Callable[..., Any]:
    """``client("kinesis")``: an unmodified boto3 client of this test's own account, which asks once."""

    def make(service: str, *, region: str = "us-east-1", account: str = account) -> Any:
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=still.url,
            aws_access_key_id=account,
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )

    return make


@pytest.fixture
def kinesis(client: Callable[..., Any]) -> Any:
    return client("kinesis")


@pytest.fixture
def stream(kinesis: Any) -> str:
    """The name of a stream with one shard."""
    kinesis.create_stream(StreamName="stream", ShardCount=1)
    return "stream"


@pytest.fixture
def arn(kinesis: Any, stream: str) -> str:
    text: str = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
    return text


@pytest.fixture
def put(kinesis: Any, stream: str) -> Callable[..., list[str]]:
    """``put("a", "b")``: puts records whose keys are their data; their sequence numbers."""

    def put_records(*data: str, key: str | None = None) -> list[str]:
        records = [{"Data": each.encode(), "PartitionKey": key or each} for each in data]
        reply = kinesis.put_records(StreamName=stream, Records=records)
        return [record["SequenceNumber"] for record in reply["Records"]]

    return put_records


@pytest.fixture
def iterator(kinesis: Any, stream: str) -> Callable[..., str]:
    """``iterator("LATEST", shard=3)``: a shard iterator of the stream."""

    def get(kind: str = "TRIM_HORIZON", *, shard: int = 0, **options: Any) -> str:
        asked = {"StreamName": stream, "ShardId": f"shardId-{shard:012d}", "ShardIteratorType": kind}
        text: str = kinesis.get_shard_iterator(**asked, **options)["ShardIterator"]
        return text

    return get


@pytest.fixture
def data(kinesis: Any, iterator: Callable[..., str]) -> Callable[..., list[str]]:
    """``data("AT_TIMESTAMP", Timestamp=…)``: the data of one read from there."""

    def read(kind: str = "TRIM_HORIZON", **options: Any) -> list[str]:
        reply = kinesis.get_records(ShardIterator=iterator(kind, **options))
        return [record["Data"].decode() for record in reply["Records"]]

    return read


@pytest.fixture
def shards(kinesis: Any, stream: str) -> Callable[..., list[str]]:
    """``shards(ShardFilter=…)``: the last digits of the ids of the shards that are listed."""

    def listed(**options: Any) -> list[str]:
        reply = kinesis.list_shards(StreamName=stream, **options)
        return [shard["ShardId"].removeprefix("shardId-").lstrip("0") or "0" for shard in reply["Shards"]]

    return listed


@pytest.fixture
def refused(kinesis: Any) -> Callable[..., Any]:
    """``refused("put_record", StreamName=…)``: the code and the message of the error that comes of it."""

    def call(operation: str, *, by: Any = kinesis, **parameters: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as caught:
            getattr(by, operation)(**parameters)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    return call


@pytest.fixture
def raw(still: LocalPlatform, account: str) -> Callable[..., tuple[int, Any, bytes]]:
    """``raw("PutRecord", body, content_type)``: status, headers and body of a request that no boto3 makes."""

    def ask(operation: str, body: bytes, content_type: str = "application/x-amz-json-1.1") -> tuple[int, Any, bytes]:
        scope = f"{account}/20260101/us-east-1/kinesis/aws4_request"
        headers = {
            "x-amz-target": f"Kinesis_20131202.{operation}",
            "content-type": content_type,
            "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        }
        connection = http.client.HTTPConnection("127.0.0.1", still.config.port, timeout=30)
        try:
            connection.request("POST", "/", body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    return ask
