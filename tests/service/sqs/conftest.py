"""A client of sqs on a platform whose clock stands still until a test turns it, and queues to work with."""

import http.client
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

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
    """``client("sqs")``: an unmodified boto3 client of this test's own account."""

    def make(service: str, *, region: str = "us-east-1", account: str = account, url: str = still.url) -> Any:
        return boto3.client(
            service, region_name=region, endpoint_url=url, aws_access_key_id=account, aws_secret_access_key="test"
        )

    return make


@pytest.fixture
def sqs(client: Callable[..., Any]) -> Any:
    return client("sqs")


@pytest.fixture
def queue(sqs: Any) -> str:
    """The URL of a standard queue."""
    url: str = sqs.create_queue(QueueName="queue")["QueueUrl"]
    return url


@pytest.fixture
def fifo(sqs: Any) -> str:
    """The URL of a FIFO queue that needs a deduplication id with each message."""
    url: str = sqs.create_queue(QueueName="queue.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    return url


@pytest.fixture
def bodies(sqs: Any) -> Callable[..., list[str]]:
    """``bodies(url)``: what a receive of ten returns."""

    def receive(url: str, **options: Any) -> list[str]:
        options = {"MaxNumberOfMessages": 10} | options
        return [message["Body"] for message in sqs.receive_message(QueueUrl=url, **options).get("Messages", [])]

    return receive


@pytest.fixture
def receive(sqs: Any) -> Callable[..., Any]:
    """``receive(url)``: the one message of a receive, with all its attributes."""

    def one(url: str, **options: Any) -> Any:
        names = {"MessageSystemAttributeNames": ["All"], "MessageAttributeNames": ["All"]}
        (message,) = sqs.receive_message(QueueUrl=url, **names, **options)["Messages"]
        return message

    return one


@pytest.fixture
def attribute(sqs: Any) -> Callable[[str, str], Any]:
    def get(url: str, name: str) -> Any:
        return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name]).get("Attributes", {}).get(name)

    return get


@pytest.fixture
def refused(sqs: Any) -> Callable[..., Any]:
    """``refused("send_message", QueueUrl=…)``: the code and the message of the error that comes of it."""
    from botocore.exceptions import ClientError

    def call(operation: str, **parameters: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as caught:
            getattr(sqs, operation)(**parameters)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    return call


@pytest.fixture
def raw(still: LocalPlatform, account: str) -> Callable[..., tuple[int, Any, bytes]]:
    """``raw("POST", "/", body=…)``: status, headers and body of a request that no SDK makes, in this test's account."""

    def ask(
        method: str, path: str, *, body: bytes = b"", host: str = "localhost", target: str = "", signed: bool = True
    ) -> tuple[int, Any, bytes]:
        headers = {"host": host}
        if target:
            headers |= {"x-amz-target": target, "content-type": "application/x-amz-json-1.0"}
        elif body:
            headers |= {"content-type": "application/x-www-form-urlencoded"}
        if signed:
            scope = f"{account}/20260101/us-east-1/sqs/aws4_request"
            headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
        connection = http.client.HTTPConnection("127.0.0.1", still.config.port, timeout=30)
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    return ask
