"""What a user's zip may hold, and what becomes of one that would do harm."""

import errno
import io
import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lambent.environments import archives
from lambent.environments.archives import BadArchive, check_zip, unpack

UNIX = 3


def zipped(*entries: tuple[str, bytes, int] | tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of (name, content, mode) in this order; mode carries the file type bits."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content, *mode in entries:
            info = zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6))
            info.create_system = UNIX
            info.compress_type = compression
            info.external_attr = (mode[0] if mode else stat.S_IFREG | 0o644) << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def link(name: str, target: str) -> tuple[str, bytes, int]:
    return name, target.encode(), stat.S_IFLNK | 0o777


@pytest.fixture
def unpacked(tmp_path: Path):
    def run(data: bytes) -> Path:
        check_zip(data)
        source = tmp_path / "source.zip"
        source.write_bytes(data)
        target = tmp_path / "target"
        unpack(source, target)
        return target

    return run


def test_files_arrive_with_their_contents_in_folders_nobody_declared(unpacked):
    target = unpacked(zipped(("app.py", b"x = 1"), ("package/deep/module.py", b"y = 2")))
    assert (target / "app.py").read_bytes() == b"x = 1"
    assert (target / "package/deep/module.py").read_bytes() == b"y = 2"


def test_execute_bits_are_kept_and_write_bits_are_not(unpacked):
    target = unpacked(zipped(("bin/tool", b"#!", stat.S_IFREG | 0o755), ("secret", b"", stat.S_IFREG | 0o600)))
    assert stat.S_IMODE((target / "bin/tool").stat().st_mode) == 0o555
    assert stat.S_IMODE((target / "secret").stat().st_mode) == 0o400
    assert stat.S_IMODE((target / "bin").stat().st_mode) == 0o755


def test_a_zip_made_without_modes_is_readable(unpacked):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("app.py")
        info.create_system = 0
        archive.writestr(info, b"")
    assert stat.S_IMODE((unpacked(buffer.getvalue()) / "app.py").stat().st_mode) == 0o444


def test_a_file_that_pythons_writestr_made_is_readable(unpacked):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", b"")
    assert stat.S_IMODE((unpacked(buffer.getvalue()) / "app.py").stat().st_mode) == 0o444


def test_a_file_keeps_the_time_it_was_zipped_with(unpacked):
    assert (unpacked(zipped(("app.py", b""))) / "app.py").stat().st_mtime == 1_767_323_046  # 2026-01-02T03:04:06Z


def test_the_exact_time_of_info_zip_wins_over_the_two_second_one(unpacked):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("app.py", (2026, 1, 2, 3, 4, 6))
        info.extra = struct.pack("<HHBi", 0x5455, 5, 1, 1_767_323_047)
        archive.writestr(info, b"")
    assert (unpacked(buffer.getvalue()) / "app.py").stat().st_mtime == 1_767_323_047


def test_of_two_files_with_one_name_the_last_counts(unpacked):
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = zipped(("app.py", b"first"), ("app.py", b"second"))
    assert (unpacked(data) / "app.py").read_bytes() == b"second"


def test_a_link_to_a_neighbour_is_kept(unpacked):
    target = unpacked(zipped(("lib/libx.so.1", b"elf"), link("lib/libx.so", "libx.so.1"), link("up/x", "../lib/libx.so.1")))
    assert os.readlink(target / "lib/libx.so") == "libx.so.1"
    assert (target / "up/x").read_bytes() == b"elf"


def test_a_link_into_the_sandbox_is_kept(unpacked):
    assert os.readlink(unpacked(zipped(link("tool", "/opt/bin/tool"))) / "tool") == "/opt/bin/tool"


@pytest.mark.parametrize(
    "target",
    ["../outside", "/etc/passwd", "/opt/../etc/passwd", "folder/../../..", "", "/opt"],
    ids=["climbs", "absolute", "absolute that climbs", "climbs further on", "empty", "a root itself"],
)
def test_a_link_that_leads_out_is_refused(target):
    with pytest.raises(BadArchive, match="leads out"):
        check_zip(zipped(("folder/file", b""), link("innocent", target)))


def test_a_chain_of_links_cannot_climb(unpacked):
    """Read as text ``deep/folder/root/..`` stays inside; followed, it is the parent of the whole archive."""
    with pytest.raises(BadArchive, match="leads out"):
        unpacked(zipped(("deep/folder/file", b""), link("deep/folder/root", "../.."), link("escape", "deep/folder/root/..")))


def test_a_file_below_a_link_is_refused():
    with pytest.raises(BadArchive, match="file and also a folder"):
        check_zip(zipped(("real/file", b""), link("door", "real"), ("door/file", b"")))


@pytest.mark.parametrize("name", ["../evil.py", "a/../../evil.py", "/etc/evil.py", "a/../b.py"])
def test_a_name_that_climbs_is_refused(name):
    with pytest.raises(BadArchive):
        check_zip(zipped((name, b"")))


def test_a_name_too_long_for_a_file_system_is_refused():
    with pytest.raises(BadArchive, match="too long"):
        check_zip(zipped(("a" * 256, b"")))


def test_a_path_of_too_many_folders_is_refused():
    with pytest.raises(BadArchive, match="too long"):
        check_zip(zipped(("a/" * 101 + "b", b"")))


