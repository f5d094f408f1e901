"""The plugin as pytest runs it, in projects of their own."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

TWO_TESTS = """
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


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs pytest in ``tmp_path`` on a file of tests."""

    def pytest_on(text: str, *options: str) -> "subprocess.CompletedProcess[str]":
        (tmp_path / "test_it.py").write_text(text)
        (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-W", "error", *options]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)

    return pytest_on


@pytest.mark.parametrize("options", [(), ("-n", "2"), ("--import-mode=importlib",)])
def test_every_test_has_an_account_of_its_own(run: Run, options: tuple[str, ...]) -> None:
    done = run(TWO_TESTS, *options)
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_the_variables_are_as_before_after_each_test(run: Run) -> None:
    done = run("""
import os


def test_one(monkeypatch, aws):
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert os.environ["AWS_ACCESS_KEY_ID"] == aws.account


def test_two():
    assert "AWS_REGION" not in os.environ
    assert "AWS_ENDPOINT_URL" not in os.environ
""")
    assert "2 passed" in done.stdout, done.stdout


def test_a_failed_test_shows_what_its_functions_wrote(run: Run) -> None:
    done = run("""
def handler(event, context):
    print("charging", event)


def test_fails(deploy):
    deploy(handler)(7)
    assert False
""")
    assert "1 failed" in done.stdout
    assert re.search(r"-+ lambent logs of handler -+\n(.*\n)*charging 7\n", done.stdout), done.stdout


def test_a_run_that_uses_no_fixture_imports_nothing_of_the_platform(run: Run) -> None:
    done = run("""
import sys


def test_nothing_is_loaded():
    loaded = [name for name in sys.modules if name.startswith("lambent")]
    assert loaded == ["lambent", "lambent.testing", "lambent.testing.plugin"], loaded
    assert not {"botocore", "uvloop", "msgspec", "boto3"} & set(sys.modules)
""")
    assert "1 passed" in done.stdout, done.stdout


def test_options_of_the_platform_are_a_fixture(run: Run) -> None:
    done = run("""
import pytest


@pytest.fixture(scope="session")
def lambent_options():
    return {"durability": "power"}


def test_options(lambent):
    assert lambent.config.durability == "power"
""")
    assert "1 passed" in done.stdout, done.stdout


def test_a_fixture_of_the_project_goes_first(run: Run) -> None:
    done = run("""
import pytest


@pytest.fixture
def clock():
    return "mine"


def test_mine(clock):
    assert clock == "mine"
""")
    assert "1 passed" in done.stdout, done.stdout


def test_every_fixture_says_what_it_is(run: Run) -> None:
    done = run("", "--fixtures", "-q")
    listed = done.stdout.partition("fixtures defined from lambent.testing.plugin")[2].partition("fixtures defined from")[0]
    for name in ("lambent", "lambent_options", "aws", "clock", "deploy", "logs", "faults"):
        assert re.search(rf"^{name}( \[session scope\])? -- .*\n    \S", listed, re.MULTILINE), listed


@pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="no file system in memory")
def test_a_run_leaves_nothing_behind(run: Run) -> None:
    def folders() -> set[str]:
        return {name for name in os.listdir("/dev/shm") if name.startswith("lambent-")}

    before = folders()
    assert "2 passed" in run(TWO_TESTS).stdout
    assert not {name for name in folders() - before if _is_ours(name)}


def _is_ours(name: str) -> bool:
    """Others may run their tests on this machine at the same time."""
    try:
        return Path("/dev/shm", name, "platform.json").read_text().count(f'"pid": {os.getpid()}') > 0
    except OSError:
        return False
