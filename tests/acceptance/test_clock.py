"""The clock as people turn it: over HTTP and from the shell, around real functions, queues and restarts."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from tests import warm
from tests.lives import living

from lambent.core.context import Context
from lambent.testing import LocalPlatform

ACCOUNT, OTHER = "111122223333", "444455556666"
RUNTIME = f"python3.{sys.version_info.minor}"
FAST = {"Delay": 0, "MaxAttempts": 10_000}
FAILS = "def handler(event, context):\n    raise ValueError('no')\n"
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[LocalPlatform]:
    with LocalPlatform(data=tmp_path / "data", clock="virtual") as running:
        yield running


def client(platform: LocalPlatform | str, service: str, account: str = ACCOUNT, **options: Any) -> Any:
    url = platform if isinstance(platform, str) else platform.url
    keys = {"aws_access_key_id": account, "aws_secret_access_key": "test"} | options
    return boto3.client(
        service, region_name="us-east-1", endpoint_url=url, config=Config(retries={"total_max_attempts": 1}), **keys
    )


def clock(url: str, turn: dict[str, Any] | None = None, *, account: str = "", method: str = "") -> dict[str, Any]:
    body = None if turn is None else json.dumps(turn).encode()
    query = f"?account={account}" if account else ""
    request = urllib.request.Request(f"{url}/_lambent/clock{query}", body, method=method or ("GET" if body is None else "POST"))
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return {"status": error.code} | json.load(error)


def deploy(platform: LocalPlatform | str, code: str, name: str = "f", account: str = ACCOUNT, **options: Any) -> Any:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo("app.py"), code)
    functions = client(platform, "lambda", account)
    functions.create_function(
        FunctionName=name,
        Runtime=RUNTIME,
        Handler="app.handler",
        Role=f"arn:aws:iam::{account}:role/lambda",
        Code={"ZipFile": content.getvalue()},
        **options,
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=FAST)
    return functions


def starts(platform: LocalPlatform, account: str = ACCOUNT, name: str = "f") -> list[float]:
    """When each run of a function began, in seconds since the clock's own beginning."""
    logs = client(platform, "logs", account)
    events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern='"START RequestId"')["events"]
    return [event["timestamp"] / 1000 - BEGIN.timestamp() for event in events]


def fail_in_background(functions: Any) -> None:
    assert functions.invoke(FunctionName="f", InvocationType="Event", Payload=b"{}")["StatusCode"] == 202


# ---- retries -----------------------------------------------------------------------------------------------------------


def test_two_retries_come_when_the_clock_is_turned_and_are_logged_at_their_instants(platform: LocalPlatform) -> None:
    functions = deploy(platform, FAILS)
    fail_in_background(functions)
    clock(platform.url, {"advance_s": 0})
    assert starts(platform) == [0]
    told = clock(platform.url)
    assert (told["now"], told["mode"]) == ("2026-01-01T00:00:00.000000Z", "virtual")
    assert told["next"].startswith("2026-01-01T00:01:00")
    told = clock(platform.url, {"advance_s": 61})
    assert told["now"] == "2026-01-01T00:01:01.000000Z"
    assert [each["kind"] for each in told["fired"]] == ["lambda.async-event"]
    assert told["fired"][0]["at"].startswith("2026-01-01T00:01:00")
    assert told["fired"][0]["account"] == ACCOUNT
    assert starts(platform) == [0, 60]
    clock(platform.url, {"advance_s": 200})
    assert starts(platform) == [0, 60, 180]


def test_until_idle_all_attempts_are_made_and_the_letter_is_dead(platform: LocalPlatform) -> None:
    queues = client(platform, "sqs")
    url = queues.create_queue(QueueName="dead")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:dead"
    functions = deploy(platform, FAILS, DeadLetterConfig={"TargetArn": arn})
    fail_in_background(functions)
    told = clock(platform.url, {"run_until_idle": True})
    assert starts(platform) == [0, 60, 180]
    assert told["next"] is None
    assert told["now"].startswith("2026-01-01T00:03:00")
    assert [each["kind"] for each in told["fired"]] == ["lambda.async-event", "lambda.async-event", "sqs.SendMessage"]
    (message,) = queues.receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == "{}"


