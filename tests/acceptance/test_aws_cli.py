"""The AWS CLI, unmodified: a function from a zip file, through its life and its logs."""

import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROLE = "arn:aws:iam::111111111111:role/lambda"
HELLO = "def handler(event, context):\n    print('hello', event['name'])\n    return {'greeting': 'hello ' + event['name']}\n"


def test_a_function_is_created_invoked_updated_read_and_deleted(aws: Callable[..., Any], tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "code.zip", "w") as archive:
        archive.writestr("app.py", HELLO)
    runtime = f"python3.{sys.version_info.minor}"
    named = ("--function-name", "hello")
    code = ("--zip-file", "fileb://code.zip")
    told = aws("lambda", "create-function", *named, *code, "--runtime", runtime, "--handler", "app.handler", "--role", ROLE)
    assert told["State"] == "Pending"
    aws("lambda", "wait", "function-active-v2", *named)
    payload = ("--payload", '{"name": "you"}')
    told = aws("lambda", "invoke", *named, *payload, "--log-type", "Tail", "answer.json")
    assert (told["StatusCode"], told["ExecutedVersion"]) == (200, "$LATEST")
    assert json.loads((tmp_path / "answer.json").read_text()) == {"greeting": "hello you"}

    told = aws("lambda", "update-function-configuration", *named, "--timeout", "9", "--environment", "Variables={AB=1}")
    assert told["Timeout"] == 9
    aws("lambda", "wait", "function-updated-v2", *named)
    aws("lambda", "update-function-code", *named, *code, "--publish")
    events = aws("logs", "filter-log-events", "--log-group-name", "/aws/lambda/hello")["events"]
    assert "hello you" in [event["message"].rstrip() for event in events]

    assert [each["FunctionName"] for each in aws("lambda", "list-functions")["Functions"]] == ["hello"]
    aws("lambda", "delete-function", *named)
    assert aws("lambda", "list-functions")["Functions"] == []
