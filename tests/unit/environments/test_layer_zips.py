"""Layers packed: the same bytes for the same files, links as links, modes for all to read, sizes told."""

import os
import zipfile
from pathlib import Path

from lambent.environments import archives, layer_zips
from lambent.environments.layer_zips import Part


def fill(folder: Path, names: list[str]) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / "python" / "bin").mkdir()
    (folder / "python" / "bin" / "tool").write_text("#!/bin/sh\n")
    (folder / "python" / "bin" / "tool").chmod(0o700)
    (folder / "python" / "link").symlink_to("a/b.py")
    return folder


def test_the_same_files_are_the_same_bytes_in_whatever_order_they_came(tmp_path):
    names = ["python/a/b.py", "python/c.py", "python/a/a.py"]
    one, two = fill(tmp_path / "one", names), fill(tmp_path / "two", names[::-1])
    os.utime(two / "python/c.py", (1, 1))
    first, second = layer_zips.pack(one, tmp_path / "1.zip"), layer_zips.pack(two, tmp_path / "2.zip")
    assert first.path.read_bytes() == second.path.read_bytes()
    assert (first.sha256, first.zipped_bytes) == (second.sha256, first.path.stat().st_size)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.zip", "2.zip", "one", "two"]


def test_what_is_packed_is_what_a_layer_unpacks_to(tmp_path):
    packed = layer_zips.pack(fill(tmp_path / "in", ["python/a/b.py"]), tmp_path / "layer.zip")
    assert packed.unzipped_bytes == archives.check_zip(packed.path).unzipped_bytes
    archives.unpack(packed.path, tmp_path / "out")
    assert (tmp_path / "out/python/link").readlink() == Path("a/b.py")
    assert (tmp_path / "out/python/bin/tool").stat().st_mode & 0o777 == 0o555
    with zipfile.ZipFile(packed.path) as archive:
        assert archive.namelist() == ["python/a/b.py", "python/bin/tool", "python/link"]


def test_packages_are_told_with_their_sizes_the_largest_first(tmp_path):
    packages = tmp_path / "python"
    for name, size in {"a/x.py": 5, "b/x.py": 7, "b.libs/x.so": 20, "c.py": 1, "a-1.0.dist-info/METADATA": 2}.items():
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).write_bytes(bytes(size))
    assert layer_zips.parts(tmp_path, packages) == [Part("b", 27), Part("a", 5), Part("(metadata)", 2), Part("c.py", 1)]


def test_packages_of_a_scope_are_told_each(tmp_path):
    modules = tmp_path / "nodejs" / "node_modules"
    for name, size in {"@s/a/x.js": 5, "@s/b/x.js": 7, ".bin/x": 3}.items():
        (modules / name).parent.mkdir(parents=True, exist_ok=True)
        (modules / name).write_bytes(bytes(size))
    assert layer_zips.parts(tmp_path, modules) == [Part("@s/b", 7), Part("@s/a", 5), Part("(metadata)", 3)]
