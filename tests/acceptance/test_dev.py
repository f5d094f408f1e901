"""lambent dev as people use it: a real command, a real platform, files that are edited, and Ctrl-C."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from tests import warm
from tests.debug_adapter import DebugClient
from tests.inspector import Inspector

RUNTIME = f"python3.{sys.version_info[1]}"
PATIENT = Config(read_timeout=120, retries={"max_attempts": 0})
APP = "def handler(event, context):\n    print('got', event)\n    return {!r}\n"


class Dev:
    """``lambent dev --json`` as a process, its events read one after the other."""

    def __init__(self, *arguments: str) -> None:
        self._process = warm.Process("lambent", ["dev", *arguments, "--json"])
        self.url = self.event("platform")["url"]

    def event(self, kind: str, **facts: Any) -> dict[str, Any]:
        """The next of this kind that has these facts."""
        for line in self._process.stdout:
            told: dict[str, Any] = json.loads(line)
            if told["event"] == kind and facts.items() <= told.items():
                return told
        raise AssertionError(f"it ended without {kind}")

    def end(self, number: int = signal.SIGINT) -> int:
        """What it exits with."""
        if self._process.poll() is None:
            os.kill(self._process.pid, number)
        for _ in self._process.stdout:
            pass
        self._process.stdout.close()
        return self._process.wait(60)

    def functions(self) -> Any:
        keys = {"aws_access_key_id": "000000000000", "aws_secret_access_key": "x", "region_name": "us-east-1"}
        return boto3.client("lambda", endpoint_url=self.url, config=PATIENT, **keys)

    def invoke(self, name: str, event: Any = None) -> Any:
        answer = self.functions().invoke(FunctionName=name, Payload=json.dumps(event))
        return json.loads(answer["Payload"].read())


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Dev]]:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    with contextlib.ExitStack() as ending:

        def start(*arguments: str) -> Dev:
            dev = Dev("--data", str(tmp_path / "data"), "--port", "0", *arguments)
            ending.callback(lambda: dev.end() if dev._process.returncode is None else 0)
            return dev

        yield start


def lambent(*arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [warm.command("lambent"), *arguments], cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )


def test_edits_are_live_at_the_next_invocation_and_logs_are_shown(run, tmp_path):
    source = tmp_path / "app"
    source.mkdir()
    (source / "app.py").write_text(APP.format("first"))
    dev = run(str(source))
    served = dev.event("serving")
    assert (served["function"], served["runtime"], served["handler"]) == ("app", RUNTIME, "app.handler")
    dev.event("ready")
    assert dev.invoke("app", 5) == "first"
    assert dev.event("log", function="app", message="got 5\n")
    (source / "app.py").write_text(APP.format("second"))
    assert dev.invoke("app") == "second"
    assert dev.event("changed")["names"] == ["app.py"]
    (source / "app.py").write_text("def handler(event, context:\n")
    assert dev.invoke("app")["errorType"] == "Runtime.UserCodeSyntaxError"
    (source / "app.py").write_text(APP.format("mended"))
    assert dev.invoke("app") == "mended"
    # Resolvers need not know names below localhost; browsers and curl do.
    visit = urllib.request.Request(dev.url, headers={"Host": urlsplit(served["url"]).netloc})
    with urllib.request.urlopen(visit) as answer:
        assert answer.read() == b"mended"
    assert dev.end() == 0


def test_functions_come_and_change_as_the_folder_describes_them(run, tmp_path):
    root = tmp_path / "services"
    (root / "one").mkdir(parents=True)
    (root / "one" / "app.py").write_text(APP.format(1))
    dev = run(str(root), "--env", "STAGE=dev")
    dev.event("ready")
    (root / "two.py").write_text("import os\ndef handler(event, context):\n    return os.environ['STAGE']\n")
    assert dev.event("serving", function="two")["handler"] == "two.handler"
    assert dev.invoke("two") == "dev"
    (root / "lambent.toml").write_text('[functions.one]\npath = "one"\ntimeout = "long"\n')
    assert "timeout is 'long'" in dev.event("problem")["message"]
    (root / "lambent.toml").write_text('[functions.one]\npath = "one"\ntimeout = 30\nmemory = 256\n')
    dev.event("serving", function="one")
    told = dev.functions().get_function_configuration(FunctionName="one")
    assert (told["Timeout"], told["MemorySize"]) == (30, 256)
    assert dev.invoke("two") == "dev"  # described no more, it stays


def test_functions_remain_on_a_platform_that_runs_or_go_where_that_is_asked_for(run, tmp_path):
    source = tmp_path / "app"
    source.mkdir()
    (source / "app.py").write_text(APP.format("here"))
    started = lambent("start", "-d", "--port", "0", "--data", "data", "--json", cwd=tmp_path)
    assert started.returncode == 0, started.stderr
    try:
        dev = run(str(source))
        assert dev.url == json.loads(started.stdout)["url"]
        dev.event("ready")
        assert dev.end(signal.SIGTERM) == 0
        (source / "app.py").write_text(APP.format("still here"))
        assert dev.invoke("app") == "still here"
        dev = run(str(source), "--name", "other", "--remove")
        dev.event("ready")
        assert dev.end() == 0
        assert [each["FunctionName"] for each in dev.functions().list_functions()["Functions"]] == ["app"]
    finally:
        assert lambent("stop", "--data", "data", cwd=tmp_path).returncode == 0


def test_a_platform_that_was_started_ends_too_and_keeps_the_functions(run, tmp_path):
    source = tmp_path / "app"
    source.mkdir()
    (source / "app.py").write_text(APP.format("kept"))
    dev = run(str(source))
    dev.event("ready")
    assert dev.end() == 0
    assert lambent("status", "--data", "data", cwd=tmp_path).returncode == 3
    (source / "app.py").write_text(APP.format("found again"))
    dev = run(str(source))
    dev.event("ready")
    assert dev.invoke("app") == "found again"


def test_a_sam_template_describes_functions(run, tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.py").write_text("import os\ndef run(event, context):\n    return os.environ['TABLE']\n")
    (tmp_path / "template.yaml").write_text(
        f"""
