"""Functions to test with: made through boto3, on the interpreter that runs the tests."""

import io
import json
import sys
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

ROLE = "arn:aws:iam::111111111111:role/lambda"
RUNTIME = f"python3.{sys.version_info.minor}"
ECHO = "def handler(event, context):\n    return event\n"
FAST = {"Delay": 0, "MaxAttempts": 10_000}


def zipped(*, app: str = ECHO, **files: str) -> bytes:
    """A zip with app.py and others."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in {"app.py": app, **{f"{name}.py": text for name, text in files.items()}}.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return content.getvalue()


@pytest.fixture
def aws(client: Callable[..., Any]) -> Any:
    """Lambda as this test's account sees it."""
    return client("lambda")


@pytest.fixture
def create(aws: Any) -> Callable[..., Any]:
    """Creates a function, by default one that returns its event, and waits until it is active."""

    def make(name: str = "f", app: str = ECHO, *, is_awaited: bool = True, **options: Any) -> Any:
        given = {"Runtime": RUNTIME, "Handler": "app.handler", "Role": ROLE, "Code": {"ZipFile": zipped(app=app)}}
        created = aws.create_function(FunctionName=name, **(given | options))
        if is_awaited:
            aws.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=FAST)
        return created

    return make


@pytest.fixture
def update(aws: Any) -> Callable[..., Any]:
    """Changes a function's configuration, or its code where ``app`` is given, and waits until it is done."""

    def change(name: str = "f", app: str | None = None, **options: Any) -> Any:
        if app is None:
            updated = aws.update_function_configuration(FunctionName=name, **options)
        else:
            updated = aws.update_function_code(FunctionName=name, ZipFile=zipped(app=app), **options)
        aws.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=FAST)
        return updated

    return change


@pytest.fixture
def invoke(aws: Any) -> Callable[..., Any]:
    """Invokes a function and returns what it returned, decoded."""

    def call(name: str = "f", event: Any = None, **options: Any) -> Any:
        return json.loads(aws.invoke(FunctionName=name, Payload=json.dumps(event), **options)["Payload"].read())

    return call


@pytest.fixture
def refused(aws: Any) -> Callable[..., tuple[str, str]]:
    """Calls an operation that must fail, and returns the error's code and message."""

    def call(operation: str, **parameters: Any) -> tuple[str, str]:
        with pytest.raises(aws.exceptions.ClientError) as error:
            getattr(aws, operation)(**parameters)
        told = error.value.response["Error"]
        return told["Code"], told["Message"]

    return call
