"""What doctor says of the tools that it finds."""

import os

import pytest

from lambent.cli import doctor


@pytest.mark.parametrize(("version", "is_warned_of"), [("aws-cli/1.46.3", True), ("aws-cli/2.31.0", False)])
def test_version_1_of_the_aws_cli_is_known_to_ignore_the_endpoint_of_some_services(
    tmp_path, monkeypatch, version, is_warned_of
):
    aws = tmp_path / "aws"
    aws.write_text(f"#!/bin/sh\necho {version} Python/3.11.7\n")
    aws.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    (found,) = doctor._tools()
    assert (found.level, found.text) == ("ok", f"{version}  {aws}")
    assert ("--endpoint-url" in found.advice) == is_warned_of
