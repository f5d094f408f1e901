"""docs/testing.md and docs/events.md, run as they are written, and the plugin in projects of their own."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PAGES = [Path(__file__).parents[2] / "docs" / name for name in ("testing.md", "events.md")]
BLOCKS = [block for page in PAGES for block in re.findall(r"^```python\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)]

Run = Callable[..., str]

VARIABLES = """
import os


def test_variables_one(monkeypatch, aws):
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert os.environ["AWS_ACCESS_KEY_ID"] == aws.account


def test_variables_two():
    assert "AWS_REGION" not in os.environ
    assert "AWS_ENDPOINT_URL" not in os.environ
"""

FIXTURE_OF_THE_PROJECT = """
import pytest


@pytest.fixture
def clock():
    return "mine"


def test_mine(clock):
    assert clock == "mine"
"""

FOLDER = """
from pathlib import Path


def test_folder(lambent):
    Path(WHERE).write_text(str(lambent.config.data))
    assert lambent.config.data.is_dir()
"""

FAILS = """
def handler(event, context):
    print("charging", event)


def test_fails(deploy):
    deploy(handler)(7)
    assert False
"""

TWO_ACCOUNTS = """
import boto3


def handler(event, context):
    print("seen", event)
    return event


def test_one(aws, deploy):
    assert deploy(handler)(1) == 1
    assert [f["FunctionName"] for f in boto3.client("lambda").list_functions()["Functions"]] == ["handler"]


def test_two(aws):
    assert boto3.client("lambda").list_functions()["Functions"] == []
"""


# Plugins that are here for other tests, and take a second to load.
WITHOUT = [word for name in ("cacheprovider", "schemathesis", "faker", "anyio") for word in ("-p", f"no:{name}")]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs pytest on files of tests in a project of their own; returns what it said."""

    def pytest_on(*tests: str, options: tuple[str, ...] = ()) -> str:
        for number, text in enumerate(tests):
            name = "conftest.py" if text.startswith("# conftest.py") else f"test_{number}.py"
            (tmp_path / name).write_text(text)
        (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
        command = [sys.executable, "-m", "pytest", *WITHOUT, "-W", "error", *options]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=180, check=False)
        return done.stdout + done.stderr

    return pytest_on


FAILING = """
import pytest


def handler(event, context):
    raise ValueError("asked to fail")


def test_a_function_fails(deploy):
    deploy(handler)(1)


def test_a_setting_is_bad(deploy):
    deploy(handler, memory=1)


def test_a_callable_is_none(deploy):
    deploy(3)


def test_a_lambda(deploy):
    deploy(lambda event, context: 1)


def test_time_goes_back(clock):
    clock.advance(-1)


def test_a_time_is_none(clock):
    clock.advance("3 minutes")


def test_an_operation_is_not_there(faults):
    faults.fail("sqs", "Send")


def test_an_answer_is_an_error(aws):
    aws.call("sqs", "GetQueueUrl", QueueName="none")


def test_a_line_is_not_there(logs):
    logs.wait_for("nobody", "hello", timeout_s=0)
"""


def test_a_failing_test_shows_its_own_line_and_nothing_of_lambents_inside(run: Run) -> None:
    said = run(FAILING, options=("--tb=short",))
    assert "9 failed" in said, said
    frames = re.findall(r"^(\S+\.py):\d+: in ", said, re.MULTILINE)
    assert frames == ["test_0.py"] * 9, said


@pytest.mark.slow
@pytest.mark.parametrize("options", [pytest.param((), marks=pytest.mark.realtime), ("-n", "2")], ids=["alone", "xdist"])
def test_the_examples_of_the_documentation_work(run: Run, options: tuple[str, ...]) -> None:
    count = sum(len(re.findall(r"^ *def test_", block, re.MULTILINE)) for block in BLOCKS)
    said = run(*BLOCKS, options=options)
    assert f"{count} passed" in said, said


@pytest.mark.slow
def test_every_fixture_says_what_it_is(run: Run) -> None:
    said = run("", options=("--fixtures", "-q"))
    listed = said.partition("fixtures defined from lambent.testing.plugin")[2].partition("fixtures defined from")[0]
    for name in ("lambent", "lambent_options", "aws", "clock", "deploy", "logs", "faults"):
        assert re.search(rf"^{name}( \[session scope\])? -- .*\n    \S", listed, re.MULTILINE), said


@pytest.mark.slow
def test_fixtures_keep_tests_apart_and_a_run_leaves_nothing_behind(run: Run, tmp_path: Path) -> None:
    """One run: the variables are as before after each test, each has an account of its own, a fixture of the project goes
    first, and a failed test shows what its functions wrote."""
    where = f"WHERE = {str(tmp_path / 'where')!r}"
    said = run(VARIABLES, TWO_ACCOUNTS, FIXTURE_OF_THE_PROJECT, where + FOLDER, FAILS, options=("--import-mode=importlib",))
    assert "6 passed" in said, said
    assert "1 failed" in said, said
    assert not os.path.exists((tmp_path / "where").read_text())
    assert re.search(r"-+ lambent logs of handler -+\n(.*\n)*charging 7\n", said), said
