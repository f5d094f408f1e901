"""Whether a folder has changed: by what the kernel tells, and by looking."""

import asyncio
import contextlib
import errno
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lambent.environments import folder_changes
from lambent.environments.folder_changes import FolderChanges, is_ignored

needs_inotify = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux'")


@pytest.fixture(params=["told", "looked at"])
def changes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[FolderChanges]:
    can_watch = request.param == "told"
    if can_watch and sys.platform != "linux":
        pytest.skip("inotify is Linux'")
    monkeypatch.setattr(folder_changes, "RACY_S", 0.0)
    made = FolderChanges(can_watch=can_watch)
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    (folder / "sub" / "deep").mkdir(parents=True)
    (folder / "a.py").write_text("1")
    (folder / "sub" / "deep" / "b.py").write_text("1")
    return folder


def _rename_over(folder: Path) -> None:
    (folder / "a.py.new").write_text("2")
    (folder / "a.py.new").rename(folder / "a.py")


def _same_size_and_time(folder: Path) -> None:
    before = (folder / "a.py").stat().st_mtime_ns
    (folder / "a.py").write_text("2")
    os.utime(folder / "a.py", ns=(before, before))


EDITS: dict[str, Callable[[Path], object]] = {
    "written": lambda folder: (folder / "a.py").write_text("22"),
    "written with its size and time kept": _same_size_and_time,
    "renamed over": _rename_over,
    "deep": lambda folder: (folder / "sub" / "deep" / "b.py").write_text("22"),
    "new file": lambda folder: (folder / "new.json").touch(),
    "new folder": lambda folder: (folder / "new").mkdir(),
    "deleted": lambda folder: (folder / "a.py").unlink(),
    "folder deleted": lambda folder: shutil.rmtree(folder / "sub"),
    "mode": lambda folder: (folder / "a.py").chmod(0o700),
    "moved": lambda folder: (folder / "sub").rename(folder / "other"),
    "link": lambda folder: (folder / "link").symlink_to("a.py"),
}


@pytest.mark.parametrize("edit", EDITS)
async def test_every_edit_is_another_version(changes: FolderChanges, folder: Path, edit: str) -> None:
    before = await changes.version(folder)
    assert await changes.version(folder) == before
    EDITS[edit](folder)
    after = await changes.version(folder)
    assert after != before
    assert await changes.version(folder) == after


async def test_edits_in_a_folder_that_is_new_are_seen(changes: FolderChanges, folder: Path) -> None:
    await changes.version(folder)
    (folder / "new" / "below").mkdir(parents=True)
    (folder / "new" / "below" / "c.py").write_text("1")
    before = await changes.version(folder)
    (folder / "new" / "below" / "c.py").write_text("22")
    assert await changes.version(folder) != before


async def test_what_tools_write_is_no_change(changes: FolderChanges, folder: Path) -> None:
    for name in (".git", "__pycache__", ".venv"):
        (folder / name).mkdir()
    before = await changes.version(folder)
    (folder / ".git" / "index").touch()
    (folder / "__pycache__" / "a.pyc").touch()
    (folder / ".a.py.swp").touch()
    (folder / "a.py~").touch()
    assert await changes.version(folder) == before


async def test_a_folder_that_is_replaced_is_another_version(changes: FolderChanges, folder: Path, tmp_path: Path) -> None:
    before = await changes.version(folder)
    os.rename(folder, tmp_path / "away")
    with pytest.raises(FileNotFoundError):
        await changes.version(folder)
    shutil.copytree(tmp_path / "away", folder)
    assert await changes.version(folder) != before


async def test_no_version_comes_again_after_a_folder_was_forgotten(changes: FolderChanges, folder: Path) -> None:
    before = await changes.version(folder)
    changes.forget(folder)
    (folder / "a.py").write_text("22")
    assert await changes.version(folder) != before
    assert not changes.is_current(folder, before)


@needs_inotify
async def test_a_folder_that_is_forgotten_while_it_is_walked_is_looked_through_no_further(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_changes, "_fingerprint", None)
    versions = []
    with contextlib.closing(FolderChanges()) as changes:
        for _ in range(2):
            with monkeypatch.context() as patch:
                held = Held(patch)
                asking = asyncio.create_task(changes.version(folder))
                await asyncio.to_thread(held.has_begun.wait, 10)
                changes.forget(folder)
                held.may_go_on.set()
                versions.append(await asking)
    assert versions[0] != versions[1], "nobody knows what became of it in between"


@needs_inotify
async def test_what_was_moved_out_of_the_folder_tells_nothing_any_more(folder: Path, tmp_path: Path) -> None:
    (folder / "lib").mkdir()
    with contextlib.closing(FolderChanges()) as changes:
        await changes.version(folder)
        (folder / "lib").rename(tmp_path / "lib")
        before = await changes.version(folder)
        assert watches() == 1 + subfolders(folder)
        (tmp_path / "lib" / "c.py").touch()
        assert await changes.version(folder) == before


@needs_inotify
async def test_watches_that_do_not_suffice_are_given_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: str) -> list[str]:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(folder_changes, "_folders", fail)
    with contextlib.closing(FolderChanges()) as changes:
        await changes.version(folder)
        assert watches() == 0


