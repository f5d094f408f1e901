"""The layout of a data directory."""

import os
import stat
from pathlib import Path

import pytest

from lambent.core.errors import StartupError
from lambent.store.folder import Folder, Running


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path / "state")
    folder.prepare()
    return folder


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_git_ignores_a_data_directory_by_itself(folder: Folder) -> None:
    assert (folder.path / ".gitignore").read_text() == "*\n"


def test_a_data_directory_is_its_owners(folder: Folder) -> None:
    assert _mode(folder.path) == 0o700


def test_preparing_twice_changes_nothing(folder: Folder) -> None:
    (folder.path / ".gitignore").write_text("# mine\n")
    folder.prepare()
    assert (folder.path / ".gitignore").read_text() == "# mine\n"


def test_a_directory_that_cannot_be_made_is_refused_with_advice(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartupError, match=r"file/below cannot be written \(Not a directory\).*--data"):
        Folder(tmp_path / "file" / "below").prepare()


def test_a_directory_that_cannot_be_written_is_refused_with_advice(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    with pytest.raises(StartupError, match=r"cannot be written \(Permission denied\).*--data"):
        folder.prepare()


def test_the_seal_is_made_once_and_secret(folder: Folder) -> None:
    key = folder.seal_key()
    assert len(key) == 32
    assert Folder(folder.path).seal_key() == key
    assert _mode(folder.path / "seal") == 0o600


def test_the_seals_name_is_on_the_disk_before_anything_is_issued_under_it(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    there: list[bool] = []
    monkeypatch.setattr("lambent.store.folder.sync_folder", lambda path: there.append((path / "seal").exists()))
    folder.seal_key()
    assert there == [True]


def test_two_directories_have_two_seals(folder: Folder, tmp_path: Path) -> None:
    other = Folder(tmp_path / "other")
    other.prepare()
    assert other.seal_key() != folder.seal_key()


def test_a_seal_that_is_cut_short_is_not_used(folder: Folder) -> None:
    (folder.path / "seal").write_bytes(b"short")
    with pytest.raises(AssertionError, match="seal"):
        folder.seal_key()


def test_the_note_of_a_running_platform_reads_back_until_it_is_taken_away(folder: Folder) -> None:
    assert folder.running() is None
    folder.note(Running(pid=7, url="http://localhost:4566"))
    assert folder.running() == Running(pid=7, url="http://localhost:4566")
    folder.unnote()
    assert folder.running() is None
    folder.unnote()


def test_a_note_that_cannot_be_read_is_none(folder: Folder) -> None:
    (folder.path / "platform.json").write_text("{")
    assert folder.running() is None
