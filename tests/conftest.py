"""Fixtures: one running platform for the whole run, and an account of its own for each test."""

import gc
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import warm

SHARED = Path(__file__).parents[2] / "shared"

for _name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[_name]
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

# Where nothing is kept of what was compiled, each of hundreds of processes compiles the platform anew, for two seconds of CPU.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Of half a million objects that stand for tests none is garbage: nobody looks them through, now or while tests run."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.fixture(scope="session")
def vectors() -> Path:
    """Other people's test data; present in development and in CI."""
    folder = SHARED / "vectors"
    if not folder.is_dir():
        pytest.skip("the folder of shared vectors is not on this machine")
    return folder


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A platform on a free port, kept for the whole run: accounts isolate tests from one another."""
    from lambent.testing import LocalPlatform

    with LocalPlatform(data=tmp_path_factory.mktemp("platform")) as running:
        yield running


@pytest.fixture
def account() -> str:
    return f"{random.randrange(10**11, 10**12)}"


@pytest.fixture
def client(platform: Any, account: str) -> Callable[..., Any]:
    """``client("sqs")``: an unmodified boto3 client of this test's own account."""
    import boto3

    def make(service: str, *, region: str = "us-east-1", **options: Any) -> Any:
        options.setdefault("aws_access_key_id", account)
        options.setdefault("aws_secret_access_key", "test")
        return boto3.client(service, region_name=region, endpoint_url=platform.url, **options)

    return make


@pytest.fixture
def aws(platform: Any, account: str, tmp_path: Path) -> Callable[..., Any]:
    """``aws("lambda", "list-functions")``: the unmodified AWS CLI of this test's own account, run in ``tmp_path``.

    Returns what it printed, decoded where it is JSON.
    """
    command = warm.command("aws")
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": platform.url,
        "AWS_PAGER": "",
    }

    def run(*arguments: str) -> Any:
        done = subprocess.run(
            [command, *arguments], env=variables, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.startswith(("{", "[")) else done.stdout

    return run
