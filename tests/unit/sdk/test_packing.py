"""The zip of a function."""

import base64
import hashlib
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from tests.projects import imported

import lambent
from lambent.sdk import packing, requirements
from lambent.sdk.packing import package, runtime_of
from lambent.sdk.settings import Settings
from lambent.sdk.sources import NotPackable, source_of

FILES = {"app.py": "import part\ndef handle(event): return part.two\n", "part.py": "two = 2\n"}


@pytest.fixture
def source(tmp_path):
    with imported(tmp_path, FILES, "app") as app:
        yield source_of(app.handle)


def packed(source, **settings):
    return package(source, Settings(**settings), architecture="x86_64")


def test_a_package_holds_the_function_and_a_copy_of_this_sdk_and_nothing_else_of_lambent(source):
    names = zipfile.ZipFile(io.BytesIO(packed(source).content)).namelist()
    own = {path.name for path in (Path(lambent.__file__).parent / "sdk").glob("*.py")}
    assert set(names) == {"app.py", "part.py", "lambent/__init__.py", *(f"lambent/sdk/{name}" for name in own)}


def test_what_is_packed_runs_on_a_python_that_has_nothing_else(source, tmp_path):
    folder = tmp_path / "task"
    zipfile.ZipFile(io.BytesIO(packed(source).content)).extractall(folder)
    program = "import sys; sys.path.insert(0, '.'); from lambent import function; import app; print(function(app.handle)(1))"
    assert subprocess.check_output([sys.executable, "-I", "-S", "-c", program], cwd=folder, text=True) == "2\n"


def test_the_hash_is_lambdas(source):
    made = packed(source)
    assert made.code_sha256 == base64.b64encode(hashlib.sha256(made.content).digest()).decode()


def test_a_package_is_made_again_when_one_of_its_files_has_changed_and_not_before(source):
    first = packed(source)
    assert packed(source) is first
    part = source.path.with_name("part.py")
    part.write_text("two = 3\n")
    os.utime(part, (1, 1))
    assert packed(source).code_sha256 != first.code_sha256
    part.write_text("two = 2\n")
    os.utime(part, (2, 2))
    assert packed(source).code_sha256 == first.code_sha256


def test_imports_that_nothing_provides_are_told(tmp_path):
    with imported(tmp_path, {"app.py": "import hypothesis\ndef handle(event): pass\n"}, "app") as app:
        assert packed(source_of(app.handle)).foreign == ("hypothesis",)


def test_what_is_larger_than_lambda_takes_is_refused_with_what_is_largest(source, monkeypatch):
    monkeypatch.setattr(packing, "UNPACKED_BYTES_MAX", 1_000)
    with pytest.raises(NotPackable, match=r"MB unpacked, and Lambda takes 0 MB: lambent 0 MB, app\.py 0 MB"):
        packed(source)


def test_requirements_stand_beside_the_module(source, tmp_path, monkeypatch):
    wheels = tmp_path / "wheels.zip"
    with zipfile.ZipFile(wheels, "w") as archive:
        archive.writestr("humanize/__init__.py", "")
    found = requirements.Wheels(wheels, frozenset({"humanize"}), 0)
    monkeypatch.setattr(requirements, "fetched", lambda *_, **__: found)
    made = packed(source, requirements=["humanize"])
    assert {"humanize/__init__.py", "app.py"} <= set(zipfile.ZipFile(io.BytesIO(made.content)).namelist())
    assert made.provided == {"humanize"}


def test_the_runtime_is_the_one_that_is_set_or_like_this_python(monkeypatch):
    assert runtime_of(Settings(runtime="python3.13")) == "python3.13"
    assert runtime_of(Settings()) == f"python3.{sys.version_info.minor}"
    monkeypatch.setattr(packing, "RUNTIME_MINORS", range(50, 52))
    with pytest.raises(NotPackable, match=r"name a runtime, from python3\.50 to python3\.51"):
        runtime_of(Settings())