Transform: AWS::Serverless-2016-10-31
Parameters: {{Stage: {{Type: String, Default: test}}}}
Globals: {{Function: {{Runtime: {RUNTIME}, Timeout: 20}}}}
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: main.run
      Environment: {{Variables: {{TABLE: !Sub "orders-${{Stage}}"}}}}
"""
    )
    dev = run()
    dev.event("ready")
    assert dev.invoke("Orders") == "orders-test"
    assert dev.functions().get_function_configuration(FunctionName="Orders")["Timeout"] == 20


def wheel(folder: Path, version: str) -> Path:
    """A package that needs no index."""
    path = folder / f"greeting-{version}-py3-none-any.whl"
    info = f"greeting-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("greeting.py", f"VERSION = {version!r}\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: greeting\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", f"greeting.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return path


def test_requirements_are_installed_when_they_change(run, tmp_path):
    source = tmp_path / "app"
    source.mkdir()
    (source / "app.py").write_text("import greeting\ndef handler(event, context):\n    return greeting.VERSION\n")
    (source / "requirements.txt").write_text(f"{wheel(tmp_path, '1.0')}\n")
    dev = run(str(source))
    dev.event("ready")
    assert dev.invoke("app") == "1.0"
    (source / "requirements.txt").write_text("/nowhere/greeting-2.0-py3-none-any.whl\n")
    assert "requirements.txt could not be installed" in dev.event("problem")["message"]
    (source / "requirements.txt").write_text(f"{wheel(tmp_path, '2.0')}\n")
    dev.event("serving", function="app")
    assert dev.invoke("app") == "2.0"


def test_a_debugger_attaches_to_what_is_served(run, tmp_path):
    pytest.importorskip("debugpy")
    source = tmp_path / "app"
    source.mkdir()
    (source / "app.py").write_text("def handler(event, context):\n    doubled = event * 2\n    return doubled\n")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    dev = run(str(source), "--debug", f"app:{port}")
    assert dev.event("serving")["debug_port"] == port
    launch = dev.event("launch")["configuration"]
    assert launch["connect"] == {"host": "127.0.0.1", "port": port}
    dev.event("ready")
    debug = DebugClient.attached(port, source)
    debug.break_at(source / "app.py", 3)
    debug.run()
    functions = dev.functions()
    functions.invoke(FunctionName="app", InvocationType="Event", Payload=b"21")
    line, variables = debug.stopped_at()
    assert (line, variables["doubled"]) == (3, "42")
    debug.go_on()
    dev.event("log", function="app")
    debug.close()
    assert dev.end() == 0


@pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine")
def test_a_debugger_attaches_to_a_node_function_which_waits_for_none_afterwards(run, tmp_path):
    source = tmp_path / "app"
    source.mkdir()
    (source / "index.mjs").write_text(
        "export const handler = async (event) => {\n  const doubled = event * 2\n  return doubled\n}\n"
    )
    started = lambent("start", "-d", "--port", "0", "--data", "data", "--json", cwd=tmp_path)
    assert started.returncode == 0, started.stderr
    try:
        dev = run(str(source), "--debug", "app")
        launch = dev.event("launch")["configuration"]
        assert (launch["type"], launch["remoteRoot"]) == ("node", "/var/task")
        dev.event("ready")
        debug = Inspector.attached(launch["port"])
        debug.break_at("file:///var/task/index.mjs", 3)
        debug.run()
        dev.functions().invoke(FunctionName="app", InvocationType="Event", Payload=b"21")
        line, variables = debug.stopped_at()
        assert (line, variables["doubled"]) == (3, 42)
        debug.go_on()
        dev.event("log", function="app")
        debug.close()
        assert dev.end(signal.SIGTERM) == 0
        assert dev.invoke("app", 4) == 8
        dev = run(str(source))
        dev.event("ready")
        assert lambent("stop", "--data", "data", cwd=tmp_path).returncode == 0
        dev.event("gone")
        assert dev._process.wait(60) == 1
    finally:
        lambent("stop", "--data", "data", cwd=tmp_path)


def test_what_is_not_understood_is_said_before_anything_starts(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "app.py").write_text(APP.format(1))
    for arguments, words in (
        (("empty",), "no function is found"),
        (("app", "--debug", "other"), "there is no function other"),
        (("app", "--debug", "app:x"), "x is no port"),
        (("app", "--wait-for-debugger"), "Name the function: --debug NAME"),
        (("app", "--env", "X"), "not NAME=VALUE"),
        (("nowhere",), "does not exist"),
    ):
        done = lambent("dev", *arguments, cwd=tmp_path)
        assert done.returncode == 2, done.stderr
        assert words in done.stderr
    assert not (tmp_path / ".lambent").exists()
