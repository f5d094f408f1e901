"""The plugin as pytest runs it, in projects of their own."""

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


@pytest.mark.parametrize("options", [("--import-mode=importlib",), ("-n", "2")])
def test_every_test_has_an_account_of_its_own(run: Run, options: tuple[str, ...]) -> None:
    done = run(TWO_TESTS, *options)
    assert "2 passed" in done.stdout, done.stdout + done.stderr


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
