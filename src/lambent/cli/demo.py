"""demo: the main job on real input, each step with its milliseconds, on a platform of its own that leaves nothing behind."""

import asyncio
import base64
import io
import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import click

from lambent import __version__
from lambent.cli import background, burst
from lambent.cli.client import Answer, Client, Identity
from lambent.cli.options import SECRET_DEFAULT
from lambent.core.clock import monotonic_s
from lambent.core.config import default_cache
from lambent.core.context import ACCOUNT_DEFAULT, REGION_DEFAULT
from lambent.core.errors import LambentError
from lambent.wire.http import Request

PACKAGE = {"humanize": "4.17.0"}  # what the layer is made from
NAME = "hello"
GROUP = f"/aws/lambda/{NAME}"
WARM_COUNT = 50
BURST_SLEEP_S = 1.0
ACTIVE_S_MAX = 120.0
STOP_S_MAX = 20.0
POLL_S = 0.01

_FUNCTION = f"/2015-03-31/functions/{NAME}"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
_CODE = """
import os, time
import boto3       # as on AWS, it is there
import humanize    # from the layer

def handler(event, context):
    if "sleep_s" in event:
        time.sleep(event["sleep_s"])
        return context.log_stream_name
    caller = boto3.client("sts").get_caller_identity()["Arn"]
    print("{greeting},", event["name"], "- I am", caller)
    return {{"says": "{greeting}, " + event["name"], "counts": humanize.intcomma(1234567), "is": caller}}
"""


@dataclass(slots=True)
class Step:
    """One thing done. ``detail`` is what it brought about."""

    name: str
    duration_ms: float = 0.0
    detail: str = ""
    log: str = ""


@click.command()
@click.option("--burst", "count", type=click.IntRange(1, 1_000), default=1_000, show_default=True, help="Invocations at once.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON when it is done, and nothing meanwhile.")
def demo(*, count: int, is_json: bool) -> int:
    """See it all work: a layer from PyPI, a function, a burst, kill -9, and everything still there.

    Runs a platform of its own on a free port with a data directory of its own, and removes both.

    \b
    lambent demo
    lambent demo --json | jq .
    """
    folder = Path(tempfile.mkdtemp(prefix="lambent-demo-"))
    run = Demo(folder, is_quiet=is_json)
    failure = ""
    try:
        run.everything(count)
    except (LambentError, AssertionError, OSError) as error:
        failure = getattr(error, "message", None) or str(error) or repr(error)
    finally:
        last_words = run.clean_up()
    if is_json:
        steps = [asdict(step) for step in run.steps]
        click.echo(
            json.dumps({"version": __version__, "ok": not failure, "failure": failure or None, "steps": steps}, indent=2)
        )
    elif failure:
        click.echo(f"\n{click.style('failed:', fg='red', bold=True)} {failure}", err=True)
        click.echo(last_words, err=True)
    return 1 if failure else 0


