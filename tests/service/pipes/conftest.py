"""Pipes, and what they lead from and to, as one test's account sees them on a clock that stands still."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.service.lambda_.conftest import RUNTIME, zipped
from tests.service.sns.conftest import Queue, queue, refusal, sqs

from lambent.testing import LocalPlatform

__all__ = ["Queue", "queue", "refusal", "sqs"]

ROLE = "arn:aws:iam::111122223333:role/pipes"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPlatform]:
    """One whose clock stands still, for this module."""
    with LocalPlatform(data=tmp_path_factory.mktemp("pipes"), clock="virtual") as running:
        yield running


@pytest.fixture
def pipes(client: Callable[..., Any]) -> Any:
    return client("pipes")


@pytest.fixture
def pipe(pipes: Any, platform: LocalPlatform, account: str) -> Iterator[Callable[..., str]]:
    """``pipe(source_arn, target_arn, …)`` makes the pipe "p" and returns its ARN once it runs. None outlives the test."""

    def make(source: str, target: str, name: str = "p", **members: Any) -> str:
        given = {"Name": name, "RoleArn": ROLE, "Source": source, "Target": target}
        arn = pipes.create_pipe(**(given | members))["Arn"]
        platform.settle()
        return str(arn)

    yield make
    platform.run(platform.platform.reset(account))


@pytest.fixture
def function(client: Callable[..., Any]) -> Callable[..., str]:
    """``function("f", "…")``: its ARN."""

    def make(name: str, app: str) -> str:
        given = {"Runtime": RUNTIME, "Handler": "app.handler", "Role": ROLE, "Code": {"ZipFile": zipped(app=app)}}
        return str(client("lambda").create_function(FunctionName=name, **given)["FunctionArn"])

    return make


@pytest.fixture
def machine(client: Callable[..., Any]) -> Callable[..., str]:
    """``machine("m", {…states…}, type="EXPRESS")``: its ARN."""

    def make(name: str, state: dict[str, Any], kind: str = "EXPRESS") -> str:
        definition = json.dumps({"StartAt": "S", "States": {"S": state}})
        made = client("stepfunctions").create_state_machine(name=name, definition=definition, roleArn=ROLE, type=kind)
        return str(made["stateMachineArn"])

    return make


@pytest.fixture
def stream(client: Callable[..., Any], platform: LocalPlatform) -> Callable[..., str]:
    """``stream("s")``: a Kinesis stream's ARN."""

    def make(name: str = "s") -> str:
        kinesis = client("kinesis")
        kinesis.create_stream(StreamName=name, ShardCount=1)
        platform.advance(0)
        return str(kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"])

    return make


def send(queue: Queue, *bodies: Any) -> None:
    """Texts as they are, all else as JSON."""
    for body in bodies:
        queue.sqs.send_message(QueueUrl=queue.url, MessageBody=body if isinstance(body, str) else json.dumps(body))


def bodies(queue: Queue) -> list[Any]:
    return [json.loads(message["Body"]) for message in queue.take()]