def test_an_automatic_clock_needs_no_turning(platform: LocalPlatform) -> None:
    queues = client(platform, "sqs")
    url = queues.create_queue(QueueName="dead")["QueueUrl"]
    functions = deploy(platform, FAILS, DeadLetterConfig={"TargetArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:dead"})
    told = clock(platform.url, {"mode": "auto"})
    assert (told["mode"], told["fired"]) == ("auto", [])
    fail_in_background(functions)
    messages: list[Any] = []
    while not messages:  # a long poll waits in real time while the clock jumps
        messages = queues.receive_message(QueueUrl=url, WaitTimeSeconds=20).get("Messages", [])
    assert starts(platform) == [0, 60, 180]


# ---- accounts ------------------------------------------------------------------------------------------------------------


def test_turning_an_accounts_clock_retries_nobody_elses_events(platform: LocalPlatform) -> None:
    for account in (ACCOUNT, OTHER):
        fail_in_background(deploy(platform, FAILS, account=account))
    clock(platform.url, {"advance_s": 0})
    told = clock(platform.url, {"run_until_idle": True}, account=ACCOUNT)
    assert {each["account"] for each in told["fired"]} == {ACCOUNT}
    assert (starts(platform), starts(platform, OTHER)) == ([0, 60, 180], [0])
    clock(platform.url, {"advance_s": 61})
    assert (starts(platform), starts(platform, OTHER)) == ([0, 60, 180], [0, 60])
    assert clock(platform.url, account=ACCOUNT)["now"].startswith("2026-01-01T00:03:00")
    told = clock(platform.url, account=ACCOUNT, method="DELETE")
    assert told["now"] == clock(platform.url)["now"]


def test_messages_are_delayed_and_hidden_by_their_accounts_time(platform: LocalPlatform) -> None:
    queues = client(platform, "sqs")
    url = queues.create_queue(QueueName="q")["QueueUrl"]
    queues.send_message(QueueUrl=url, MessageBody="late", DelaySeconds=600)
    clock(platform.url, {"advance_s": 1_000}, account=OTHER)
    assert "Messages" not in queues.receive_message(QueueUrl=url)
    clock(platform.url, {"advance_s": 600}, account=ACCOUNT)
    (message,) = queues.receive_message(QueueUrl=url, VisibilityTimeout=30, AttributeNames=["All"])["Messages"]
    assert int(message["Attributes"]["SentTimestamp"]) == BEGIN.timestamp() * 1000
    assert int(message["Attributes"]["ApproximateFirstReceiveTimestamp"]) == (BEGIN.timestamp() + 600) * 1000
    assert "Messages" not in queues.receive_message(QueueUrl=url)
    clock(platform.url, {"advance_s": 30}, account=ACCOUNT)
    assert "Messages" in queues.receive_message(QueueUrl=url)


# ---- who waits for the clock ----------------------------------------------------------------------------------------------


def test_a_long_poll_ends_when_the_clock_is_turned(platform: LocalPlatform) -> None:
    queues = client(platform, "sqs")
    url = queues.create_queue(QueueName="q")["QueueUrl"]
    answers: list[Any] = []
    poll = threading.Thread(target=lambda: answers.append(queues.receive_message(QueueUrl=url, WaitTimeSeconds=20)))
    poll.start()
    requests = platform.platform.clock.requests
    while requests.changes < 4:  # the queue was made, and the poll began and rests
        platform.settle()
    clock(platform.url, {"advance_s": 20})
    poll.join(10)
    assert not poll.is_alive()
    assert "Messages" not in answers[0]


