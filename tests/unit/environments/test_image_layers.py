"""Layers are unpacked where they can do no harm, and laid over one another as their whiteouts say."""

import gzip
import io
import os
import shutil
import stat
import tarfile
from pathlib import Path

import pytest
from tests import images
from tests.images import layer

from lambent.core.ports import BadArchive
from lambent.environments import image_layers


@pytest.fixture
def unpack(tmp_path: Path):
    def make(data: bytes, name: str = "layer") -> Path:
        archive = tmp_path / f"{name}.tar"
        archive.write_bytes(data)
        image_layers.unpack(archive, tmp_path / name)
        return tmp_path / name

    return make


def special(*entries: tuple[str, bytes, str]) -> bytes:
    """A tar of entries by name, type and link."""
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w") as tar:
        for name, kind, target in entries:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname, entry.mode = kind, target, 0o6755
            tar.addfile(entry)
    return memory.getvalue()


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_layer_is_unpacked_packed_or_not(unpack, pack):
    files = unpack(pack(layer({"bin/tool": b"x"}, links={"tool": "bin/tool"}))) / "files"
    assert (files / "bin/tool").read_bytes() == b"x"
    assert os.readlink(files / "tool") == "bin/tool"
    assert stat.S_IMODE((files / "bin/tool").stat().st_mode) == 0o755


def test_later_layers_hide_and_replace_what_is_below(unpack, tmp_path):
    below = unpack(layer({"a": b"1", "b": b"1", "d/old": b"1", "d/e/old": b"1", "k/kept": b"1"}), "below")
    above = unpack(layer({"a": b"2", ".wh.b": b"", "d/.wh..wh..opq": b"", "d/new": b"2", "k/new": b"2"}), "above")
    image_layers.merge([below, above], tmp_path / "image")
    found = {str(path.relative_to(tmp_path / "image")) for path in (tmp_path / "image").rglob("*") if path.is_file()}
    assert found == {"a", "d/new", "k/kept", "k/new", "etc/hosts", "etc/resolv.conf"}
    assert (tmp_path / "image/a").read_bytes() == b"2"
    assert (below / "files/b").read_bytes() == b"1", "a layer that others share stays as it is"


def test_every_image_has_the_places_that_are_mounted(unpack, tmp_path):
    image_layers.merge([unpack(layer({"dev": b"no folder"}, links={"tmp": "/elsewhere"}))], tmp_path / "image")
    for name in ("dev", "proc", "tmp", "etc"):
        assert (tmp_path / "image" / name).is_dir()
        assert not (tmp_path / "image" / name).is_symlink()


@pytest.mark.parametrize("name", ["../out", "a/../../out", "/../out"])
def test_a_name_that_leads_out_is_refused(unpack, name):
    with pytest.raises(BadArchive):
        unpack(layer({name: b"x"}))


