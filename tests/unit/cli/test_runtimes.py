"""``lambent runtimes``: what it installs, and what it says where it cannot."""

import pytest
from click.testing import CliRunner

from lambent.cli.failures import CommandFailure
from lambent.cli.runtimes import runtimes
from lambent.environments.languages import Languages


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("LAMBENT_CACHE", str(tmp_path / "cache"))
    return lambda *arguments: CliRunner().invoke(
        runtimes, ["install", *arguments], catch_exceptions=False, standalone_mode=False
    )


def test_a_runtime_that_the_function_brings_needs_nothing(run):
    assert run("provided.al2023").output == "provided.al2023  brought by the function\n"


def test_java_without_a_jvm_says_what_to_install(run, monkeypatch):
    monkeypatch.setattr(Languages, "jvms", lambda self: [])
    with pytest.raises(CommandFailure) as failure:
        run("java")
    assert "openjdk-17-jre-headless" in failure.value.advice


def test_only_java_is_taken_from_a_folder(run, tmp_path):
    with pytest.raises(CommandFailure, match="--from is for java"):
        run("python3.12", "--from", str(tmp_path))
