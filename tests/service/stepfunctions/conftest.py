"""State machines on a platform whose clock stands still until a test turns it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from tests.service.lambda_.conftest import FAST, RUNTIME, zipped
from tests.service.sqs.conftest import advance, bodies, client, sqs, still

__all__ = ["advance", "bodies", "client", "sqs", "still"]

ROLE = "arn:aws:iam::111122223333:role/states"


def machine(start: str = "S", /, **states: Any) -> dict[str, Any]:
    return {"StartAt": start, "States": states}


def passing(**fields: Any) -> dict[str, Any]:
    return {"Type": "Pass", "End": True, **fields}


@dataclass
class Execution:
    """An execution as a test sees it."""

    sfn: Any
    arn: str

    def described(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.sfn.describe_execution(executionArn=self.arn)
        return answer

    @property
    def status(self) -> str:
        return str(self.described()["status"])

    @property
    def output(self) -> Any:
        described = self.described()
        assert described["status"] == "SUCCEEDED", described
        return json.loads(described["output"])

    @property
    def failure(self) -> tuple[str | None, str | None]:
        described = self.described()
        assert described["status"] in ("FAILED", "TIMED_OUT", "ABORTED"), described
        return described.get("error"), described.get("cause")

    def events(self, **options: Any) -> list[dict[str, Any]]:
        pages = self.sfn.get_paginator("get_execution_history").paginate(executionArn=self.arn, **options)
        return [event for page in pages for event in page["events"]]

    def types(self) -> list[str]:
        return [event["type"] for event in self.events()]

    def details(self, kind: str) -> list[dict[str, Any]]:
        """Of all events of a type."""
        found = []
        for event in self.events():
            if event["type"] == kind:
                found += [value for name, value in event.items() if name.endswith("EventDetails")] or [{}]
        return found


@pytest.fixture
def sfn(client: Callable[..., Any]) -> Any:
    return client("stepfunctions")


@pytest.fixture
def create(sfn: Any) -> Callable[..., str]:
    """``create({"StartAt": …}, name="m")`` makes a state machine and returns its ARN."""

    def make(definition: Any, name: str = "m", **options: Any) -> str:
        text = definition if isinstance(definition, str) else json.dumps(definition)
        arn: str = sfn.create_state_machine(name=name, definition=text, roleArn=ROLE, **options)["stateMachineArn"]
        return arn

    return make


@pytest.fixture
def start(sfn: Any) -> Callable[..., Execution]:
    def begin(arn: str, given: Any = None, **options: Any) -> Execution:
        text = json.dumps({} if given is None else given)
        return Execution(sfn, sfn.start_execution(stateMachineArn=arn, input=text, **options)["executionArn"])

    return begin


@pytest.fixture
def run(
    create: Callable[..., str], start: Callable[..., Execution], advance: Callable[[float], None]
) -> Callable[..., Execution]:
    """``run({…definition…}, input)``: the execution, once all that waits for nothing but work has happened."""

    def go(definition: Any, given: Any = None, name: str = "m", **options: Any) -> Execution:
        execution = start(create(definition, name, **options), given)
        advance(0)
        return execution

    return go


@pytest.fixture
def function(client: Callable[..., Any]) -> Callable[..., str]:
    """``function("def handler(event, context): …", "f")`` makes a function and returns its ARN."""
    aws = client("lambda")

    def make(app: str = "def handler(event, context):\n    return event\n", name: str = "f") -> str:
        role = "arn:aws:iam::111122223333:role/lambda"
        made = aws.create_function(
            FunctionName=name, Runtime=RUNTIME, Role=role, Handler="app.handler", Code={"ZipFile": zipped(app=app)}
        )
        aws.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=FAST)
        return str(made["FunctionArn"])

    return make


@pytest.fixture
def refused(sfn: Any) -> Callable[..., tuple[str, str]]:
    """The code and the message of an error."""
    from botocore.exceptions import ClientError

    def call(operation: str, **parameters: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as caught:
            getattr(sfn, operation)(**parameters)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    return call
