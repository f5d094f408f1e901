"""Requirements become a zip of wheels, fetched once."""

import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from lambent.sdk import requirements
from lambent.sdk.requirements import fetched
from lambent.sdk.sources import NotPackable

WHERE = {"runtime": "python3.12", "architecture": "x86_64"}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LAMBENT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(requirements.shutil, "which", lambda _: None)  # pip, whatever else is here
    return tmp_path / "cache"


@pytest.fixture
def wheel(tmp_path):
    """A wheel on disk, so that nothing is asked of an index."""
    path = tmp_path / "greeting-1.0-py3-none-any.whl"
    files = {
        "greeting/__init__.py": "WORD = 'Hello'\n",
        "greeting-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n",
        "greeting-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "greeting-1.0.dist-info/RECORD": "",
        "greeting-1.0.dist-info/entry_points.txt": "[console_scripts]\ngreet = greeting:greet\n",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


@pytest.fixture
def commands(monkeypatch):
    """What is started, in place of starting it."""
    started = []

    def run(command, **_):
        started.append(command)
        target = Path(command[command.index("--target") + 1])
        target.mkdir()
        (target / "greeting.py").write_text("")
        return SimpleNamespace(returncode=0, stdout="", stderr="")

    monkeypatch.setattr(requirements.subprocess, "run", run)
    return started


def test_pip_makes_a_zip_of_a_wheel_without_what_differs_between_machines(wheel, tmp_path):
    found = fetched([f"./{wheel.name}"], folder=tmp_path, **WHERE)
    assert zipfile.ZipFile(found.path).namelist() == [
        "greeting-1.0.dist-info/METADATA",
        "greeting-1.0.dist-info/WHEEL",
        "greeting-1.0.dist-info/entry_points.txt",
        "greeting/__init__.py",
    ]
    assert found.modules == {"greeting"}


def test_what_has_no_wheel_is_refused_in_the_installers_words(tmp_path):
    missing = tmp_path / "gone-1.0-py3-none-any.whl"
    with pytest.raises(NotPackable, match=r"(?s)no wheels for python3\.12 on x86_64:.*gone-1\.0.*needs a wheel for Linux"):
        fetched([str(missing)], folder=tmp_path, **WHERE)


def test_the_same_requirements_are_fetched_once_and_others_apart(commands, tmp_path):
    first = fetched(["greeting==1"], folder=tmp_path, **WHERE)
    assert fetched(["greeting==1"], folder=tmp_path, **WHERE) == first
    assert len(commands) == 1
    assert fetched(["greeting==2"], folder=tmp_path, **WHERE).path != first.path
    assert fetched(["greeting==1"], folder=tmp_path, runtime="python3.13", architecture="x86_64").path != first.path
    assert len(commands) == 3


def test_requirements_are_resolved_anew_when_that_is_asked_for(commands, tmp_path):
    fetched(["greeting"], folder=tmp_path, **WHERE)
    fetched(["greeting"], folder=tmp_path, is_fresh=True, **WHERE)
    assert len(commands) == 2


def test_a_file_of_requirements_is_read_beside_the_module_and_again_when_it_has_changed(commands, tmp_path):
    (tmp_path / "requirements.txt").write_text("# ours\ngreeting==1  # nice\n-r more.txt\n")
    (tmp_path / "more.txt").write_text("other \\\n  ==2\n")
    assert list(requirements._lines(["-r requirements.txt"], tmp_path)) == ["greeting==1", "other    ==2"]
    fetched(["-r requirements.txt"], folder=tmp_path, **WHERE)
    (tmp_path / "more.txt").write_text("other==3\n")
    fetched(["-r requirements.txt"], folder=tmp_path, **WHERE)
    assert len(commands) == 2


def test_a_file_of_requirements_that_is_not_there_is_named(tmp_path):
    with pytest.raises(NotPackable, match=r"requirements: .*none\.txt cannot be read: No such file"):
        fetched(["-r none.txt"], folder=tmp_path, **WHERE)


def test_pip_is_told_the_functions_python_processor_and_c_library(commands, tmp_path):
    fetched(["greeting"], folder=tmp_path, runtime="python3.11", architecture="arm64")
    fetched(["greeting"], folder=tmp_path, runtime="python3.13", architecture="x86_64")
    old, new = (" ".join(command) for command in commands)
    assert old.startswith(f"{sys.executable} -m pip install")
    assert "--only-binary :all: --implementation cp --python-version 3.11 --abi cp311 --abi abi3 --abi none" in old
    assert "--platform manylinux_2_26_aarch64" in old
    assert "manylinux_2_28" not in old  # Amazon Linux 2 has glibc 2.26
    assert "--platform manylinux_2_34_x86_64" in new
    assert "--platform manylinux2014_x86_64" in new


def test_uv_is_preferred_to_pip(commands, tmp_path, monkeypatch):
    monkeypatch.setattr(requirements.shutil, "which", lambda name: "/bin/uv" if name == "uv" else None)
    fetched(["greeting"], folder=tmp_path, **WHERE)
    command = " ".join(commands[0])
    assert command.startswith("/bin/uv pip install")
    assert "--python-version 3.12 --python-platform x86_64-manylinux_2_34 --only-binary :all:" in command


def test_without_an_installer_one_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(requirements.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(NotPackable, match="fetched by uv or pip, and neither is here"):
        fetched(["greeting"], folder=tmp_path, **WHERE)


def test_an_installer_that_takes_too_long_is_ended(tmp_path, monkeypatch):
    def run(command, timeout, **_):
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(requirements.subprocess, "run", run)
    with pytest.raises(NotPackable, match="was not done in 900 s"):
        fetched(["greeting"], folder=tmp_path, **WHERE)


def test_a_failure_leaves_nothing_in_the_cache(cache, tmp_path, monkeypatch):
    failed = SimpleNamespace(returncode=1, stdout="", stderr="ERROR: no such thing\n")
    monkeypatch.setattr(requirements.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(NotPackable, match="no such thing"):
        fetched(["greeting"], folder=tmp_path, **WHERE)
    assert list((cache / "requirements").iterdir()) == []
