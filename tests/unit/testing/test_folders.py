"""Where the state of a test's platform stands."""

import os
from pathlib import Path

import pytest

from lambent.store import lock
from lambent.testing import LocalPlatform, folders


def test_state_is_in_memory_where_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MEMORY", tmp_path)
    monkeypatch.setattr(folders, "MEMORY_FREE_BYTES_MIN", 1)
    assert folders.make().parent == tmp_path


@pytest.mark.parametrize(("name", "free_min"), [("there", 1 << 80), ("not-there", 1)])
def test_state_is_among_temporary_files_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, free_min: int
) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(folders, "MEMORY", tmp_path / name)
    monkeypatch.setattr(folders, "MEMORY_FREE_BYTES_MIN", free_min)
    monkeypatch.setattr(folders.tempfile, "tempdir", str(tmp_path / "temporary"))
    assert folders.make().parent == tmp_path / "temporary"


def test_what_killed_runs_left_is_removed_and_what_runs_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MEMORY", tmp_path)
    monkeypatch.setattr(folders, "MEMORY_FREE_BYTES_MIN", 1)
    for name in ("lambent-left", "lambent-running", "lambent-others"):
        (tmp_path / name).mkdir()
    for name in ("lambent-left", "lambent-running"):
        (tmp_path / name / lock.LOCK_NAME).write_text("")
    for name in ("lambent-left", "lambent-running", "lambent-others"):
        os.utime(tmp_path / name, (1, 1))
    with lock.hold(tmp_path / "lambent-running"):
        made = folders.make()
        assert {path.name for path in tmp_path.iterdir()} == {"lambent-running", "lambent-others", made.name}


def test_a_platform_leaves_no_folder_behind() -> None:
    with LocalPlatform() as platform:
        folder = platform.config.data
        assert folder.is_dir()
    assert not folder.exists()