def test_a_long_poll_that_nobody_turns_the_clock_for_ends_in_real_time(platform: LocalPlatform) -> None:
    queues = client(platform, "sqs")
    url = queues.create_queue(QueueName="q")["QueueUrl"]
    assert "Messages" not in queues.receive_message(QueueUrl=url, WaitTimeSeconds=1)
    assert clock(platform.url)["now"] == "2026-01-01T00:00:00.000000Z"


POLLS = """
import boto3, os
def handler(event, context):
    sqs = boto3.client("sqs")
    got = sqs.receive_message(QueueUrl=event["url"], WaitTimeSeconds=20).get("Messages", [])
    sqs.send_message(QueueUrl=event["url"], MessageBody="%d messages" % len(got))
"""


def test_a_function_that_waits_for_the_clock_does_not_hold_it(platform: LocalPlatform) -> None:
    queues = client(platform, "sqs")
    url = queues.create_queue(QueueName="q")["QueueUrl"]
    functions = deploy(platform, POLLS, Timeout=60, MemorySize=512)
    functions.invoke(FunctionName="f", InvocationType="Event", Payload=json.dumps({"url": url}).encode())
    clock(platform.url, {"advance_s": 10})
    assert "Messages" not in queues.receive_message(QueueUrl=url)
    clock(platform.url, {"advance_s": 10})
    (message,) = queues.receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == "0 messages"


# ---- signatures ----------------------------------------------------------------------------------------------------------


def test_functions_and_clients_both_sign_well_however_far_the_clock_was_turned(tmp_path: Path) -> None:
    with LocalPlatform(data=tmp_path / "data", clock="virtual", auth="signed") as platform:
        context = Context(ACCOUNT, "us-east-1", "test", f"arn:aws:iam::{ACCOUNT}:root", platform.url)

        def call(operation: str, **parameters: Any) -> Any:
            return platform.run(platform.platform.call(context, "iam", operation, parameters))

        call("CreateUser", UserName="ada")
        key = call("CreateAccessKey", UserName="ada")["AccessKey"]
        keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        platform.set_time("2027-06-01")
        sessions = client(platform, "sts", **keys)
        assert sessions.get_caller_identity()["Account"] == ACCOUNT
        given = sessions.get_session_token(DurationSeconds=900)["Credentials"]
        assert given["Expiration"] == datetime(2027, 6, 1, 0, 15, tzinfo=UTC)
        session = {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }
        assert client(platform, "sts", **session).get_caller_identity()["Account"] == ACCOUNT
        code = "import boto3\ndef handler(e, c):\n    return boto3.client('sts').get_caller_identity()['Account']\n"
        functions = _signed_deploy(platform, code, keys)
        assert json.load(functions.invoke(FunctionName="f")["Payload"]) == ACCOUNT
        platform.advance(901)
        with pytest.raises(functions.exceptions.ClientError, match="ExpiredToken"):
            client(platform, "sts", **session).get_caller_identity()
        command = [
            sys.executable,
            "-m",
            "lambent.cli.main",
            "clock",
            "advance",
            "1h",
            "--json",
            "--data",
            str(platform.config.data),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["now"] == "2027-06-01T01:15:01.000000Z"
        assert clock(platform.url, {"advance_s": 1})["status"] == 403


def _signed_deploy(platform: LocalPlatform, code: str, keys: dict[str, str]) -> Any:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo("app.py"), code)
    functions = client(platform, "lambda", **keys)
    functions.create_function(
        FunctionName="f",
        Runtime=RUNTIME,
        Handler="app.handler",
        Role=f"arn:aws:iam::{ACCOUNT}:role/lambda",
        Code={"ZipFile": content.getvalue()},
        MemorySize=512,
        Timeout=30,
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="f", WaiterConfig=FAST)
    return functions


