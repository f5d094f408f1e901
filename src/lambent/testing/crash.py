"""Ends a platform that shares our process as ``kill -9`` would end its own.

What counts is what the disk holds at that instant. So the databases' files are set aside right then, with their logs and
without the shared memory that dies with a process. The old platform is then stopped as any other, with nobody listening and
nothing kept, and the files are put back for the next one to recover.
"""

import asyncio
import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lambent.app import Platform

_SHARED_MEMORY = "-shm"


async def crash(platform: Platform) -> None:
    """Leaves the data directory as the killed process would. Runs on the platform's loop, where nothing else of it may run."""
    folder = platform.folder
    with tempfile.TemporaryDirectory(prefix="crash-", dir=folder.path) as aside:
        platform.kill()
        kept = [Path(shutil.copy(path, aside)) for path in _files(folder.database, folder.logs_database)]
        with _silence():
            await _cancel_all()
            await platform.stop()
        for path in _files(folder.database, folder.logs_database):
            path.unlink()
        for path in kept:
            shutil.copy(path, folder.path)


def _files(*databases: Path) -> Iterator[Path]:
    for database in databases:
        for path in database.parent.glob(f"{database.name}*"):
            if not path.name.endswith(_SHARED_MEMORY):
                yield path


async def _cancel_all() -> None:
    """Ends every task but this one: none may live on into the next platform."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@contextmanager
def _silence() -> Iterator[None]:
    """The dying platform's complaints are nobody's news."""
    logger = logging.getLogger("lambent")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)