@dataclass(slots=True)
class Demo:
    """The steps, in their order, and what one leaves for the next."""

    folder: Path
    is_quiet: bool
    steps: list[Step] = field(default_factory=list)
    _process: "subprocess.Popen[bytes] | None" = None
    _client: Client = field(default_factory=lambda: Client("", Identity(ACCOUNT_DEFAULT, SECRET_DEFAULT), REGION_DEFAULT))
    _runtime: str = ""

    def everything(self, burst_count: int) -> None:
        self._say(click.style(f"Lambent {__version__}", bold=True) + ": your own AWS Lambda, on this machine\n")
        self._start("start a platform")
        self._ready_runtime()
        layer_arn = self._publish_layer(self._build_layer())
        self._create_function(layer_arn)
        self._invoke_cold()
        self._invoke_warm()
        self._update_code(layer_arn)
        self._burst(burst_count)
        lines = self._read_logs()
        self._kill()
        self._start("start it again on the same data")
        self._check_that_all_is_there(layer_arn, lines)
        self._say(f"\nNow yours: {_start_command()}, then docs/getting-started.md")

    # ---- the steps -----------------------------------------------------------------------------------------------

    def _start(self, name: str) -> None:
        with self._step(name) as step:
            arguments = ["--port", "0", "--data", str(self.folder / "data")]
            with self._log.open("a+b") as output:
                self._process, started = background.start(arguments, output)
            self._client.close()
            self._client.url = started.url
            step.detail = started.url

    def _ready_runtime(self) -> None:
        from lambent.environments.runtimes import Runtimes

        with self._step("ready a Python runtime") as step:
            runtimes = Runtimes(default_cache())
            found = runtimes.discover()
            own = f"python3.{sys.version_info[1]}"
            self._runtime = own if own in found else next(reversed(found), own)
            was_there = self._runtime in found and runtimes.is_installed(found[self._runtime])
            files = asyncio.run(runtimes.installed(self._runtime))
            step.detail = f"{files.interpreter.runtime} with boto3" + (
                ", installed before" if was_there else ", installed once"
            )

    def _build_layer(self) -> bytes:
        from lambent.environments.runtimes import Runtimes

        name, version = next(iter(PACKAGE.items()))
        with self._step("build a layer from PyPI") as step:
            Runtimes(default_cache()).fetch(self._runtime, PACKAGE, self.folder / "layer" / "python")
            data = _zip_folder(self.folder / "layer")
            step.detail = f"{name} {version}, {len(data):,} bytes"
        return data

    def _publish_layer(self, data: bytes) -> str:
        with self._step("publish the layer") as step:
            body = {"Content": {"ZipFile": base64.b64encode(data).decode()}, "CompatibleRuntimes": [self._runtime]}
            answer = self._lambda("POST", f"/2018-10-31/layers/{NAME}/versions", body).json()
            step.detail = answer["LayerVersionArn"]
        return str(answer["LayerVersionArn"])

    def _create_function(self, layer_arn: str) -> None:
        with self._step("create a role and a function") as step:
            role = self._client.iam("CreateRole", RoleName=NAME, AssumeRolePolicyDocument=json.dumps(_TRUST))
            body = {
                "FunctionName": NAME,
                "Runtime": self._runtime,
                "Handler": "app.handler",
                "Role": role.findtext("Role/Arn"),
                "Code": {"ZipFile": base64.b64encode(_zip_code("Hello")).decode()},
                "Layers": [layer_arn],
                "Timeout": 30,
            }
            self._lambda("POST", "/2015-03-31/functions", body)
            step.detail = f"{NAME} is {self._await_state('State', 'Active')}"

    def _invoke_cold(self) -> None:
        with self._step("invoke it, cold") as step:
            step.detail, step.log = self._invoke("Ada")

    def _invoke_warm(self) -> None:
        with self._step(f"invoke it, warm, {WARM_COUNT} times") as step:
            durations_ms = []
            for _ in range(WARM_COUNT):
                started_s = monotonic_s()
                self._lambda("POST", f"{_FUNCTION}/invocations", {"sleep_s": 0})
                durations_ms.append((monotonic_s() - started_s) * 1_000)
            step.detail = f"median {statistics.median(durations_ms):.1f} ms"

    def _update_code(self, layer_arn: str) -> None:
        with self._step("update the code, not the layer") as step:
            code = base64.b64encode(_zip_code("Good morning")).decode()
            self._lambda("PUT", f"{_FUNCTION}/code", {"ZipFile": code})
            self._await_state("LastUpdateStatus", "Successful")
            said, step.log = self._invoke("Grace")
            assert "Good morning" in said, f"the new code did not answer: {said}"
            assert self._layers() == [layer_arn], "the layer is no longer attached"
            step.detail = said

    def _burst(self, count: int) -> None:
        with self._step(f"burst of {count:,}, each {BURST_SLEEP_S:g} s long") as step:
            body = json.dumps({"sleep_s": BURST_SLEEP_S}).encode()
            request = self._client.signed("lambda", Request("POST", f"{_FUNCTION}/invocations", "", {}, body))
            result = burst.send(self._client.url, request, count)
            assert not result.failures, (
                f"{sum(result.failures.values())} of {count} failed: {result.failures.most_common(1)[0][0]}"
            )
            step.detail = f"{len(result.bodies):,} answers from {len(set(result.bodies)):,} execution environments"

    def _read_logs(self) -> int:
        with self._step("read the logs") as step:
            lines = self._count_reports()
            step.detail = f"{lines:,} invocations are in {GROUP}"
        return lines

    def _kill(self) -> None:
        assert self._process is not None
        with self._step("kill -9") as step:
            self._process.kill()
            self._process.wait()
            step.detail = f"process {self._process.pid} is gone"

    def _check_that_all_is_there(self, layer_arn: str, lines: int) -> None:
        with self._step("find the function and its layer") as step:
            assert self._layers() == [layer_arn], "the function lost its layer"
            found = self._lambda("GET", f"/2018-10-31/layers/{NAME}/versions/1").json()
            assert found["LayerVersionArn"] == layer_arn, "the layer is gone"
            step.detail = f"{NAME}, {layer_arn.rpartition('layer:')[2]}"
        with self._step("find the logs") as step:
            found_lines = self._count_reports()
            assert found_lines == lines, f"{found_lines} of {lines} invocations are left in the log"
            step.detail = f"all {lines:,} invocations"
        with self._step("invoke it again") as step:
            step.detail, step.log = self._invoke("Katherine")

    # ---- what they are made of -----------------------------------------------------------------------------------

    def _lambda(self, method: str, path: str, content: object = None) -> Answer:
        body = b"" if content is None else json.dumps(content).encode()
        return self._client.rest("lambda", method, path, headers={"content-type": "application/json"}, body=body)

    def _invoke(self, name: str) -> tuple[str, str]:
        """What it said and the log's tail."""
        headers = {"x-amz-log-type": "Tail"}
        answer = self._client.rest(
            "lambda", "POST", f"{_FUNCTION}/invocations", headers=headers, body=json.dumps({"name": name}).encode()
        )
        text = answer.body.decode()
        assert "x-amz-function-error" not in answer.headers, f"the function failed: {text}"
        return text, base64.b64decode(answer.headers.get("x-amz-log-result", "")).decode()

    def _layers(self) -> list[str]:
        configuration = self._lambda("GET", f"{_FUNCTION}/configuration").json()
        return [layer["Arn"] for layer in configuration.get("Layers", ())]

    def _await_state(self, member: str, wanted: str) -> str:
        """As boto3's waiters do, but quicker to look again."""
        deadline = monotonic_s() + ACTIVE_S_MAX
        while True:
            configuration = self._lambda("GET", f"{_FUNCTION}/configuration").json()
            state = str(configuration[member])
            if state == wanted:
                return state
            assert state != "Failed", f"{member} is Failed: {configuration.get('StateReason', '')}"
            assert monotonic_s() < deadline, f"{member} is still {state}"
            time.sleep(POLL_S)

    def _count_reports(self) -> int:
        parameters: dict[str, object] = {"logGroupName": GROUP, "filterPattern": "REPORT"}
        count = 0
        while True:
            page = self._client.logs("FilterLogEvents", parameters)
            count += len([event for event in page["events"] if event["message"].startswith("REPORT")])
            if not page.get("nextToken"):
                return count
            parameters["nextToken"] = page["nextToken"]

    # ---- telling, and leaving no trace ---------------------------------------------------------------------------

    @contextmanager
    def _step(self, name: str) -> Iterator[Step]:
        step = Step(name)
        self.steps.append(step)
        started_s = monotonic_s()
        try:
            yield step
        except BaseException:
            self._say(f"  {click.style('--', fg='red')}  {name}")
            raise
        step.duration_ms = round((monotonic_s() - started_s) * 1_000, 1)
        self._say(
            f"  {click.style('ok', fg='green')}  {name:<34}{step.duration_ms:>9,.1f} ms  {click.style(step.detail, dim=True)}"
        )
        for line in step.log.splitlines():
            self._say(click.style(f"      | {line.rstrip()}", dim=True))

    def _say(self, text: str) -> None:
        if not self.is_quiet:
            click.echo(text)

    @property
    def _log(self) -> Path:
        return self.folder / "platform.log"

    def clean_up(self) -> str:
        """Ends the platform and removes its folder; returns the end of its log."""
        self._client.close()
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_S_MAX)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        lines = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        shutil.rmtree(self.folder, ignore_errors=True)
        return "\n".join(lines[-10:])


def _start_command() -> str:
    """How the reader starts a platform: `make demo` runs in an environment that his shell need not know."""
    if shutil.which("lambent"):
        return "lambent start -d"
    activate = Path(sys.prefix) / "bin" / "activate"
    return f". {shlex.quote(os.path.relpath(activate))} && lambent start -d"


def _zip_code(greeting: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", _CODE.format(greeting=greeting))
    return buffer.getvalue()


def _zip_folder(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return buffer.getvalue()
