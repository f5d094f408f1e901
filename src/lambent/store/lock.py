"""Keeps a second process off a data directory."""

import fcntl
import os
import shlex
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lambent.core.config import DATA_DEFAULT
from lambent.core.errors import StartupError

LOCK_NAME = "lock"
TRIES_MAX = 1_000
PAUSE_S = 0.001


class Hold:
    """A directory that is held. ``is_there`` turns False when somebody has deleted or replaced it."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor

    def is_there(self) -> bool:
        try:
            return os.path.samestat(self._path.stat(), os.fstat(self._descriptor))
        except OSError:
            return False


@contextmanager
def hold(folder: Path) -> Iterator[Hold]:
    """Holds the directory while the block runs. Raises StartupError, naming the holder's process id, where another holds it.

    The kernel frees the lock with the process, however it ends, so a lock file left behind locks nothing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        if not _take(descriptor):
            holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
            raise _in_use(folder, holder)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield Hold(folder / LOCK_NAME, descriptor)
    finally:
        os.close(descriptor)


def check(folder: Path) -> None:
    """Raises StartupError where another process holds the directory now."""
    pid = holder(folder)
    if pid is not None:
        raise _in_use(folder, str(pid))


def holder(folder: Path) -> int | None:
    """The process that holds the directory now, or None."""
    try:
        descriptor = os.open(folder / LOCK_NAME, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        if _flock(descriptor, fcntl.LOCK_SH):
            return None
        text = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
        return int(text) if text.isdigit() else None
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> bool:
    """Takes the lock; False where another holds it. Who asks for the holder shares the lock for a moment, and is none."""
    for _ in range(TRIES_MAX):
        if _flock(descriptor, fcntl.LOCK_EX):
            return True
        if not _flock(descriptor, fcntl.LOCK_SH):
            return False
        threading.Event().wait(PAUSE_S)  # who only asks may be a thread of ours, which has to run to be done
    return False


def _flock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _in_use(folder: Path, pid: str) -> StartupError:
    option = "" if folder == DATA_DEFAULT else f" --data {shlex.quote(str(folder))}"
    return StartupError(
        f"{folder} is in use by another Lambent (process {pid}). Stop it with `lambent stop{option}`, "
        "or choose another data directory with --data."
    )
