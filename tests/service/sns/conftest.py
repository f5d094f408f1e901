"""Topics, queues, and a server of this machine, as one test's account sees them."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def sns(client: Callable[..., Any]) -> Any:
    return client("sns")


@pytest.fixture
def sqs(client: Callable[..., Any]) -> Any:
    return client("sqs")


@pytest.fixture
def topic(sns: Any) -> str:
    return sns.create_topic(Name="orders")["TopicArn"]


@pytest.fixture
def fifo(sns: Any) -> str:
    return sns.create_topic(Name="orders.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]


@dataclass
class Queue:
    """A queue and what lies in it."""

    sqs: Any
    platform: Any
    url: str
    arn: str

    def take(self) -> list[dict[str, Any]]:
        """All messages, once everything under way has happened, in the order in which the queue gives them."""
        self.platform.settle()
        found: list[dict[str, Any]] = []
        while True:
            got = self.sqs.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=10,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["All"],
            ).get("Messages", [])
            for message in got:
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
            found += got
            if not got:
                return found

    def notifications(self) -> list[dict[str, Any]]:
        return [json.loads(message["Body"]) for message in self.take()]

    def told(self) -> list[str]:
        """What the notifications say."""
        return [notification["Message"] for notification in self.notifications()]

    def delete(self) -> None:
        self.sqs.delete_queue(QueueUrl=self.url)


@pytest.fixture
def queue(sqs: Any, platform: Any) -> Callable[..., Queue]:
    """``queue("q")``, ``queue("q.fifo")``."""

    def make(name: str = "q") -> Queue:
        attributes = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
        url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        return Queue(sqs, platform, url, arn)

    return make


@dataclass
class Site:
    """A server of this machine: what was posted to it, and what it answers (200 where nothing else is said)."""

    url: str
    close: Callable[[], None]
    posts: list[tuple[dict[str, str], str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.posts]

    def wait(self, count: int) -> None:
        """Returns when so many different posts have come."""
        with self.arrived:
            came = self.arrived.wait_for(lambda: len({body for _, body in self.posts}) >= count, timeout=60)
        assert came, f"{len(self.posts)} posts came, not {count}"


@pytest.fixture
def site() -> Iterator[Site]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            with found.arrived:
                found.posts.append(({name.lower(): value for name, value in self.headers.items()}, body))
                found.arrived.notify_all()
                status = found.answers.pop(0) if found.answers else 200
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def close() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    found = Site(f"http://127.0.0.1:{server.server_port}/hook", close)
    yield found
    close()


@pytest.fixture
def refusal() -> Callable[..., tuple[str, int, str]]:
    """``refusal(sns.publish, TopicArn=…)``: code, HTTP status and message of the error that the call answers."""

    def refused(call: Callable[..., Any], **parameters: Any) -> tuple[str, int, str]:
        with pytest.raises(ClientError) as error:
            call(**parameters)
        response = error.value.response
        return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Message"]

    return refused
