"""Zips are the same bytes whenever the same files go in."""

import io
import os
import zipfile

from lambent.sdk import archives


def test_the_bytes_depend_on_names_contents_and_modes_alone(tmp_path):
    made = []
    for moment, umask in ((1, 0o644), (2_000_000_000, 0o600)):
        path = tmp_path / f"app{moment}.py"
        path.write_text("print(1)")
        path.chmod(umask)
        os.utime(path, (moment, moment))
        made.append(archives.extended(None, {"app.py": path, "a/b.py": path}))
    assert made[0] == made[1]
    assert zipfile.ZipFile(io.BytesIO(made[0])).namelist() == ["a/b.py", "app.py"]


def test_programs_stay_programs(tmp_path):
    path = tmp_path / "run"
    path.write_text("#!/bin/sh")
    path.chmod(0o700)
    info = zipfile.ZipFile(io.BytesIO(archives.extended(None, {"run": path}))).getinfo("run")
    assert info.external_attr >> 16 & 0o777 == 0o755


def test_an_extended_zip_holds_both_and_keeps_what_the_base_has(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("1")
    second.write_text("2")
    base = tmp_path / "base.zip"
    archives.write(base, {"first": first})
    archive = zipfile.ZipFile(io.BytesIO(archives.extended(base, {"second": second, "app": first})))
    assert archive.namelist() == ["first", "app", "second"]
    assert archive.testzip() is None
    assert archives.extended(base, {"second": second}) == archives.extended(base, {"second": second})


def test_of_two_files_of_one_name_the_functions_own_is_taken(tmp_path):
    wheel, own = tmp_path / "wheel", tmp_path / "own"
    wheel.write_text("wheel")
    own.write_text("own")
    base = tmp_path / "base.zip"
    archives.write(base, {"app.py": wheel, "lib.py": wheel})
    archive = zipfile.ZipFile(io.BytesIO(archives.extended(base, {"app.py": own})))
    assert sorted(archive.namelist()) == ["app.py", "lib.py"]
    assert archive.read("app.py") == b"own"