def test_a_device_is_refused():
    with pytest.raises(BadArchive, match="neither a file"):
        check_zip(zipped(("null", b"", stat.S_IFCHR | 0o666)))


def test_an_encrypted_file_is_refused():
    data = bytearray(zipped(("app.py", b"x = 1")))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(BadArchive, match="encrypted"):
        check_zip(bytes(data))


@pytest.mark.parametrize("data", [b"", b"not a zip at all", b"PK\x05\x06"])
def test_what_is_no_zip_is_refused(data):
    with pytest.raises(BadArchive):
        check_zip(data)


def test_an_empty_zip_is_refused():
    with pytest.raises(BadArchive, match="no files"):
        check_zip(zipped())


def test_a_damaged_file_is_refused():
    data = bytearray(zipped(("app.py", b"x" * 100), compression=zipfile.ZIP_STORED))
    data[data.index(b"xxx") + 50] ^= 0xFF
    with pytest.raises(BadArchive, match="CRC"):
        check_zip(bytes(data))


def test_every_truncation_is_refused():
    data = zipped(("app.py", b"x = 1"), ("other.py", b"y = 2"))
    for length in range(len(data)):
        with pytest.raises(BadArchive):
            check_zip(data[:length])


def test_a_declared_bomb_is_reported_unread_and_never_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "UNZIPPED_BYTES_MAX", 1_000)
    monkeypatch.setattr(archives, "_read_through", lambda *_: pytest.fail("read a bomb"))
    data = zipped(("zeros", bytes(1_001)))
    assert check_zip(data).unzipped_bytes == 1_001
    (tmp_path / "source.zip").write_bytes(data)
    with pytest.raises(BadArchive, match="more than 1000 bytes"):
        unpack(tmp_path / "source.zip", tmp_path / "target")
    assert not (tmp_path / "target").exists()


def test_a_bomb_that_lies_about_its_size_is_refused_and_writes_no_more_than_it_declared(tmp_path):
    data = bytearray(zipped(("zeros", bytes(1_000_000))))
    directory = data.index(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = struct.pack("<I", 10)
    with pytest.raises(BadArchive):
        check_zip(bytes(data))
    (tmp_path / "source.zip").write_bytes(data)
    with pytest.raises(BadArchive):
        unpack(tmp_path / "source.zip", tmp_path / "target")
    assert sum(path.stat().st_size for path in (tmp_path / "target").rglob("*")) <= 10


def test_more_entries_than_the_limit_are_refused(monkeypatch):
    monkeypatch.setattr(archives, "ENTRIES_MAX", 2)
    with pytest.raises(BadArchive, match="more than 2"):
        check_zip(zipped(("a", b""), ("b", b""), ("c", b"")))


@pytest.mark.parametrize(
    ("names", "bundles"),
    [
        (["app.py"], False),
        (["boto3/__init__.py"], True),
        (["python/urllib3/__init__.py"], True),
        (["python/lib/python3.12/site-packages/dateutil/__init__.py"], True),
        (["six.py"], True),
        (["vendor/jmespath/__init__.py"], True),
        (["pip/__init__.py", "pip/_vendor/__init__.py", "pip/_vendor/urllib3/__init__.py"], False),
        (["boto3.md", "sixth.py", "my_boto3/__init__.py"], False),
    ],
)
def test_a_zip_that_brings_a_part_of_boto3_to_an_import_root_says_so(names, bundles):
    assert check_zip(zipped(*((name, b"") for name in names))).bundles_sdk is bundles


PARTS = st.sampled_from(["a", "b", "c", "..", ".", ""])
PATHS = st.lists(PARTS, min_size=1, max_size=5).map("/".join)
ENTRIES = st.one_of(
    st.tuples(PATHS.filter(bool), st.just(b"file")),
    st.builds(
        link, PATHS.filter(lambda path: path and not path.endswith("/")), st.one_of(PATHS, st.just("/opt/a"), st.just("/etc"))
    ),
)


def is_loop(path: Path) -> bool:
    """Whether the kernel gives up on a link; ``realpath`` would answer with what the link says behind the loop."""
    try:
        path.stat()
    except OSError as error:
        return error.errno == errno.ELOOP
    return False


@pytest.mark.filterwarnings("ignore:Duplicate name")
@settings(deadline=None, max_examples=300)
@example([link("b", "b//a")])
@example([link("a", "/opt/a"), link("b", "a")])
@given(st.lists(ENTRIES, min_size=1, max_size=6))
def test_whatever_a_zip_holds_nothing_leads_out_of_its_folder(tmp_path_factory, entries):
    data = zipped(*entries)
    folder = tmp_path_factory.mktemp("any")
    (folder / "source.zip").write_bytes(data)
    target = folder / "inside" / "target"
    target.parent.mkdir()
    try:
        check_zip(data)
    except BadArchive:
        with pytest.raises(BadArchive):
            unpack(folder / "source.zip", target)
    else:
        unpack(folder / "source.zip", target)
        for path in target.rglob("*"):
            if path.is_symlink() and not is_loop(path):
                real = Path(os.path.realpath(path))
                assert real.is_relative_to(target) or real.is_relative_to("/opt")  # where layers are
    assert sorted(path.name for path in folder.iterdir()) == ["inside", "source.zip"]
    assert [path.name for path in target.parent.iterdir()] in ([], ["target"])
