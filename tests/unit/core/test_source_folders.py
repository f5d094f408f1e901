"""Which folders functions may be served from."""

import os
from pathlib import Path

import pytest

from lambent.core.sessions import SessionSeal
from lambent.core.source_folders import PERMISSION_S_MAX, FolderRefused, SourceFolders, is_permitted, permission


def test_nothing_is_allowed_that_nobody_allowed(tmp_path: Path) -> None:
    with pytest.raises(FolderRefused, match="--allow-folder"):
        SourceFolders(is_loopback=True).checked(tmp_path)


def test_what_is_below_an_allowed_folder_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    folders = SourceFolders(is_loopback=True, allowed=[tmp_path / "a"])
    assert folders.checked(tmp_path / "a" / "b") == tmp_path / "a" / "b"
    with pytest.raises(FolderRefused, match="may not serve"):
        folders.checked(tmp_path)


def test_a_link_or_dots_do_not_lead_out_of_what_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "secret").mkdir()
    (tmp_path / "a" / "link").symlink_to(tmp_path / "secret")
    folders = SourceFolders(is_loopback=True, allowed=[tmp_path / "a"])
    for path in (tmp_path / "a" / "link", tmp_path / "a" / ".." / "secret"):
        with pytest.raises(FolderRefused, match="may not serve"):
            folders.checked(path)


def test_who_may_not_be_served_is_not_told_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    folders = SourceFolders(is_loopback=True, allowed=[tmp_path / "a"])
    said = []
    for path in (tmp_path / "nothing", tmp_path):
        with pytest.raises(FolderRefused) as refused:
            folders.checked(path)
        said.append(str(refused.value).replace(str(path), "PATH"))
    assert said[0] == said[1]


@pytest.mark.parametrize("kind", ["missing", "file", "relative"])
def test_what_is_no_folder_is_refused_with_its_name(tmp_path: Path, kind: str) -> None:
    (tmp_path / "file").touch()
    path = Path("relative") if kind == "relative" else tmp_path / kind
    with pytest.raises(FolderRefused, match=kind):
        SourceFolders(is_loopback=True, allowed=[tmp_path]).checked(path)
    with pytest.raises(FolderRefused, match=kind):
        SourceFolders(is_loopback=True).allow(path)


def test_a_platform_that_others_reach_serves_no_folders(tmp_path: Path) -> None:
    with pytest.raises(FolderRefused, match="loopback"):
        SourceFolders(is_loopback=False, allowed=[tmp_path])


def test_the_platforms_own_data_is_never_served(tmp_path: Path) -> None:
    (tmp_path / "data" / "blobs").mkdir(parents=True)
    folders = SourceFolders(is_loopback=True, allowed=[tmp_path], hidden=tmp_path / "data")
    for path in (tmp_path / "data", tmp_path / "data" / "blobs"):
        with pytest.raises(FolderRefused, match="data directory"):
            folders.checked(path)
        with pytest.raises(FolderRefused, match="data directory"):
            folders.allow(path)


def test_only_who_has_the_seal_asks_for_a_folder_and_for_that_one_only() -> None:
    seal = SessionSeal(b"k" * 32)
    query = permission(seal, Path("/a"))
    assert is_permitted(seal, query)
    assert not is_permitted(SessionSeal(b"l" * 32), query)
    assert not is_permitted(seal, query | {"folder": "/b"})
    assert not is_permitted(seal, query | {"expires": str(int(query["expires"]) + 1)})
    assert not is_permitted(seal, {})


def test_a_request_for_a_folder_is_good_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    seal = SessionSeal(b"k" * 32)
    query = permission(seal, Path("/a"))
    late = int(query["expires"]) + 1
    monkeypatch.setattr("lambent.core.source_folders.wall_s", lambda: float(late))
    assert not is_permitted(seal, query)
    monkeypatch.setattr("lambent.core.source_folders.wall_s", lambda: float(late - PERMISSION_S_MAX - 2))
    assert not is_permitted(seal, query)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read all")
def test_a_folder_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    with pytest.raises(FolderRefused, match="cannot be read"):
        SourceFolders(is_loopback=True, allowed=[tmp_path]).checked(tmp_path / "closed")