# ---- the shell, and restarts ------------------------------------------------------------------------------------------------


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """``cli("clock", "advance", "61")``: what it printed as JSON, in a folder of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}

    def run(*arguments: str, code: int = 0) -> Any:
        command = [warm.command("lambent"), *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=kept, capture_output=True, text=True, timeout=120)
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout) if done.stdout.startswith("{") else done.stdout + done.stderr

    yield run
    run("stop")


def test_a_platform_that_was_killed_goes_on_at_the_time_where_it_stood(cli: Callable[..., Any], tmp_path: Path) -> None:
    with living(tmp_path / ".lambent", "--clock", "virtual") as platform:
        fail_in_background(deploy(platform.url, FAILS))
        cli("clock", "advance", "1m", "--json")
        cli("clock", "advance", "30", "--account", ACCOUNT, "--json")
        stood = cli("clock", "--json")
        own = cli("clock", "--account", ACCOUNT, "--json")
    cli("wait", "--timeout", "0", code=3)
    with living(tmp_path / ".lambent"):
        assert cli("clock", "--json")["now"] == stood["now"]
        again = cli("clock", "--account", ACCOUNT, "--json")
        assert (again["now"], again["has_own_clock"]) == (own["now"], True)
        told = cli("clock", "run-until-idle", "--account", ACCOUNT, "--json")
        assert [each["kind"] for each in told["fired"]] == ["lambda.async-event"]


def test_the_clock_is_shown_and_turned_from_the_shell(cli: Callable[..., Any]) -> None:
    started = cli("start", "-d", "--port", "0", "--json")
    assert cli("clock", "--json")["mode"] == "real"
    assert "Make it virtual first" in cli("clock", "advance", "61", code=1)
    before = datetime.fromisoformat(cli("clock", "virtual", "--json")["now"])
    assert (datetime.fromisoformat(cli("clock", "advance", "2h", "--json")["now"]) - before).total_seconds() == 7_200
    assert "virtual, next timer none  (the platform)" in cli("clock")
    assert cli("clock", "set", "2099-01-01", "--json")["now"] == "2099-01-01T00:00:00.000000Z"
    assert "time does not go back" in cli("clock", "set", "2026-01-01", code=1)
    assert "not a time like" in cli("clock", "advance", "soon", code=2)
    assert "options go behind" in cli("clock", "--account", ACCOUNT, "advance", "5", code=2)
    fail_in_background(deploy(started["url"], FAILS))
    assert "lambda.async-event" in cli("clock", "run-until-idle")
    assert cli("clock", "auto", "--json")["mode"] == "auto"
    assert cli("clock", "real", "--json")["mode"] == "real"
    assert cli("clock", "--json")["now"].startswith("2099-01-01")
    assert f"(account {ACCOUNT})" in cli("clock", "virtual", "--account", ACCOUNT)
    assert "(the platform)" in cli("clock", "release", "--account", ACCOUNT)
    assert "START RequestId" in cli("logs", "f", "--since", "10m", "--account", ACCOUNT)
    assert "clock        real" in cli("status")


ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(not shutil.which("curl"), reason="the page's examples use curl")
def test_the_examples_of_the_page_work(cli: Callable[..., Any], tmp_path: Path) -> None:
    """Every ``sh`` block of docs/clock.md in its order, and every ``python`` block."""
    page = (ROOT / "docs/clock.md").read_text()
    script = "".join(re.findall(r"^```sh\n(.*?)^```", page, re.DOTALL | re.MULTILINE))
    script = script.replace("lambent start -d", "lambent start -d --port 0")
    folders = [*warm.folders(), str(Path(sys.executable).parent), os.environ["PATH"]]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        ["sh", "-eux", "-c", script],
        env=kept | {"PATH": os.pathsep.join(folders), "AWS_PAGER": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert '"Body": "hello"' in done.stdout
    assert '"message"' not in done.stdout
    assert '"now": "2099-01-01T00:00:00.000000Z"' in done.stdout
    for block in re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE):
        said = subprocess.run([sys.executable, "-c", block], capture_output=True, text=True, timeout=60)
        assert said.returncode == 0, said.stderr
        assert said.stdout.startswith("2026-01-01 00:00:00+00:00")