def test_links_on_the_way_are_followed_inside_of_the_layer_only(unpack, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    data = special(("up", tarfile.SYMTYPE, "../../../.."), ("abs", tarfile.SYMTYPE, str(outside)))
    joined = io.BytesIO(data)
    with tarfile.open(fileobj=joined, mode="a") as tar:
        for name in (f"up{outside}/climbed", "abs/followed"):
            tar.addfile(tarfile.TarInfo(name))
    files = unpack(joined.getvalue()) / "files"
    assert list(outside.iterdir()) == []
    inside = files / str(outside).lstrip("/")
    assert {path.name for path in inside.iterdir()} == {"climbed", "followed"}


def test_links_in_a_circle_are_refused(unpack):
    circle = special(("a", tarfile.SYMTYPE, "b"), ("b", tarfile.SYMTYPE, "a"), ("a/x", tarfile.REGTYPE, ""))
    with pytest.raises(BadArchive):
        unpack(circle)


def test_hard_links_lead_to_files_of_the_layer_and_devices_are_left_out(unpack):
    data = special(("one", tarfile.REGTYPE, ""), ("two", tarfile.LNKTYPE, "/one"), ("null", tarfile.CHRTYPE, ""))
    files = unpack(data) / "files"
    assert (files / "one").stat().st_ino == (files / "two").stat().st_ino
    assert not (files / "null").exists()
    assert not (files / "one").stat().st_mode & (stat.S_ISUID | stat.S_ISGID)
    with pytest.raises(BadArchive):
        unpack(special(("two", tarfile.LNKTYPE, "/etc/passwd")), "other")


def test_a_whiteout_below_a_link_takes_nothing_away_outside(unpack, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("x")
    below = unpack(special(("d", tarfile.SYMTYPE, str(outside))), "below")
    above = unpack(layer({"d/.wh.kept": b"", "d/.wh..wh..opq": b""}), "above")
    image_layers.merge([below, above], tmp_path / "image")
    assert (outside / "kept").exists()


@pytest.mark.skipif(shutil.which("zstd") is None, reason="zstd is not installed (Debian: apt install zstd)")
def test_a_layer_in_zstd_is_unpacked_as_any_other(tmp_path):
    (tmp_path / "packed").write_bytes(images.to_zstd(layer({"a/b": b"x" * 100_000})))
    image_layers.unpack(tmp_path / "packed", tmp_path / "unpacked")
    assert (tmp_path / "unpacked" / image_layers.FILES / "a" / "b").read_bytes() == b"x" * 100_000


@pytest.mark.parametrize(
    "data",
    [b"no tar at all" * 100, gzip.compress(b"x" * 2000, mtime=0)[:-9], b"\x28\xb5\x2f\xfd" + b"x" * 600],
    ids=["no tar", "torn gzip", "zstd"],
)
def test_what_is_no_layer_is_refused(unpack, data):
    with pytest.raises(BadArchive):
        unpack(data)


def test_an_image_above_the_limit_is_refused(unpack, tmp_path, monkeypatch):
    monkeypatch.setattr(image_layers, "IMAGE_BYTES_MAX", 15)
    layers = [unpack(layer({name: b"0123456789"}), name) for name in ("a", "b")]
    with pytest.raises(BadArchive, match="SizeLimitExceeded: Uncompressed container image size exceeds 10 GiB limit"):
        image_layers.merge(layers, tmp_path / "image")
    with pytest.raises(BadArchive, match="SizeLimitExceeded: Uncompressed container image size exceeds 10 GiB limit"):
        unpack(layer({"c": b"0123456789abcdef"}), "c")


def test_a_folder_that_a_layer_only_implies_leaves_the_link_or_the_mode_below_as_it_was(unpack, tmp_path):
    below = unpack(layer({"usr/bin/a": b"1", "d": None, "root/x": b"1"}, links={"bin": "usr/bin", "abs": "/usr"}), "below")
    (below / "files/root").chmod(0o700)
    above = unpack(layer({"bin/b": b"2", "abs/bin/c": b"2", "root/y": b"2"}), "above")
    image = tmp_path / "image"
    image_layers.merge([below, above], image)
    assert os.readlink(image / "bin") == "usr/bin"
    assert {path.name for path in (image / "usr/bin").iterdir()} == {"a", "b", "c"}
    assert stat.S_IMODE((image / "root").stat().st_mode) == 0o700
    assert {path.name for path in (below / "files/usr/bin").iterdir()} == {"a"}, "a layer that others share stays as it is"


def test_a_folder_that_a_layer_names_takes_the_place_of_a_link(unpack, tmp_path):
    below = unpack(layer({"usr/a": b"1"}, links={"bin": "usr"}), "below")
    above = unpack(layer({"bin": None, "bin/b": b"2"}), "above")
    image_layers.merge([below, above], tmp_path / "image")
    assert [path.name for path in (tmp_path / "image/bin").iterdir()] == ["b"]


def test_an_implied_folder_below_a_link_that_leads_out_stays_inside(unpack, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    below = unpack(special(("up", tarfile.SYMTYPE, f"../../../..{outside}"), ("abs", tarfile.SYMTYPE, str(outside))), "below")
    above = unpack(layer({"up/x": b"1", "abs/x": b"1"}), "above")
    image_layers.merge([below, above], tmp_path / "image")
    assert list(outside.iterdir()) == []
    assert (tmp_path / "image/up/x").read_bytes() == b"1"


@pytest.mark.parametrize("name", [".wh..", ".wh...", "a/.wh..", "a/.wh..."])
def test_a_whiteout_of_no_name_is_refused(unpack, name):
    with pytest.raises(BadArchive):
        unpack(layer({"a/b": b"1", name: b""}))


@pytest.mark.parametrize(
    "data",
    [
        layer({"x" * 300: b"1"}),
        special(("link", tarfile.SYMTYPE, "")),
        special(("link", tarfile.SYMTYPE, "y" * 5_000)),
    ],
    ids=["a name too long", "a link to nothing", "a link too long"],
)
def test_what_no_file_system_takes_is_refused(unpack, data):
    with pytest.raises(BadArchive, match="a layer of the image cannot be unpacked"):
        unpack(data)


def test_a_file_makes_way_for_what_stands_below_it(unpack):
    assert (unpack(layer({"a": b"1", "a/b": b"2"})) / "files/a/b").read_bytes() == b"2"


def test_times_that_no_file_has_are_refused(unpack):
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w", format=tarfile.PAX_FORMAT) as tar:
        entry = tarfile.TarInfo("a")
        entry.pax_headers = {"mtime": "1e300"}
        tar.addfile(entry, io.BytesIO())
    with pytest.raises(BadArchive):
        unpack(memory.getvalue())


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK])
def test_a_header_that_would_fill_the_memory_is_refused(unpack, kind):
    entry = tarfile.TarInfo("header")
    entry.type, entry.size = kind, image_layers.HEADER_BYTES_MAX + 1
    data = gzip.compress(entry.tobuf() + bytes(image_layers.HEADER_BYTES_MAX + 1024))
    with pytest.raises(BadArchive):
        unpack(data)


def test_entries_are_forgotten_as_soon_as_they_are_unpacked(unpack, monkeypatch):
    kept, add = [], image_layers._Layer.add
    monkeypatch.setattr(
        image_layers._Layer, "add", lambda self, tar, entry: (kept.append(len(tar.members)), add(self, tar, entry))
    )
    unpack(layer({str(number): b"" for number in range(50)}))
    assert max(kept) <= 1
