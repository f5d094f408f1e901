"""What a crash leaves: a copy of the data directory, taken while other threads may still write to it."""

import contextlib
import shutil
from pathlib import Path


def keep(folder: Path, remains: Path) -> None:
    """Copies all but the shared memory of SQLite. What goes away meanwhile was on its way in, and no crash keeps it."""
    shutil.copytree(folder, remains, ignore=shutil.ignore_patterns("*-shm"), copy_function=_copy_if_there)


def _copy_if_there(source: str, target: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        shutil.copy2(source, target)
