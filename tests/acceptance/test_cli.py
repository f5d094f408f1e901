"""The command as people use it: real processes, a real platform, its data directory and its exit codes."""

import contextlib
import io
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import warm
from tests.lives import Life

COMMAND = (sys.executable, "-m", "lambent.cli.main")
RUNTIME = f"python3.{sys.version_info[1]}"
CODE = """
import json
def handler(event, context):
    print("got", json.dumps(event))
    if event.get("fails"):
        raise ValueError("asked to fail")
    return {"got": event, "version": context.function_version}
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs a command in an empty folder, without the caller's AWS settings."""
    folder = tmp_path_factory.mktemp("cli")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}

    def run(*arguments: str, given: str = "", **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [warm.command("lambent"), *arguments],
            cwd=folder,
            env=kept | variables,
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


def started(cli: Run, *options: str) -> dict[str, Any]:
    done = cli("start", "-d", "--port", "0", "--json", *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def running(cli: Run, data: Path) -> Iterator[dict[str, Any]]:
    """A platform that was started with -d, and that has a function."""
    platform = started(cli, "--data", str(data))
    make_function(platform["url"], "hello")
    yield platform
    assert cli("stop", "--data", str(data)).returncode == 0


@contextlib.contextmanager
def in_foreground(cli: Run, data: Path, *options: str) -> Iterator[Life]:
    """A platform that runs until ``lambent stop``: in the background it would first spend a second on its imports."""
    life = Life(data, *options)
    try:
        yield life
        assert cli("stop", "--data", str(data)).returncode == 0
    finally:
        life.kill()


def make_function(url: str, name: str) -> None:
    import boto3

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", CODE)
    keys = {"aws_access_key_id": "000000000000", "aws_secret_access_key": "x", "region_name": "us-east-1"}
    functions = boto3.client("lambda", endpoint_url=url, **keys)
    functions.create_function(
        FunctionName=name,
        Runtime=RUNTIME,
        Role="arn:aws:iam::000000000000:role/any",
        Handler="app.handler",
        Code={"ZipFile": buffer.getvalue()},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=name)


def caller(lines: str) -> str:
    """Whom boto3 is taken for in a shell that ran these lines."""
    question = 'import boto3; print(boto3.client("sts").get_caller_identity()["Arn"])'
    script = f"{lines}\n{sys.executable} -c '{question}'"
    return subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout.strip()


def test_start_in_the_background_returns_when_the_platform_is_ready(cli, running, data):
    status = json.loads(cli("status", "--data", str(data), "--json").stdout)
    assert (status["url"], status["ready"], status["auth"]) == (running["url"], True, "open")
    assert status["isolation"]


def test_wait_returns_at_once_where_a_platform_is_ready(cli, running, data):
    assert cli("wait", "--data", str(data)).returncode == 0


def test_a_second_platform_on_the_same_data_is_refused_with_advice(cli, running, data):
    done = cli("start", "--port", "0", "--data", str(data))
    assert done.returncode == 5
    assert f"process {running['pid']}" in done.stderr
    assert "lambent stop" in done.stderr


def test_the_same_refusal_reaches_who_started_it_in_the_background(cli, running, data):
    done = cli("start", "-d", "--port", "0", "--data", str(data))
    assert done.returncode == 5
    assert f"process {running['pid']}" in done.stderr
    assert done.stdout == ""


def test_a_refused_second_platform_leaves_the_log_of_the_first_alone(cli, running, data):
    before = (data / "platform.log").read_bytes()
    assert before
    cli("start", "-d", "--port", "0", "--data", str(data))
    assert (data / "platform.log").read_bytes().startswith(before)


def test_what_a_killed_platform_said_is_still_there_after_the_next_start(cli, tmp_path):
    data = tmp_path / "data"
    os.kill(started(cli, "--data", str(data))["pid"], signal.SIGKILL)
    before = (data / "platform.log").read_bytes()
    started(cli, "--data", str(data))
    assert cli("stop", "--data", str(data)).returncode == 0
    after = (data / "platform.log").read_bytes()
    assert after.startswith(before)
    assert after.count(b'"app.ready"') == 2


def test_the_banner_says_where_and_how_on_stderr_only(cli, tmp_path):
    data = str(tmp_path / "data")
    done = cli("start", "-d", "--port", "0", "--data", data)
    cli("stop", "--data", data)
    assert done.stdout == ""
    named = [line.split()[0] for line in done.stderr.splitlines()]
    assert named == ["Lambent", "data", "auth", "isolation", "process", "next", "stop"]


def test_a_port_in_use_is_refused_with_advice(cli):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for options in ([], ["-d"]):
            done = cli("start", "--ephemeral", "--port", port, *options)
            assert done.returncode == 5
            assert f"Port {port}" in done.stderr
            assert "--port" in done.stderr


def test_open_on_another_address_is_refused(cli):
    done = cli("start", "--ephemeral", "--port", "0", "--host", "0.0.0.0")
    assert done.returncode == 5
    assert "--auth signed" in done.stderr


def test_env_prints_what_boto3_needs(cli, running, data):
    done = cli("env", "--data", str(data))
    script = f'{done.stdout}\n{sys.executable} -c \'import boto3; print(boto3.client("sts").get_caller_identity()["Account"])\''
    said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout == "000000000000\n"
    assert json.loads(cli("env", "--data", str(data), "--json").stdout)["AWS_ENDPOINT_URL"] == running["url"]


def test_live_tail_works_with_nothing_but_what_env_prints(cli, running, data, tmp_path):
    code = """
import boto3
logs = boto3.client("logs")
logs.create_log_group(logGroupName="tailed")
stream = logs.start_live_tail(logGroupIdentifiers=["tailed"])["responseStream"]
print(*next(iter(stream)))
stream.close()
"""
    (tmp_path / "tail.py").write_text(code)
    script = f"{cli('env', '--data', str(data)).stdout}\n{sys.executable} {tmp_path / 'tail.py'}"
    said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout == "sessionStart\n"


def test_functions_lists_what_is_there(cli, running, data):
    listed = cli("functions", "--data", str(data)).stdout.splitlines()
    assert listed[0].split()[:3] == ["NAME", "RUNTIME", "MEMORY"]
    assert listed[1].split()[:2] == ["hello", RUNTIME]
    assert "Active" in listed[1]
    assert json.loads(cli("functions", "--data", str(data), "--json").stdout)[0]["Handler"] == "app.handler"


def test_an_account_without_functions_has_nothing_on_stdout(cli, running, data):
    done = cli("functions", "--data", str(data), "--account", "111122223333")
    assert (done.returncode, done.stdout) == (0, "")
    assert "No functions" in done.stderr


def test_apis_lists_the_addresses_that_are_served(cli, running, data):
    import boto3

    none = cli("apis", "--data", str(data), "--account", "111122223333")
    assert (none.returncode, none.stdout) == (0, "")
    keys = {"aws_access_key_id": "111122223333", "aws_secret_access_key": "x", "region_name": "us-east-1"}
    url = json.loads(cli("status", "--data", str(data), "--json").stdout)["url"]
    function = "arn:aws:lambda:us-east-1:111122223333:function:hello"
    made = boto3.client("apigatewayv2", endpoint_url=url, **keys).create_api(Name="shop", ProtocolType="HTTP", Target=function)
    (listed,) = json.loads(cli("apis", "--data", str(data), "--account", "111122223333", "--json").stdout)
    by_path = f"{url}/_aws/execute-api/{made['ApiId']}/"
    assert listed == {
        "kind": "HTTP",
        "name": "shop",
        "stage": "$default",
        "url": f"{made['ApiEndpoint']}/",
        "path_url": by_path,
    }


def test_invoke_prints_the_answer_and_nothing_else_on_stdout(cli, running, data):
    done = cli("invoke", "hello", '{"n": 1}', "--data", str(data), "--tail")
    assert json.loads(done.stdout) == {"got": {"n": 1}, "version": "$LATEST"}
    assert 'got {"n": 1}' in done.stderr
    assert "REPORT RequestId" in done.stderr


def test_invoke_takes_its_event_from_stdin(cli, running, data):
    done = cli("invoke", "hello", "-", "--data", str(data), given='{"n": 2}')
    assert json.loads(done.stdout)["got"] == {"n": 2}


def test_a_function_error_exits_with_4_and_is_printed(cli, running, data):
    done = cli("invoke", "hello", '{"fails": true}', "--data", str(data))
    assert done.returncode == 4
    assert json.loads(done.stdout)["errorType"] == "ValueError"


def test_invoke_as_json_has_all_of_the_answer(cli, running, data):
    done = cli("invoke", "hello", "--data", str(data), "--json", "--tail")
    told = json.loads(done.stdout)
    assert (told["status"], told["executed_version"], told["function_error"]) == (200, "$LATEST", None)
    assert "START RequestId" in told["log"]


def test_an_event_is_handed_over_without_an_answer(cli, running, data):
    done = cli("invoke", "hello", '{"n": 3}', "--data", str(data), "--async")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "Accepted.\n")


def test_a_function_that_is_not_there_exits_with_1(cli, running, data):
    done = cli("invoke", "nobody", "--data", str(data))
    assert done.returncode == 1
    assert "ResourceNotFoundException" in done.stderr


def test_an_event_that_is_not_json_exits_with_2(cli, running, data):
    done = cli("invoke", "hello", "{oops", "--data", str(data))
    assert done.returncode == 2
    assert "not JSON" in done.stderr


def test_logs_shows_what_a_function_printed(cli, running, data):
    cli("invoke", "hello", '{"seen": "in the log"}', "--data", str(data))
    done = cli("logs", "hello", "--data", str(data), "--filter", '"in the log"')
    assert done.stdout == 'got {"seen": "in the log"}\n'


def test_logs_of_a_function_that_never_ran_exit_with_1(cli, running, data):
    done = cli("logs", "nobody", "--data", str(data))
    assert done.returncode == 1
    assert "ResourceNotFoundException" in done.stderr


def test_logs_that_show_nothing_say_how_to_look_further_back(cli, running, data):
    assert cli("invoke", "hello", "{}", "--data", str(data)).returncode == 0
    done = cli("logs", "hello", "--data", str(data), "--filter", "nowhere")
    assert (done.returncode, done.stdout) == (0, "")
    assert "Nothing that matches in the last 10m" in done.stderr
    assert "--since" in done.stderr


def test_logs_follows_what_is_written_from_now_on(cli, running, data):
    command = [*COMMAND, "logs", "-f", "hello", "--since", "1m", "--filter", "followed", "--data", str(data)]
    # Who runs the tests in the background has had SIGINT ignored, and so would have what they start.
    options = {"start_new_session": True, "preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options) as following:
        try:
            cli("invoke", "hello", '{"is": "followed"}', "--data", str(data))
            assert following.stdout is not None
            assert following.stdout.readline() == 'got {"is": "followed"}\n'
            following.send_signal(signal.SIGINT)
            assert following.wait(20) == 130
        finally:
            following.kill()


def test_reset_asks_first(cli, running, data):
    done = cli("reset", "111122223333", "--data", str(data), given="n\n")
    assert done.returncode == 130
    assert "Delete everything of account 111122223333" in done.stderr


def test_reset_empties_one_account_and_no_other(cli, running, data):
    assert cli("reset", "111122223333", "--yes", "--data", str(data)).returncode == 0
    assert "hello" in cli("functions", "--data", str(data)).stdout


def test_without_a_platform_the_exit_code_is_3_and_the_advice_is_to_start_one(cli, tmp_path):
    for command in (["status"], ["functions"], ["invoke", "x"], ["wait", "--timeout", "0"]):
        done = cli(*command, "--endpoint-url", "http://127.0.0.1:9")
        assert done.returncode == 3, command
        assert "lambent start" in done.stderr


def test_what_was_done_is_told_in_json_where_asked(cli, tmp_path):
    where = ("--data", str(tmp_path), "--json")
    with in_foreground(cli, tmp_path) as platform:
        assert json.loads(cli("wait", *where).stdout) == {"ready": True, "url": platform.url}
        assert json.loads(cli("reset", "--yes", *where).stdout) == {"reset": "everything"}
        assert json.loads(cli("stop", *where).stdout) == {"stopped": platform.process.pid}
        assert json.loads(cli("stop", *where).stdout) == {"stopped": None}


def test_wait_finds_a_platform_that_takes_a_free_port_later(cli, tmp_path):
    command = [*COMMAND, "wait", "--data", str(tmp_path), "--timeout", "60"]
    waiting = subprocess.Popen(command, stderr=subprocess.PIPE, env=os.environ | {"AWS_ENDPOINT_URL": "http://localhost:1"})
    try:
        with in_foreground(cli, tmp_path):
            assert waiting.wait(60) == 0, waiting.stderr.read()
    finally:
        waiting.kill()
        waiting.communicate()


def test_of_two_that_start_at_once_one_runs_and_the_other_says_why_not(cli, tmp_path):
    command = [*COMMAND, "start", "-d", "--port", "0", "--data", str(tmp_path)]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        said = [process.communicate(timeout=60)[1] for process in both]
        assert sorted(process.returncode for process in both) == [0, 5]
        (refused,) = [text for text, process in zip(said, both, strict=True) if process.returncode == 5]
        assert "is in use by another Lambent" in refused
    finally:
        cli("stop", "--data", str(tmp_path))


def test_stopping_where_nothing_runs_succeeds(cli, tmp_path):
    assert cli("stop", "--data", str(tmp_path)).returncode == 0


def test_what_was_deployed_survives_a_stop_and_a_start(cli, tmp_path):
    data = tmp_path / "kept"
    with in_foreground(cli, data) as platform:
        make_function(platform.url, "kept")
    assert cli("status", "--data", str(data), "--endpoint-url", "http://127.0.0.1:9").returncode == 3
    with in_foreground(cli, data):
        assert json.loads(cli("invoke", "kept", '{"a": 1}', "--data", str(data)).stdout)["got"] == {"a": 1}


def test_an_ephemeral_platform_leaves_no_directory_behind(cli):
    platform = started(cli, "--ephemeral")
    assert Path(platform["data"]).is_dir()
    assert cli("stop", "--data", platform["data"]).returncode == 0
    assert not Path(platform["data"]).exists()


def test_in_the_foreground_an_interrupt_stops_it_cleanly(cli, tmp_path):
    command = [*COMMAND, "start", "--port", "0", "--data", str(tmp_path / "data"), "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        while "next" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert json.loads(out)["pid"] == process.pid


@pytest.fixture(scope="module")
def signed(cli: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The data directory of a platform that believes nobody without a signature."""
    directory = tmp_path_factory.mktemp("signed")
    with in_foreground(cli, directory, "--auth", "signed"):
        yield str(directory)


def test_whoever_has_the_data_directory_needs_no_key(cli, signed):
    assert cli("functions", "--data", signed).returncode == 0


def test_a_key_that_nobody_made_is_refused(cli, signed):
    done = cli("functions", "--data", signed, AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY="wrong")
    assert done.returncode == 1
    assert "UnrecognizedClientException" in done.stderr


def test_env_sends_to_keys(cli, signed):
    done = cli("env", "--data", signed)
    assert done.returncode == 1
    assert "lambent keys create" in done.stderr


def test_a_key_works_until_it_is_deleted(cli, signed):
    key = json.loads(cli("keys", "create", "--user", "ada", "--data", signed, "--json").stdout)
    variables = {"AWS_ACCESS_KEY_ID": key["access_key_id"], "AWS_SECRET_ACCESS_KEY": key["secret_access_key"]}
    assert key["access_key_id"] in cli("keys", "list", "--data", signed).stdout
    assert cli("functions", "--data", signed, **variables).returncode == 0
    assert cli("keys", "delete", key["access_key_id"], "--data", signed).returncode == 0
    assert cli("functions", "--data", signed, **variables).returncode == 1
    assert key["access_key_id"] not in cli("keys", "list", "--data", signed).stdout


def test_a_third_key_is_refused_with_the_way_to_make_room(cli, signed):
    made = [cli("keys", "create", "--user", "bob", "--data", signed) for _ in range(3)]
    assert [done.returncode for done in made] == [0, 0, 1]
    assert "AccessKeysPerUser" in made[-1].stderr
    assert "`lambent keys list`" in made[-1].stderr
    assert "`lambent keys delete KEY`" in made[-1].stderr


def test_the_printed_lines_are_all_that_boto3_needs(cli, signed):
    lines = cli("keys", "create", "--data", signed).stdout
    script = f'{lines}\n{sys.executable} -c \'import boto3; print(boto3.client("sts").get_caller_identity()["Arn"])\''
    said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout == "arn:aws:iam::000000000000:user/lambent\n"


def test_with_policies_the_line_that_start_names_makes_an_administrator_and_a_bare_key_may_do_nothing(cli, tmp_path):
    done = cli("start", "-d", "--port", "0", "--auth", "iam", "--data", str(tmp_path))
    try:
        assert f'eval "$(lambent keys create --admin --data {tmp_path})"' in done.stderr
        made = [
            json.loads(cli("keys", "create", "--data", str(tmp_path), "--json", *options).stdout)
            for options in (["--admin"], ["--user", "ada"])
        ]
        answers = [
            cli(
                "functions",
                AWS_ACCESS_KEY_ID=key["access_key_id"],
                AWS_SECRET_ACCESS_KEY=key["secret_access_key"],
                AWS_ENDPOINT_URL=key["url"],
            )
            for key in made
        ]
        assert [answer.returncode for answer in answers] == [0, 1]
        assert "AccessDenied" in answers[1].stderr
    finally:
        cli("stop", "--data", str(tmp_path))


@pytest.mark.parametrize("command", [("clock", "advance", "5"), ("reset", "--yes")])
def test_what_only_the_one_who_runs_the_platform_may_do_tells_a_user_to_unset_the_key(cli, signed, command):
    key = json.loads(cli("keys", "create", "--user", f"of-{command[0]}", "--data", signed, "--json").stdout)
    variables = {"AWS_ACCESS_KEY_ID": key["access_key_id"], "AWS_SECRET_ACCESS_KEY": key["secret_access_key"]}
    done = cli(*command, "--data", signed, **variables)
    assert done.returncode == 1
    assert "HTTP 403" not in done.stderr
    assert "Unset AWS_ACCESS_KEY_ID" in done.stderr


def test_a_clock_that_cannot_be_turned_so_says_why_without_a_status_of_http(cli, signed):
    done = cli("clock", "set", "yesterday", "--data", signed)
    assert done.returncode == 1
    assert done.stderr.startswith("lambent: ")
    assert "HTTP" not in done.stderr


def test_releasing_a_clock_without_an_account_asks_for_one(cli, signed):
    done = cli("clock", "release", "--data", signed)
    assert done.returncode == 2
    assert "--account" in done.stderr


def test_deleting_a_key_that_is_not_there_says_so(cli, signed):
    done = cli("keys", "delete", "AKIANOTTHERE", "--data", signed)
    assert done.returncode == 1
    assert "keys list" in done.stderr


def test_doctor_takes_the_port_of_the_platform_itself_for_no_trouble(cli, running, data):
    port = running["url"].rpartition(":")[2]
    found = json.loads(cli("doctor", "--json", "--data", str(data), "--port", port).stdout)["findings"]
    assert [(one["level"], one["text"]) for one in found if one["name"] == "port"] == [("ok", f"{port} is where it listens")]


def test_doctor_tells_what_runs_here(cli, tmp_path):
    done = cli("doctor", "--json", "--data", str(tmp_path))
    findings = {finding["name"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert done.returncode == 0
    assert findings[RUNTIME]["level"] == "ok"
    assert {"sandbox", "cgroups", "data", "port", "sqlite", "aws"} <= set(findings)
    assert all(finding["advice"] for finding in findings.values() if finding["level"] == "missing")


def test_a_platform_whose_data_directory_is_deleted_ends_instead_of_acknowledging_what_is_lost(
    cli: Run, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    platform = started(cli, "--data", str(data))
    process = os.pidfd_open(platform["pid"])
    while data.exists():  # as long as it lives it writes there
        shutil.rmtree(data, ignore_errors=True)
    ends = select.poll()
    ends.register(process, select.POLLIN)
    ended = ends.poll(60_000)
    os.close(process)
    assert ended
