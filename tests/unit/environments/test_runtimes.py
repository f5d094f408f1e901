"""AWS' runtime client for each interpreter: installed once, whole or not at all, and never without advice."""

import asyncio
import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lambent.core.ports import RuntimeUnavailable
from lambent.environments import runtimes
from lambent.environments.interpreters import Interpreter
from lambent.environments.runtimes import Runtimes, pins

OWN = f"python3.{sys.version_info[1]}"
ROOT = Path(__file__).parents[3]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def only_own(monkeypatch):
    """The machine has one interpreter, this one."""
    own = runtimes.interpreters.ask(Path(sys.executable))
    monkeypatch.setattr(runtimes.interpreters, "discover", lambda memory: {own.runtime: own})
    return own


@pytest.fixture
def installer(monkeypatch, only_own):
    """Takes pip's place and records what was asked of it; ``fails`` makes it fail."""

    class Fake:
        def __init__(self) -> None:
            self.installed: list[tuple[str, dict[str, str]]] = []
            self.fails = False

        def __call__(self, interpreter: Interpreter, wanted: dict[str, str], target: Path) -> None:
            self.installed.append((target.name, wanted))
            if self.fails:
                raise RuntimeUnavailable(interpreter.runtime, "no network")
            target.mkdir()
            (target / "awslambdaric.py").write_text("x = 1\n")

    fake = Fake()
    monkeypatch.setattr(runtimes, "_own_has", lambda wanted: False)
    monkeypatch.setattr(runtimes, "_Installer", lambda found: fake)
    return fake


