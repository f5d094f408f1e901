"""What is in zstd is read by whatever there is, damage is told as such, and where nothing reads it what to install is said."""

import importlib.util
import shutil

import pytest
from tests import images

from lambent.core.ports import BadArchive
from lambent.environments import zstd

needs_program = pytest.mark.skipif(shutil.which("zstd") is None, reason="zstd is not installed (Debian: apt install zstd)")


@pytest.fixture(params=["program", "module"])
def way(request, monkeypatch):
    if request.param == "program":
        monkeypatch.setattr(zstd, "_MODULES", ())
    elif importlib.util.find_spec("zstandard") is None and zstd._module() is None:
        pytest.skip("neither Python 3.14 nor the package zstandard is here")
    return request.param


@pytest.fixture
def packed(tmp_path):
    path = tmp_path / "packed"
    path.write_bytes(images.to_zstd(b"plain" * 1_000_000))
    return path


@needs_program
def test_it_is_read_to_its_end(way, packed):
    with zstd.opened(packed) as file:
        assert file.read() == b"plain" * 1_000_000


@needs_program
def test_who_stops_early_leaves_nothing_running(way, packed):
    with zstd.opened(packed) as file:
        assert file.read(5) == b"plain"


@needs_program
def test_damage_is_told(way, packed):
    damaged = bytearray(packed.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    packed.write_bytes(damaged)
    with pytest.raises(BadArchive, match="a layer of the image cannot be read"), zstd.opened(packed) as file:
        file.read()


def test_where_nothing_reads_it_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(zstd, "_MODULES", ())
    monkeypatch.setattr(zstd.shutil, "which", lambda _: None)
    assert not zstd.is_here()
    with pytest.raises(BadArchive, match="zstandard"), zstd.opened(tmp_path / "packed"):
        pass
