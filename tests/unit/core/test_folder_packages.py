"""Events wait while the packages that a folder's code asks for are being installed."""

import asyncio
import os
from pathlib import Path

import pytest

from lambent.core import folder_packages
from lambent.core.folder_packages import FolderPackages, Packages, content_digest

FOLDER = Path("/home/ada/f")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "requirements.txt"
    file.write_text("six\n")
    return file


def told(file: Path, content: str | None, pid: int = os.getpid()) -> FolderPackages:
    """``content``: that for which packages are in place; None: they are being installed."""
    packages = FolderPackages()
    packages.tell(FOLDER, "f", Packages(file, content_digest(content.encode()) if content is not None else "", pid))
    return packages


async def test_what_is_in_place_is_not_waited_for(file: Path) -> None:
    packages = told(file, "six\n")
    assert not await packages.settled(FOLDER, "f")
    assert not await packages.settled(FOLDER, "another")
    assert not await packages.settled(Path("/elsewhere"), "f")


async def test_a_file_that_is_gone_is_as_one_that_asks_for_nothing(tmp_path: Path) -> None:
    assert not await told(tmp_path / "none.txt", "").settled(FOLDER, "f")


@pytest.mark.parametrize("content", ["older\n", None], ids=["the file has changed", "they are being installed"])
@pytest.mark.parametrize("now", ["six\n", ""], ids=["they are installed", "there are none any more"])
async def test_what_is_not_in_place_is_waited_for(
    file: Path, content: str | None, now: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_packages, "LOOK_S", 0.001)
    packages = told(file, content)
    waiting = asyncio.create_task(packages.settled(FOLDER, "f"))
    await asyncio.sleep(0)
    assert not waiting.done()
    if now:
        packages.tell(FOLDER, "f", Packages(file, content_digest(now.encode()), os.getpid()))
    else:
        packages.tell(FOLDER, "f", None)
    await waiting


async def test_a_file_that_is_again_as_it_was_is_waited_for_no_more(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_packages, "LOOK_S", 0.001)
    contents = iter([b"edited\n", b"edited again\n", b"six\n"])
    monkeypatch.setattr(folder_packages, "digest_of", lambda _: content_digest(next(contents)))
    assert await told(file, "six\n").settled(FOLDER, "f")


async def test_no_event_waits_for_ever(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_packages, "INSTALLING_S_MAX", 0.02)
    assert await told(file, None).settled(FOLDER, "f")


async def test_nobody_waits_for_a_process_that_is_no_more(file: Path) -> None:
    process = await asyncio.create_subprocess_exec("true")
    await process.wait()
    assert not await told(file, None, process.pid).settled(FOLDER, "f")
