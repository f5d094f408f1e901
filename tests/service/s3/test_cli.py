"""The AWS CLI's everyday commands against a real server."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def aws(platform: Any, account: str) -> Any:
    """``aws("ls", …)`` runs ``aws s3 ls …`` and returns what it printed."""

    def run(*arguments: str) -> str:
        command = [str(Path(sys.executable).with_name("aws")), "--endpoint-url", platform.url, "s3", *arguments]
        variables = {
            "PATH": os.environ["PATH"],
            "AWS_ACCESS_KEY_ID": account,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=variables, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_files_are_copied_listed_synced_and_removed(aws: Any, tmp_path: Path):
    here, back = tmp_path / "here", tmp_path / "back"
    (here / "sub").mkdir(parents=True)
    (here / "small.txt").write_text("hello")
    (here / "sub" / "large.bin").write_bytes(os.urandom(20 * 1_024 * 1_024))
    aws("mb", "s3://things")
    aws("cp", "--recursive", str(here), "s3://things/copied")
    assert "small.txt" in aws("ls", "s3://things/copied/")
    aws("sync", "s3://things/copied", str(back))
    assert (back / "sub" / "large.bin").read_bytes() == (here / "sub" / "large.bin").read_bytes()
    assert aws("sync", "s3://things/copied", str(back)) == ""
    aws("mv", "s3://things/copied/small.txt", "s3://things/moved.txt")
    assert aws("cp", "s3://things/moved.txt", "-") == "hello"
    aws("rb", "--force", "s3://things")
    assert aws("ls") == ""