def imported(executable: Path, folder: Path) -> list[Path]:
    """Where a bare interpreter with nothing but ``folder`` imports from; fails when it cannot."""
    question = (
        "import json, boto3, awslambdaric.bootstrap as bootstrap, os;"
        "compiled = boto3.__spec__.cached;"
        "assert os.path.isfile(compiled);"
        "print(json.dumps([boto3.__file__, compiled, bootstrap.__file__]))"
    )
    variables = {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([executable, "-S", "-c", question], env=variables, capture_output=True, check=True)
    return [Path(path) for path in json.loads(done.stdout)]


def test_requirements_of_a_python_without_pip_are_fetched_as_wheels_by_another_and_said_once_if_not(monkeypatch, tmp_path):
    bare = Interpreter("3.12.1", Path("/opt/bare/bin/python3.12"), Path("/opt/bare"), ())
    asked = []
    monkeypatch.setattr(runtimes.interpreters, "discover", lambda memory: {bare.runtime: bare})
    monkeypatch.setattr(runtimes.shutil, "which", lambda name: None)
    monkeypatch.setattr(runtimes.installers, "has_pip", lambda executable: True)

    def run(command):
        asked.append(command)
        return subprocess.CompletedProcess(command, 1, "", "ERROR: No matching distribution found for nowhere")

    monkeypatch.setattr(runtimes.installers, "run", run)
    with pytest.raises(RuntimeUnavailable) as raised:
        Runtimes(tmp_path / "cache").fetch_requirements(bare.runtime, tmp_path / "requirements.txt", tmp_path / "target")
    assert raised.value.advice.count("No matching distribution") == 1
    own, another = asked
    assert own[0] == str(bare.executable)
    assert "--only-binary=:all:" not in own
    assert (another[0], "--only-binary=:all:" in another) == (sys.executable, True)


async def test_the_platforms_own_packages_are_copied_and_work_in_a_bare_interpreter(cache, only_own, monkeypatch):
    monkeypatch.setattr(runtimes, "_Installer", lambda found: pytest.fail("went to the network"))
    files = await Runtimes(cache).installed(OWN)
    boto3, compiled, bootstrap = imported(only_own.executable, files.full)
    assert boto3 == files.full / "boto3/__init__.py"
    assert bootstrap == files.full / "awslambdaric/bootstrap.py"
    assert compiled.parent.name == "__pycache__"
    assert (files.slim / "awslambdaric").is_dir()
    assert not (files.slim / "boto3").exists()


async def test_a_runtime_is_installed_once_for_all_who_ask(cache, installer):
    asked = Runtimes(cache)
    await asyncio.gather(*(asked.installed(OWN) for _ in range(5)))
    await Runtimes(cache).installed(OWN)
    assert [name for name, _ in installer.installed] == ["slim", "full"]


async def test_the_slim_flavour_lacks_boto3(cache, installer):
    await Runtimes(cache).installed(OWN)
    assert dict(installer.installed)["slim"] == pins(OWN).client
    assert dict(installer.installed)["full"] == pins(OWN).all


async def test_a_failed_installation_leaves_nothing_and_says_what_to_do(cache, installer):
    installer.fails = True
    with pytest.raises(RuntimeUnavailable, match="no network"):
        await Runtimes(cache).installed(OWN)
    assert [path for path in (cache / "runtimes").iterdir() if path.is_dir()] == []


async def test_a_failed_installation_is_not_tried_again_by_every_invocation(cache, installer, monkeypatch):
    installer.fails, asked = True, Runtimes(cache)
    for _ in range(3):
        with pytest.raises(RuntimeUnavailable):
            await asked.installed(OWN)
    assert len(installer.installed) == 1
    installer.fails = False
    monkeypatch.setattr(runtimes.clock, "monotonic_s", lambda: 1e12)
    await asked.installed(OWN)


async def test_what_a_killed_installation_left_is_removed(cache, installer, only_own):
    asked = Runtimes(cache)
    home = asked.files(only_own).full.parent
    abandoned = home.with_name(f".{home.name}.0123.tmp")
    abandoned.mkdir(parents=True)
    await asked.installed(OWN)
    assert not abandoned.exists()


async def test_two_processes_do_not_install_at_once(cache, installer, only_own):
    asked = Runtimes(cache)
    home = asked.files(only_own).full.parent
    home.parent.mkdir(parents=True)
    other = os.open(home.with_name(f".{home.name}.lock"), os.O_RDWR | os.O_CREAT)
    fcntl.flock(other, fcntl.LOCK_EX)
    waiting = asyncio.ensure_future(asked.installed(OWN))
    await asyncio.wait([waiting], timeout=0.05)
    assert installer.installed == []
    (home / "full").mkdir(parents=True)
    os.close(other)
    await waiting
    assert installer.installed == []


async def test_a_runtime_without_an_interpreter_says_what_to_install(cache, only_own):
    missing = "python3.9" if OWN != "python3.9" else "python3.10"
    with pytest.raises(RuntimeUnavailable, match=rf"uv python install 3\.\d+.*a runtime that is here: {OWN} "):
        await Runtimes(cache).installed(missing)


async def test_a_runtime_of_another_language_says_what_runs_here(cache, only_own):
    with pytest.raises(RuntimeUnavailable, match=r"runs python3\.9 to python3\.14"):
        await Runtimes(cache).installed("nodejs22.x")


async def test_without_network_the_advice_names_the_packages(cache, only_own, monkeypatch):
    monkeypatch.setattr(runtimes, "_own_has", lambda wanted: False)
    failed = subprocess.CompletedProcess([], 1, "", "ERROR: No matching distribution found\n")
    monkeypatch.setattr(runtimes.installers, "run", lambda command: failed)
    monkeypatch.setattr(runtimes.installers, "has_pip", lambda executable: True)
    with pytest.raises(RuntimeUnavailable, match=r"awslambdaric==.*No matching distribution.*mirror"):
        await Runtimes(cache).installed(OWN)


async def test_without_any_installer_the_advice_is_to_get_one(cache, only_own, monkeypatch):
    monkeypatch.setattr(runtimes, "_own_has", lambda wanted: False)
    monkeypatch.setattr(runtimes.installers, "has_pip", lambda executable: False)
    monkeypatch.setattr(runtimes.shutil, "which", lambda name: None)
    with pytest.raises(RuntimeUnavailable, match="ensurepip"):
        await Runtimes(cache).installed(OWN)


async def test_a_cache_that_cannot_be_written_says_so(cache, installer):
    cache.write_text("a file where the folder should be")
    with pytest.raises(RuntimeUnavailable, match="cannot be kept"):
        await Runtimes(cache).installed(OWN)


def test_a_cache_that_may_not_be_looked_into_holds_nothing(cache, only_own, monkeypatch):
    def deny(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(runtimes.Path, "stat", deny)
    monkeypatch.setattr(runtimes.os, "stat", deny)
    assert not Runtimes(cache).is_installed(only_own)


def test_the_pins_are_those_that_the_project_is_tested_with():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    tested = dict(line.split("==") for line in lines if "==" in line)
    for name, version in pins("python3.13").all.items():
        assert tested[name] == version, name
