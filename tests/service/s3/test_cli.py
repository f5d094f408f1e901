"""The AWS CLI's everyday commands against a real server."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_files_are_copied_listed_synced_and_removed(aws: Callable[..., Any], tmp_path: Path):
    here, back = tmp_path / "here", tmp_path / "back"
    (here / "sub").mkdir(parents=True)
    (here / "small.txt").write_text("hello")
    (here / "sub" / "large.bin").write_bytes(os.urandom(20 * 1_024 * 1_024))
    aws("s3", "mb", "s3://things")
    aws("s3", "cp", "--recursive", str(here), "s3://things/copied")
    assert "small.txt" in aws("s3", "ls", "s3://things/copied/")
    aws("s3", "sync", "s3://things/copied", str(back))
    assert (back / "sub" / "large.bin").read_bytes() == (here / "sub" / "large.bin").read_bytes()
    assert aws("s3", "sync", "s3://things/copied", str(back)) == ""
    aws("s3", "mv", "s3://things/copied/small.txt", "s3://things/moved.txt")
    assert aws("s3", "cp", "s3://things/moved.txt", "-") == "hello"
    aws("s3", "rb", "--force", "s3://things")
    assert aws("s3", "ls") == ""
