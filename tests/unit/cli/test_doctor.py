"""What doctor says of the tools that it finds."""

import os
import sys
import sysconfig

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


@pytest.mark.parametrize(
    ("prefix", "configured", "level"),
    [
        ("/usr", "'--enable-shared'", "ok"),
        ("/home/me/.pyenv/versions/3.12.1", "'--prefix=/home/me/.pyenv/versions/3.12.1'", "note"),
        ("/home/me/.pyenv/versions/3.12.1", "'--enable-optimizations' '--with-lto'", "ok"),
        ("/opt/python", None, "note"),
    ],
)
def test_a_python_that_no_profile_has_optimised_is_noted(tmp_path, monkeypatch, prefix, configured, level):
    monkeypatch.setattr(sys, "base_prefix", prefix)
    monkeypatch.setattr(sysconfig, "get_config_var", {"CONFIG_ARGS": configured}.get)
    (found,) = (each for each in doctor._platform(tmp_path, 0, tmp_path) if each.name == "python")
    assert (found.level, bool(found.advice)) == (level, level == "note")


@pytest.mark.parametrize(("tools", "level"), [(("docker", "podman"), "ok"), ((), "note")])
def test_the_builder_of_images_that_would_be_taken_is_told(tmp_path, monkeypatch, tools, level):
    for name in tools:
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = doctor._builder()
    assert found.level == level
    assert (f"{tmp_path}/podman" in found.text) is bool(tools)
    assert bool(found.advice) is not bool(tools)
