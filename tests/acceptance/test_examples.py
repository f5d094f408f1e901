"""The examples and the README's first minute, run as they are written."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import warm

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
RUNTIME = f"python3.{sys.version_info[1]}"


@pytest.fixture(scope="module")
def cold(shell: dict[str, str]) -> dict[str, str]:
    """The same, with the commands as they are installed."""
    return shell | {"PATH": os.pathsep.join(path for path in shell["PATH"].split(os.pathsep) if path not in warm.folders())}


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a shell in which ``eval "$(lambent env)"`` was run, with this environment's aws and python3."""
    from lambent.testing import LocalPlatform

    folder = tmp_path_factory.mktemp("bin")
    (folder / "python3").symlink_to(sys.executable)
    with LocalPlatform() as platform:
        yield dict(os.environ) | {
            "PATH": os.pathsep.join([str(folder), *warm.folders(), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "AWS_ENDPOINT_URL": platform.url,
            "AWS_ACCESS_KEY_ID": "000000000000",
            "AWS_SECRET_ACCESS_KEY": "lambent",
            "AWS_DEFAULT_REGION": "us-east-1",
            "RUNTIME": RUNTIME,
        }


def run(shell: dict[str, str], *command: str, folder: Path = ROOT) -> str:
    done = subprocess.run(command, env=shell, cwd=folder, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    return done.stdout


needs_aws = pytest.mark.skipif(not (Path(sys.executable).parent / "aws").exists(), reason="no AWS CLI in this environment")
needs_node = pytest.mark.skipif(
    not (shutil.which("node") and shutil.which("curl")), reason="no node or no curl on this machine"
)


@pytest.mark.slow
@needs_aws
def test_hello_greets(cold):
    assert '"greeting": "Hello, Ada"' in run(cold, "sh", str(EXAMPLES / "hello/deploy.sh"))


@pytest.mark.slow
@needs_aws
def test_an_example_can_be_run_again(shell):
    for _ in range(2):
        assert '"greeting": "Hello, Ada"' in run(shell, "sh", str(EXAMPLES / "hello/deploy.sh"))


@pytest.mark.slow
@needs_aws
@pytest.mark.skipif(not shutil.which("pip"), reason="the example builds its layer with pip")
def test_layer_imports_from_opt(shell):
    said = run(shell, "sh", str(EXAMPLES / "layer/deploy.sh"))
    assert '"number": "1.2 billion"' in said
    assert '"from": "/opt/python/humanize/__init__.py"' in said


@pytest.mark.slow
def test_boto3_inside_calls_the_platform_back(shell):
    said = run(shell, sys.executable, str(EXAMPLES / "boto3_inside/deploy.py"), RUNTIME)
    assert '"caller": "arn:aws:sts::000000000000:assumed-role/boto3-inside/boto3-inside"' in said


@pytest.mark.slow
def test_one_book_for_each_id_is_the_same_wherever_it_is_decided(shell):
    said = run(shell, sys.executable, str(EXAMPLES / "distinct/run.py"))
    assert said.count("1 Core Java, 2 Scala, 3 Go\n") == (6 if shutil.which("javac") else 4)
    assert "Java again, Scala 3, Go\n" in said
    assert "Core Java, Scala, Java again, Go, Scala 3\n" in said


@pytest.mark.slow
def test_a_fan_out_is_the_same_in_each_form_and_tells_what_is_billed(shell):
    said = run(shell, sys.executable, str(EXAMPLES / "fan_out/run.py"), "6")
    rows = [line.split()[-3:] for line in said.splitlines()[3:]]
    assert [int(invocations) for _, _, invocations in rows][:4] == [1, 6, 7, 7]
    assert all(float(billed) >= 0.25 for _, billed, _ in rows)
    assert len(rows) == 5, "AWS' durable execution SDK is among the tests' packages"


@pytest.mark.slow
@needs_aws
def test_the_first_minute_of_the_documentation_works(shell, tmp_path):
    """Every ``sh`` block of docs/getting-started.md, in its order, but for those that install or start."""
    page = (ROOT / "docs/getting-started.md").read_text()
    blocks = re.findall(r"^```sh\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    script = "".join(block for block in blocks if not re.search(r"^(git|make|lambent (start|stop))", block, re.MULTILINE))
    said = run(shell, "sh", "-eu", "-c", script.replace("python3.12", RUNTIME), folder=tmp_path)
    assert "Hello, Ada" in said
    assert "Hello again, Ada" in said


@pytest.mark.slow
@needs_aws
@pytest.mark.parametrize(
    ("page", "answer"),
    [
        ("services/dynamodb", '"N": "125"'),
        ("services/kinesis", '"Data": "aGVsbG8="'),
        ("partiql", '"plays"'),
        pytest.param("functions", '{"greeting":"Hello, Ada"}\n', marks=needs_node),
        ("function-urls", "Hello, Ada\nHello, Bob\nHello, Cleo"),
        ("http-apis", "You asked for 7\nYou asked for 7\nYou asked for 7\n"),
        ("websockets", '\n{"action": "greet", "name": "Ada"}\n'),
        ("streaming", "\ndata: 0\n\ndata: 1\n\ndata: 2\n"),
    ],
)
def test_the_commands_of_a_page_work(shell, tmp_path, page, answer):
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / f"docs/{page}.md").read_text(), re.DOTALL | re.MULTILINE)
    script = "".join(blocks).replace("python3.12", RUNTIME)
    # A page's client needs a library that this environment has, and the shell's python3 does not.
    script = script.replace("python3 client.py", f"'{sys.executable}' client.py")
    assert answer in run(shell, "sh", "-eu", "-c", script, folder=tmp_path)


@pytest.mark.slow
@needs_aws
@pytest.mark.skipif(not shutil.which("pip"), reason="the example builds its layer with pip")
def test_a_fastapi_application_is_a_handler_behind_an_http_api(shell):
    assert run(shell, "sh", str(EXAMPLES / "fastapi/deploy.sh")).count('{"name":"cup","price":4.5}') == 2


@pytest.mark.realtime
@needs_aws
@pytest.mark.skipif(not shutil.which("pip"), reason="the page builds its layer with pip")
def test_every_way_of_running_a_web_framework_works(shell, tmp_path):
    page = (ROOT / "docs/web-frameworks.md").read_text()
    script = "".join(re.findall(r"^```sh\n(.*?)^```", page, re.DOTALL | re.MULTILINE)).replace("python3.12", RUNTIME)
    said = run(shell, "sh", "-eu", "-c", script, folder=tmp_path).replace(": ", ":").replace(", ", ",")
    for number, way in enumerate(("native", "mangum", "adapter", "hand"), start=1):
        assert f'{{"number":{number},"q":"{way}"}}' in said
