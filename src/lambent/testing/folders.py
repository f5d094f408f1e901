"""Where a platform of a test keeps its state: in memory where the machine has a file system there."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from lambent.core.clock import wall_s
from lambent.store import lock

MEMORY = Path("/dev/shm")  # noqa: S108  a folder of our own is made in it
MEMORY_FREE_BYTES_MIN = 512 * 1024 * 1024  # a container's default of 64 MB is too little for functions' code
PREFIX = "lambent-"
ABANDONED_AFTER_S = 60.0  # a folder is made before it is locked


def make() -> Path:
    """A folder of one's own; its maker removes it. What runs that were killed left there is removed here."""
    parent = MEMORY if _is_fit(MEMORY) else Path(tempfile.gettempdir())
    _remove_abandoned(parent)
    return Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))


def _is_fit(folder: Path) -> bool:
    """Whether it is there, has room, and lets programs be run from it: functions' code is unpacked there."""
    try:
        facts = os.statvfs(folder)
    except OSError:
        return False
    is_executable = not facts.f_flag & getattr(os, "ST_NOEXEC", 0)
    return is_executable and os.access(folder, os.W_OK | os.X_OK) and facts.f_bavail * facts.f_frsize >= MEMORY_FREE_BYTES_MIN


def _remove_abandoned(parent: Path) -> None:
    for folder in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            facts = folder.lstat()
            is_ours = facts.st_uid == os.geteuid() and (folder / lock.LOCK_NAME).is_file()
            if is_ours and facts.st_mtime < wall_s() - ABANDONED_AFTER_S and lock.holder(folder) is None:
                shutil.rmtree(folder, ignore_errors=True)
