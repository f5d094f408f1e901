"""Has events wait while the packages that a folder's code asks for are being installed: new code never meets old packages.

Who installs them (`lambent dev`) tells for which content of the file that lists them they are in place. As soon as the file
says something else, before anybody has noticed, events wait: until it is told again, is as it was, or who installs is no more.
"""

import asyncio
import hashlib
import os
from pathlib import Path

from msgspec import Struct

from lambent.core.log import Log

LOOK_S = 0.1
INSTALLING_S_MAX = 1_800
"""Longer no event waits, whatever becomes of who installs."""

log = Log("packages")


class Packages(Struct, frozen=True):
    """``digest``: of the content of ``file`` that they are in place for, or empty while they are being installed.

    ``pid``: of the process that installs them.
    """

    file: Path
    digest: str
    pid: int


class FolderPackages:
    """What is told of the packages of each folder, by the names of the functions in it."""

    def __init__(self) -> None:
        self._told: dict[Path, dict[str, Packages]] = {}

    def tell(self, folder: Path, function: str, packages: Packages | None) -> None:
        """From now on; None: the function has none of its own."""
        told = self._told.setdefault(folder, {})
        told.pop(function, None)
        if packages is not None:
            told[function] = packages
        elif not told:
            del self._told[folder]

    async def settled(self, folder: Path, function: str) -> bool:
        """Returns when the function's code and its packages belong together. True where that had to be waited for."""
        if folder not in self._told or await self._is_settled(folder, function):
            return False
        log.info("packages.awaited", function=function, folder=str(folder))
        try:
            async with asyncio.timeout(INSTALLING_S_MAX):
                while not await self._is_settled(folder, function):  # noqa: ASYNC110 - nobody tells what an editor writes
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            log.warning("packages.not-awaited", function=function, folder=str(folder))
        return True

    async def _is_settled(self, folder: Path, function: str) -> bool:
        packages = self._told.get(folder, {}).get(function)
        if packages is None:
            return True
        if packages.digest and await asyncio.to_thread(digest_of, packages.file) == packages.digest:
            return True
        if _is_alive(packages.pid):
            return False
        if self._told.get(folder, {}).get(function) is packages:
            self.tell(folder, function, None)
        return True


def digest_of(file: Path) -> str:
    """Of its content; a file that cannot be read is as one without any. Blocks for a moment."""
    try:
        content = file.read_bytes()
    except OSError:
        content = b""
    return content_digest(content)


def content_digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
