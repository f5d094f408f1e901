"""AWS' durable execution SDK as functions bring it, beside their code in their zip; and executions as tests run them."""

import io
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_durable_execution_sdk_python as sdk
import boto3
import pytest
from botocore.exceptions import ClientError


def archive(app: str) -> bytes:
    """A zip of app.py and the SDK."""
    content, root = io.BytesIO(), Path(sdk.__file__).parent
    with zipfile.ZipFile(content, "w") as made:
        made.writestr("app.py", app)
        for file in root.rglob("*.py"):
            made.write(file, f"{root.name}/{file.relative_to(root)}")
    return content.getvalue()


def account_of(platform: Any) -> Callable[..., Any]:
    """Makes clients of a new account, the attribute ``account``, whose clock stands still unless it is turned."""
    account = f"{random.randrange(10**11, 10**12)}"

    def client(service: str) -> Any:
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=platform.url,
            aws_access_key_id=account,
            aws_secret_access_key="x",
        )

    client.account = account
    platform.advance(1, account=account)
    return client


class Runs:
    """Starts executions, and turns the clock for them."""

    def __init__(self, platform: Any, account: str, functions: Any) -> None:
        self._platform = platform
        self._account = account
        self._functions = functions

    def call(self, **event: Any) -> Any:
        """What a synchronous caller is told."""
        answer = self._functions.invoke(FunctionName="short:$LATEST", Payload=json.dumps(event))
        assert "FunctionError" not in answer, answer["Payload"].read()
        return json.loads(answer["Payload"].read())

    def start(self, function: str = "long:1", /, name: str | None = None, **event: Any) -> str:
        named = {} if name is None else {"DurableExecutionName": name}
        answer = self._functions.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(event), **named)
        assert answer["StatusCode"] == 202
        self.advance(0)
        return str(answer["DurableExecutionArn"])

    def advance(self, seconds: float) -> None:
        self._platform.advance(seconds, account=self._account)

    def get(self, arn: str) -> Any:
        return self._functions.get_durable_execution(DurableExecutionArn=arn)

    def result(self, arn: str) -> Any:
        told = self.get(arn)
        assert told["Status"] == "SUCCEEDED", told
        return json.loads(told["Result"])

    def kinds(self, arn: str) -> list[str]:
        return [event["EventType"] for event in self.events(arn)]

    def events(self, arn: str, **options: Any) -> list[Any]:
        pages = self._functions.get_paginator("get_durable_execution_history").paginate(DurableExecutionArn=arn, **options)
        return [event for page in pages for event in page["Events"]]

    def pending(self, arn: str, kind: str) -> Any:
        """The details of what has started and not ended."""
        return next(event[f"{kind}Details"] for event in self.events(arn) if event["EventType"] == kind)


def refusal(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]
