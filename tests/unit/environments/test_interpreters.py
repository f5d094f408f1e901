"""Which Pythons are found, and what is believed of them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lambent.environments import interpreters
from lambent.environments.interpreters import ask, discover

OWN = f"python3.{sys.version_info[1]}"


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "interpreters.json"


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine on which nothing but its home folder and PATH is searched; fake interpreters answer with their version."""
    home = tmp_path / "home"
    monkeypatch.setattr(interpreters, "environment", lambda: {"HOME": str(home), "PATH": str(home / "bin")})
    monkeypatch.setattr(interpreters.sys, "executable", str(home / "none"))

    def python(path: str, version: str, *, implementation: str = "cpython", is_final: bool = True) -> Path:
        file = home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        answer = (
            f'{{"implementation": "{implementation}", "version": "{version}", "is_final": {str(is_final).lower()}, '
            f'"executable": "{file}", "prefix": "{file.parent.parent}", "stdlib": [], "abi": "x"}}'
        )
        file.write_text(f"#!/bin/sh\necho asked >> {file}.asked\necho '{answer}'\n")
        file.chmod(0o755)
        return file

    return python


def test_the_platforms_own_python_is_found_with_its_real_paths(memory):
    own = discover(memory)[OWN]
    assert own.executable == Path(sys._base_executable).resolve()
    assert own.prefix == Path(sys.base_prefix).resolve()
    assert Path(os.__file__).resolve().parent in own.stdlib
    assert own.version == ".".join(map(str, sys.version_info[:3]))


def test_a_virtual_environment_is_seen_through(tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    found = ask(tmp_path / "venv/bin/python")
    assert found is not None
    assert found.executable == Path(sys._base_executable).resolve()
    assert found.prefix == Path(sys.base_prefix).resolve()


def test_an_interpreter_is_asked_once_until_its_file_changes(machine, memory):
    python = machine("bin/python3.99", "3.12.1")
    python.rename(python.with_name("python3.12"))
    python = machine("bin/python3.12", "3.12.1")
    discover(memory)
    discover(memory)
    assert Path(f"{python}.asked").read_text().count("asked") == 1
    os.utime(python, ns=(1, 1))
    discover(memory)
    assert Path(f"{python}.asked").read_text().count("asked") == 2


def test_path_goes_before_version_managers(machine, memory):
    machine(".pyenv/versions/3.12.9/bin/python3.12", "3.12.9")
    machine("bin/python3.12", "3.12.1")
    assert discover(memory)["python3.12"].version == "3.12.1"


def test_a_version_managers_newest_patch_is_taken(machine, memory):
    for patch in (2, 10, 9):
        machine(f".pyenv/versions/3.12.{patch}/bin/python3.12", f"3.12.{patch}")
    assert discover(memory)["python3.12"].version == "3.12.10"


def test_uvs_folder_is_searched(machine, memory):
    machine(".local/share/uv/python/cpython-3.13.1-linux-x86_64-gnu/bin/python3.13", "3.13.1")
    assert discover(memory)["python3.13"].version == "3.13.1"


@pytest.mark.parametrize("facts", [{"implementation": "pypy"}, {"is_final": False}])
def test_what_is_no_released_cpython_is_passed_over(machine, memory, facts):
    machine("bin/python3.12", "3.12.1", **facts)
    assert "python3.12" not in discover(memory)


def test_a_file_that_does_not_answer_is_passed_over(machine, memory):
    python = machine("bin/python3.12", "3.12.1")
    python.write_text("#!/bin/sh\nexit 127\n")
    assert "python3.12" not in discover(memory)


def test_versions_that_aws_does_not_name_are_passed_over(machine, memory):
    machine("bin/python3", "3.8.1")
    assert "python3.8" not in discover(memory)


def test_answers_that_cannot_be_read_are_asked_for_again(machine, memory):
    machine("bin/python3.12", "3.12.1")
    memory.parent.mkdir()
    memory.write_text("{")
    assert "python3.12" in discover(memory)


def test_a_folder_that_may_not_be_looked_into_is_passed_over(machine, memory, monkeypatch):
    python = machine("bin/python3.12", "3.12.1")
    monkeypatch.setattr(
        interpreters, "environment", lambda: {"HOME": str(python.parent.parent), "PATH": f"/another-users:{python.parent}"}
    )
    stat = os.stat

    def guarded(path, *args, **options):
        if str(path).startswith("/another-users"):
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, *args, **options)

    monkeypatch.setattr(os, "stat", guarded)
    assert discover(memory)["python3.12"].version == "3.12.1"
