"""/_lambent/folders: who may have functions served from a folder."""

from pathlib import Path
from urllib.parse import urlencode

from lambent.core.sessions import SessionSeal
from lambent.core.source_folders import SourceFolders, permission
from lambent.gateway.folder_page import FolderPage

SEAL = SessionSeal(b"k" * 32)


def test_who_has_the_seal_may_and_the_folder_is_allowed(tmp_path: Path) -> None:
    folders = SourceFolders(is_loopback=True)
    status, told = FolderPage(folders, SEAL).answer(urlencode(permission(SEAL, tmp_path)))
    assert (status, told) == (200, {"allowed": str(tmp_path)})
    assert folders.checked(tmp_path) == tmp_path


def test_nobody_else_may(tmp_path: Path) -> None:
    page = FolderPage(SourceFolders(is_loopback=True), SEAL)
    forged = permission(SessionSeal(b"l" * 32), tmp_path)
    for query in ("", f"folder={tmp_path}", urlencode(forged), f"folder={tmp_path}&expires=x&signature=y"):
        assert page.answer(query)[0] == 403


def test_what_is_no_folder_is_refused_with_the_reason(tmp_path: Path) -> None:
    page = FolderPage(SourceFolders(is_loopback=True), SEAL)
    status, told = page.answer(urlencode(permission(SEAL, tmp_path / "nothing")))
    assert status == 400
    assert "nothing" in str(told["message"])


def test_a_platform_that_others_reach_refuses(tmp_path: Path) -> None:
    page = FolderPage(SourceFolders(is_loopback=False), SEAL)
    assert page.answer(urlencode(permission(SEAL, tmp_path)))[0] == 400