class Held:
    """Walks stand still after the first folder until they are let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.has_begun, self.may_go_on, self._folders = threading.Event(), threading.Event(), folder_changes._folders
        monkeypatch.setattr(folder_changes, "_folders", self.folders)

    def folders(self, path: str) -> list[str]:
        self.has_begun.set()
        assert self.may_go_on.wait(10)
        return self._folders(path)


@needs_inotify
async def test_what_is_watched_when_nobody_waits_for_it_any_more_is_given_back_with_the_folder(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    held = Held(monkeypatch)
    with contextlib.closing(FolderChanges()) as changes:
        asking = asyncio.create_task(changes.version(folder))
        await asyncio.to_thread(held.has_begun.wait, 10)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        changes.forget(folder)
        held.may_go_on.set()
        await changes.version(tmp_path / "other")  # which has its turn after the walk
        assert watches() == 1


@needs_inotify
@pytest.mark.parametrize("is_closed", [False, True], ids=["forgotten", "closed"])
async def test_a_folder_that_goes_while_it_is_walked_is_not_watched_after_that(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, is_closed: bool
) -> None:
    held = Held(monkeypatch)
    changes = FolderChanges()
    asking = asyncio.create_task(changes.version(folder))
    await asyncio.to_thread(held.has_begun.wait, 10)
    if is_closed:
        changes.close()
    else:
        changes.forget(folder)
    read, write = os.pipe()  # of which one has the number that the closed one had
    held.may_go_on.set()
    await asking
    assert watches() == 0
    os.close(read)
    os.close(write)
    changes.close()


def watches() -> int:
    """How many this process has, as the kernel tells."""
    return sum(path.read_text().count("inotify wd:") for path in Path("/proc/self/fdinfo").iterdir() if path.exists())


def subfolders(folder: Path) -> int:
    return sum(path.is_dir() for path in folder.rglob("*"))


async def test_a_folder_whose_parent_is_replaced_is_another_version(changes: FolderChanges, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "folder").mkdir(parents=True)
    folder = tmp_path / "one" / "folder"
    before = await changes.version(folder)
    (tmp_path / "one").rename(tmp_path / "three")
    (tmp_path / "two").rename(tmp_path / "one")
    assert await changes.version(folder) != before


async def test_a_folder_within_another_tells_both(changes: FolderChanges, folder: Path) -> None:
    outer, inner = await changes.version(folder), await changes.version(folder / "sub")
    changes.forget(folder / "sub")
    assert await changes.version(folder) == outer
    inner = await changes.version(folder / "sub")
    (folder / "sub" / "deep" / "b.py").write_text("22")
    assert (await changes.version(folder), await changes.version(folder / "sub")) != (outer, inner)
    assert await changes.version(folder) != outer
    assert await changes.version(folder / "sub") != inner


@needs_inotify
async def test_the_names_of_what_changed_are_told_once(folder: Path) -> None:
    changes = FolderChanges()
    await changes.version(folder)
    (folder / "a.py").write_text("2")
    (folder / "sub" / "deep" / "b.py").write_text("2")
    await changes.version(folder)
    assert changes.take_changed(folder) == ["a.py", "sub/deep/b.py"]
    assert changes.take_changed(folder) == []
    changes.close()


@needs_inotify
async def test_where_nothing_is_known_to_have_changed_nothing_is_looked_through(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = FolderChanges()
    version = await changes.version(folder)
    monkeypatch.setattr(folder_changes, "_fingerprint", None)
    assert changes.is_current(folder, version)
    (folder / "a.py").write_text("2")
    assert not changes.is_current(folder, version)
    changes.close()


@needs_inotify
async def test_without_watches_left_the_folder_is_looked_through(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder_changes._Inotify, "watch", none_left)
    changes = FolderChanges()
    before = await changes.version(folder)
    (folder / "a.py").write_text("22")
    assert await changes.version(folder) != before
    changes.close()


async def test_a_file_that_was_just_written_is_not_believed_to_be_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written_s = (folder / "a.py").stat().st_mtime
    monkeypatch.setattr(folder_changes, "wall_s", lambda: written_s + folder_changes.RACY_S / 2)
    changes = FolderChanges(can_watch=False)
    before = await changes.version(folder)
    assert await changes.version(folder) != before


def test_file_systems_of_other_machines_are_not_trusted_to_tell(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    line = "36 35 98:0 / {point} rw,noatime - {kind} source rw\n"
    mounts.write_text(line.format(point="/", kind="ext4") + line.format(point="/mnt/my\\040share", kind="nfs4"))
    assert folder_changes._is_telling(Path("/home"), mounts)
    assert not folder_changes._is_telling(Path("/mnt/my share/x"), mounts)
    assert not folder_changes._is_telling(Path("/home"), tmp_path / "nothing")


@pytest.mark.parametrize("name", [".app.py.swp", "4913", "app.py~", "#app.py#", ".#app.py", "app.pyc"])
def test_what_editors_leave_is_ignored(name: str) -> None:
    assert is_ignored(name, is_folder=False)
    assert not is_ignored("app.py", is_folder=False)
    assert not is_ignored("src", is_folder=True)
