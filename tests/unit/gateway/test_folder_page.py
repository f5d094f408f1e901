"""/_lambent/folders: who may have functions served from a folder."""

import asyncio
import os
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


async def test_it_may_be_told_what_the_packages_of_a_function_are_in_place_for(tmp_path: Path) -> None:
    folders = SourceFolders(is_loopback=True)
    page = FolderPage(folders, SEAL)
    (tmp_path / "requirements.txt").write_text("six\n")
    more = {"function": "f", "file": str(tmp_path / "requirements.txt"), "digest": "", "pid": str(os.getpid())}
    query = permission(SEAL, tmp_path, more)
    assert page.answer(urlencode(query | {"file": "/etc/passwd"}))[0] == 403
    assert page.answer(urlencode(query))[0] == 200
    waiting = asyncio.create_task(folders.packages.settled(tmp_path, "f"))
    await asyncio.sleep(0)
    assert page.answer(urlencode(permission(SEAL, tmp_path, {"function": "f"})))[0] == 200
    assert await waiting


def test_a_platform_that_others_reach_refuses(tmp_path: Path) -> None:
    page = FolderPage(SourceFolders(is_loopback=False), SEAL)
    assert page.answer(urlencode(permission(SEAL, tmp_path)))[0] == 400
