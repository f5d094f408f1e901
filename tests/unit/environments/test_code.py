"""Unpacked once, merged in order, read-only, and gone when nobody needs it."""

import asyncio
import hashlib
import os
import stat
import subprocess
from pathlib import Path

import pytest
from tests.unit.environments.test_archives import link, zipped

from lambent.core.ports import Archive, BadArchive
from lambent.environments import archives, code
from lambent.environments.code import Code


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "code"


@pytest.fixture
def archive(tmp_path: Path):
    def make(*entries: tuple[str, bytes, int] | tuple[str, bytes]) -> Archive:
        data = zipped(*entries)
        digest = hashlib.sha256(data).hexdigest()
        path = tmp_path / f"{digest}.zip"
        path.write_bytes(data)
        return Archive(digest, path)

    return make


async def test_code_is_unpacked_under_the_name_of_its_content(cache, archive):
    zipfile = archive(("app.py", b"x"))
    folder = await Code(cache).task_dir(zipfile)
    assert folder == cache / "task" / zipfile.sha256
    assert (folder / "app.py").read_bytes() == b"x"


async def test_many_who_ask_at_once_cause_one_unpacking(cache, archive, monkeypatch):
    unpacked = []
    real = archives.unpack
    monkeypatch.setattr(archives, "unpack", lambda *given: (unpacked.append(given), real(*given)))
    zipfile, store = archive(("app.py", b"x")), Code(cache)
    folders = await asyncio.gather(*(store.task_dir(zipfile) for _ in range(20)))
    assert len(set(folders)) == 1
    assert len(unpacked) == 1


async def test_what_is_unpacked_survives_a_restart_of_the_platform(cache, archive, monkeypatch):
    zipfile = archive(("app.py", b"x"))
    await Code(cache).task_dir(zipfile)
    monkeypatch.setattr(archives, "unpack", lambda *_: pytest.fail("unpacked again"))
    await Code(cache).task_dir(zipfile)


async def test_what_nobody_used_for_a_week_is_gone_after_a_start(cache, archive):
    used, unused = archive(("a.py", b"")), archive(("b.py", b""))
    folders = [await Code(cache).task_dir(zipfile) for zipfile in (used, unused)]
    for folder in folders:
        os.utime(folder, (0, 0))
    os.utime(folders[0])
    await Code(cache).task_dir(archive(("c.py", b"")))
    assert [folder.is_dir() for folder in folders] == [True, False]


async def test_using_what_is_unpacked_keeps_it_for_longer(cache, archive):
    zipfile = archive(("a.py", b""))
    folder = await Code(cache).task_dir(zipfile)
    six_days_ago = folder.stat().st_mtime - 6 * 86_400
    os.utime(folder, (six_days_ago, six_days_ago))
    await Code(cache).task_dir(zipfile)
    assert folder.stat().st_mtime > six_days_ago + 86_400


async def test_a_restart_of_the_machine_starts_anew(cache, archive, tmp_path, monkeypatch):
    zipfile = archive(("app.py", b"x"))
    before = await Code(cache).task_dir(zipfile)
    # What was never flushed may be missing after a power cut.
    (before / "app.py").unlink()
    (tmp_path / "boot").write_text("another boot")
    monkeypatch.setattr(code, "_BOOT_ID", tmp_path / "boot")
    after = await Code(cache).task_dir(zipfile)
    assert (after / "app.py").read_bytes() == b"x"


def pid_of_nobody() -> int:
    return int(subprocess.run(["sh", "-c", "echo $$"], capture_output=True, check=True).stdout)


async def test_what_a_crash_left_half_made_is_removed(cache, archive):
    half = cache / "task" / f".{pid_of_nobody()}.4567.tmp"
    store = Code(cache)
    await store.task_dir(archive(("app.py", b"x")))
    half.mkdir()
    await Code(cache).task_dir(archive(("app.py", b"y")))
    assert not half.exists()


async def test_what_another_platform_is_making_is_left_alone(cache, archive):
    others = cache / "task" / f".{os.getppid()}.4567.tmp"
    others.mkdir(parents=True)
    await Code(cache).task_dir(archive(("app.py", b"y")))
    assert others.exists()


async def test_two_platforms_may_unpack_the_same_code_at_once(cache, archive):
    zipfile = archive(("app.py", b"x"))
    folders = await asyncio.gather(*(Code(cache).task_dir(zipfile) for _ in range(8)))
    assert len(set(folders)) == 1
    assert [path.name for path in (cache / "task").iterdir()] == [zipfile.sha256]


async def test_a_bad_archive_leaves_nothing_and_is_refused_again(cache, archive):
    bad, store = archive(("../evil", b"")), Code(cache)
    for _ in range(2):
        with pytest.raises(BadArchive):
            await store.task_dir(bad)
    assert list((cache / "task").iterdir()) == []


async def test_one_who_gives_up_does_not_stop_the_others(cache, archive):
    store, zipfile = Code(cache), archive(("app.py", b"x"))
    impatient = asyncio.ensure_future(store.task_dir(zipfile))
    await asyncio.sleep(0)
    patient = asyncio.ensure_future(store.task_dir(zipfile))
    impatient.cancel()
    assert (await patient / "app.py").exists()


async def test_unpacked_code_may_not_be_written_to_by_those_who_do_not_own_it(cache, archive):
    folder = await Code(cache).task_dir(
        archive(("package/app.py", b"x", stat.S_IFREG | 0o666), ("open/", b"", stat.S_IFDIR | 0o777))
    )
    assert (folder / "package/app.py").stat().st_mode & 0o222 == 0
    for path in (folder, folder / "package", folder / "open"):
        assert path.stat().st_mode & 0o022 == 0


async def test_a_later_layer_replaces_what_an_earlier_one_brought(cache, archive):
    first = archive(("python/a.py", b"first"), ("python/b.py", b"first"))
    second = archive(("python/b.py", b"second"), ("bin/tool", b"", stat.S_IFREG | 0o755))
    merged = await Code(cache).opt_dir((first, second))
    assert (merged / "python/a.py").read_bytes() == b"first"
    assert (merged / "python/b.py").read_bytes() == b"second"
    assert os.access(merged / "bin/tool", os.X_OK)
    assert await Code(cache).opt_dir((second, first)) != merged


async def test_merging_leaves_the_layers_as_they_were(cache, archive):
    store = Code(cache)
    first, second = archive(("python/a.py", b"first")), archive(("python/a.py", b"second"))
    await store.opt_dir((first, second))
    assert (await store.task_dir(first) / "python/a.py").read_bytes() == b"first"


@pytest.mark.parametrize(
    "kinds", [("file", "folder"), ("folder", "file"), ("link", "folder"), ("folder", "link"), ("link", "file")]
)
async def test_a_later_layer_may_replace_one_kind_of_thing_by_another(cache, archive, kinds):
    def layer(kind: str, number: int) -> Archive:
        thing = {"file": ("x", b"%d" % number), "folder": ("x/inside", b"%d" % number), "link": link("x", "other")}[kind]
        return archive(thing, ("other/untouched", b""))

    merged = await Code(cache).opt_dir((layer(kinds[0], 1), layer(kinds[1], 2)))
    found = "link" if (merged / "x").is_symlink() else "folder" if (merged / "x").is_dir() else "file"
    assert found == kinds[1]
    assert sorted(path.name for path in (merged / "other").iterdir()) == ["untouched"]


async def test_without_layers_opt_is_empty(cache):
    assert list((await Code(cache).opt_dir(())).iterdir()) == []


async def test_a_single_layer_is_mounted_as_it_is(cache, archive):
    store, layer = Code(cache), archive(("python/a.py", b""))
    assert await store.opt_dir((layer,)) == await store.task_dir(layer)


async def test_a_layer_that_brings_boto3_makes_the_whole_function_slim(cache, archive):
    store, plain, sdk = Code(cache), archive(("app.py", b"")), archive(("python/boto3/__init__.py", b""))
    assert not await store.bundles_sdk(plain)
    assert await store.bundles_sdk(plain, (sdk,))


async def test_what_nobody_holds_any_more_is_removed_and_nothing_else(cache, archive):
    store = Code(cache)
    used, unused, layer = archive(("a.py", b"")), archive(("b.py", b"")), archive(("python/c.py", b""))
    store.hold(used, (layer, used))
    holding = store.hold(unused, (unused, layer))
    kept = [await store.task_dir(used), await store.opt_dir((layer, used))]
    gone = [await store.task_dir(unused), await store.opt_dir((unused, layer))]
    await store.release(holding)
    assert all(folder.is_dir() for folder in kept)
    assert not any(folder.exists() for folder in gone)
    assert sorted(path.name for path in (cache / "task").iterdir()) == sorted([used.sha256, layer.sha256])


async def test_what_was_removed_is_unpacked_again_when_it_is_needed(cache, archive):
    store, zipfile = Code(cache), archive(("a.py", b"x"))
    holding = store.hold(zipfile, ())
    await store.task_dir(zipfile)
    await store.release(holding)
    assert (await store.task_dir(zipfile) / "a.py").read_bytes() == b"x"


async def test_what_is_needed_again_while_it_is_removed_is_whole(cache, archive):
    store, zipfile = Code(cache), archive(("a.py", b"x"))
    holding = store.hold(zipfile, ())
    await store.task_dir(zipfile)
    _, folder = await asyncio.gather(store.release(holding), store.task_dir(zipfile))
    assert (folder / "a.py").read_bytes() == b"x"
