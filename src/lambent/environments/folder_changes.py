"""Whether the folders that functions are served from have changed: asked before every event, so it has to cost nothing.

Where the kernel tells of changes (inotify), what it has to tell is read when somebody asks, not when it comes: a change that
was made before the question is in the queue by then, so the answer is never late, and nothing runs while nobody asks. Elsewhere
(another system, a file system of another machine, no watches left) the folder is looked through each time.
"""

import asyncio
import ctypes
import itertools
import os
import re
import stat
import struct
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lambent.core.clock import wall_s
from lambent.core.log import Log

IGNORED_FOLDERS = frozenset(
    {
        ".git", ".hg", ".svn", ".lambent", ".venv", ".tox", ".nox", ".idea", ".vscode", ".aws-sam", ".terraform",
        "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis",
    }
)  # fmt: skip
"""What tools write while nobody edits a function."""
IGNORED_FILES = re.compile(r".*\.sw[a-z]|.*~|4913|\.#.*|#.*#|.*\.pyc|.*___jb_(tmp|old)___|\.DS_Store")
"""What editors leave beside a file while they save it."""

RACY_S = 0.05  # a file that was written this shortly before it was looked at may be written again without showing it

log = Log("folders")

_MODIFY, _ATTRIB, _MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x2, 0x4, 0x40, 0x80, 0x100, 0x200
_DELETE_SELF, _MOVE_SELF, _UNMOUNT, _OVERFLOW, _IGNORED, _IS_FOLDER = 0x400, 0x800, 0x2000, 0x4000, 0x8000, 0x40000000
_ONLY_FOLDERS, _NO_LINKS = 0x1000000, 0x2000000
_WANTED = _MODIFY | _ATTRIB | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE | _DELETE_SELF | _MOVE_SELF
_NON_BLOCKING, _CLOSE_ON_EXEC = os.O_NONBLOCK, 0o2000000
_EVENT = struct.Struct("iIII")
_READ_BYTES = 65_536
_TELLING = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs", "tmpfs", "overlay", "f2fs", "zfs", "bcachefs", "jfs", "ramfs"})
"""File systems that nobody but this machine's kernel writes to."""


@dataclass(slots=True)
class _Tree:
    """One folder. ``version`` goes up with each change that was noticed, and is no other folder's."""

    path: Path
    version: int = 0
    identity: tuple[int, int] = (0, 0)  # device and inode: the path may come to mean another folder
    can_watch: bool = False
    is_watched: bool = False
    needs_walk: bool = True
    watches: dict[int, str] = field(default_factory=dict)  # a watch's number to the folder below ``path``
    fingerprint: int = 0
    is_racy: bool = False
    changed: set[str] = field(default_factory=set)  # names below ``path``, since they were last taken


class FolderChanges:
    """All folders that are followed, over one inotify instance: a user has 128 of them."""

    def __init__(self, *, can_watch: bool = True) -> None:
        self._can_watch = can_watch
        self._inotify: _Inotify | None = None
        self._trees: dict[Path, _Tree] = {}
        self._versions = itertools.count(1)  # of all trees: none comes again when one that was forgotten is followed anew
        self._lock = asyncio.Lock()
        self._looks: set[asyncio.Task[None]] = set()

    async def version(self, folder: Path) -> int:
        """A number that is another one after any change in the folder. Raises OSError where it is not there."""
        identity = _identity(folder)
        tree = self._trees.get(folder)
        if tree is None:
            if self._inotify is None and self._can_watch:  # not before it is wanted: most platforms serve no folder
                self._inotify = _Inotify.open()
                self._can_watch = self._inotify is not None
            tree = self._trees[folder] = _Tree(folder)
        self._hear()
        if tree.needs_walk or not tree.is_watched or identity != tree.identity:
            # Who asked may go; what a walk has watched by then has to be known to be watched, so that it is given back once.
            look = asyncio.create_task(self._look(tree))
            self._looks.add(look)
            look.add_done_callback(self._looks.discard)
            await asyncio.shield(look)
        return tree.version

    def is_current(self, folder: Path, version: int) -> bool:
        """Whether that is known to be its version still, without a look through the folder."""
        tree = self._trees.get(folder)
        if tree is None:
            return False
        self._hear()
        if tree.needs_walk or not tree.is_watched or tree.version != version:
            return False
        try:
            return _identity(folder) == tree.identity
        except OSError:
            return False

    def take_changed(self, folder: Path) -> list[str]:
        """The names below the folder that have changed since this was last asked, as far as the kernel tells."""
        tree = self._trees.get(folder)
        if tree is None:
            return []
        changed, tree.changed = sorted(tree.changed), set()
        return changed

    def forget(self, folder: Path) -> None:
        tree = self._trees.pop(folder, None)
        if tree is not None:
            self._unwatch(tree)

    def close(self) -> None:
        for folder in list(self._trees):
            self.forget(folder)
        if self._inotify is not None:
            self._inotify.close()
            self._inotify = None

    async def _look(self, tree: _Tree) -> None:
        async with self._lock:
            if self._is_followed(tree):
                await self._look_through(tree)
            if not self._is_followed(tree):  # it was forgotten: nobody hears what becomes of it now
                tree.version = next(self._versions)

    def _is_followed(self, tree: _Tree) -> bool:
        return self._trees.get(tree.path) is tree

    async def _look_through(self, tree: _Tree) -> None:
        """Goes through the folder: for watches, or for what its files look like."""
        identity = _identity(tree.path)
        if identity != tree.identity:
            tree.can_watch = _is_telling(tree.path)
        if self._inotify is not None and tree.can_watch:
            if tree.needs_walk or identity != tree.identity:
                await self._walk(tree, self._inotify, identity)
            if tree.is_watched or not self._is_followed(tree):
                return
        fingerprint, newest_s = await asyncio.to_thread(_fingerprint, tree.path)
        if fingerprint != tree.fingerprint or tree.is_racy or identity != tree.identity:
            tree.version = next(self._versions)
        tree.fingerprint, tree.identity = fingerprint, identity
        tree.is_racy = newest_s > wall_s() - RACY_S
        tree.needs_walk = False

    async def _walk(self, tree: _Tree, inotify: "_Inotify", identity: tuple[int, int]) -> None:
        if identity != tree.identity:
            self._unwatch(tree)
        tree.needs_walk = False  # what is made during the walk says so again
        tree.identity = identity
        watches: dict[int, str] = {}
        failure = None
        try:
            await asyncio.to_thread(inotify.watch, tree.path, watches)
        except OSError as error:
            failure = error
        if failure is not None or not self._is_followed(tree):  # which was forgotten meanwhile
            tree.watches |= watches  # a user's watches are few, and others want those that do not help us
            self._unwatch(tree)
            tree.can_watch = False
            if self._is_followed(tree):
                effect = "it is looked through at each event"
                log.warning("not_watched", folder=str(tree.path), reason=str(failure), effect=effect)
            return
        before, tree.watches = tree.watches, watches
        self._give_back(tree, before.keys() - watches.keys())  # of folders that were moved elsewhere
        tree.is_watched = True
        tree.version = next(self._versions)

    def _unwatch(self, tree: _Tree) -> None:
        self._give_back(tree, tree.watches)
        tree.watches = {}
        tree.is_watched = False
        tree.needs_walk = True

    def _give_back(self, tree: _Tree, numbers: Iterable[int]) -> None:
        """Watches that the tree needs no more."""
        for number in numbers:
            # A folder that is part of two trees has one watch.
            is_shared = any(number in other.watches for other in self._trees.values() if other is not tree)
            if not is_shared and self._inotify is not None:
                self._inotify.unwatch(number)

    def _hear(self) -> None:
        """Takes in what the kernel has to tell."""
        if self._inotify is None:
            return
        for number, mask, name in self._inotify.events():
            if mask & _OVERFLOW:
                for tree in self._trees.values():
                    tree.version = next(self._versions)
                    tree.needs_walk = True
                continue
            owners = [tree for tree in self._trees.values() if number in tree.watches]
            for tree in owners:
                self._note(tree, number, mask, name)
            if not owners and not mask & _IGNORED:  # made by a walk that is not over: it may be anybody's
                for tree in self._trees.values():
                    tree.version = next(self._versions)
                    tree.needs_walk = True

    def _note(self, tree: _Tree, number: int, mask: int, name: str) -> None:
        if mask & _IGNORED:  # its folder is gone, and with it the number
            tree.watches.pop(number, None)
            return
        is_folder = bool(mask & _IS_FOLDER)
        if name and is_ignored(name, is_folder=is_folder):
            return
        tree.version = next(self._versions)
        if name and len(tree.changed) < _CHANGED_MAX:
            tree.changed.add(_below(tree.watches[number], name))
        if mask & (_DELETE_SELF | _MOVE_SELF | _UNMOUNT) or (is_folder and mask & (_CREATE | _MOVED_TO | _MOVED_FROM)):
            tree.needs_walk = True


_CHANGED_MAX = 1_000


def is_ignored(name: str, *, is_folder: bool) -> bool:
    """Whether a change of what has this name is no change of a function."""
    return name in IGNORED_FOLDERS if is_folder else IGNORED_FILES.fullmatch(name) is not None


class _Inotify:
    """inotify(7) by libc."""

    def __init__(self, libc: ctypes.CDLL, descriptor: int) -> None:
        self._libc = libc
        self._descriptor = descriptor
        self._lock = threading.Lock()  # who walks in a thread of his own is not to meet another's descriptor by this number

    @classmethod
    def open(cls) -> "_Inotify | None":
        """None where the system has none, or the user has as many as he may."""
        if sys.platform != "linux":
            return None
        libc = ctypes.CDLL(None, use_errno=True)
        descriptor = libc.inotify_init1(_NON_BLOCKING | _CLOSE_ON_EXEC)
        return cls(libc, descriptor) if descriptor >= 0 else None

    def watch(self, root: Path, watches: dict[int, str]) -> None:
        """Watches the folder and all below it, adding each watch; blocks. Raises OSError where one cannot be watched."""
        waiting = [""]
        while waiting:
            below = waiting.pop()
            path = _below(str(root), below)
            flags = _WANTED | _ONLY_FOLDERS | (_NO_LINKS if below else 0)
            number, code = self._add(path, flags)
            if number < 0:
                if below and not os.path.isdir(path):  # noqa: PTH112  it has gone again
                    continue
                raise OSError(code, os.strerror(code), path)
            watches[number] = below
            waiting += [_below(below, name) for name in _folders(path)]  # after it is watched: none is missed

    def _add(self, path: str, flags: int) -> tuple[int, int]:
        """A watch's number, or -1 and the error's."""
        with self._lock:
            return self._libc.inotify_add_watch(self._descriptor, os.fsencode(path), flags), ctypes.get_errno()

    def unwatch(self, number: int) -> None:
        self._libc.inotify_rm_watch(self._descriptor, number)

    def events(self) -> Iterator[tuple[int, int, str]]:
        """A watch's number, what happened, and to which name in it."""
        while True:
            try:
                data = os.read(self._descriptor, _READ_BYTES)
            except BlockingIOError:
                return
            position = 0
            while position < len(data):
                number, mask, _, length = _EVENT.unpack_from(data, position)
                position += _EVENT.size
                yield number, mask, os.fsdecode(data[position : position + length].rstrip(b"\0"))
                position += length

    def close(self) -> None:
        with self._lock:
            os.close(self._descriptor)
            self._descriptor = -1


def _folders(path: str) -> list[str]:
    try:
        with os.scandir(path) as entries:
            return [
                entry.name
                for entry in entries
                if entry.is_dir(follow_symlinks=False) and not is_ignored(entry.name, is_folder=True)
            ]
    except OSError:
        return []


def _below(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder and name else folder or name


def _identity(path: Path) -> tuple[int, int]:
    found = os.stat(path)  # noqa: PTH116  on every warm event
    return found.st_dev, found.st_ino


def _fingerprint(root: Path) -> tuple[int, float]:
    """What all files look like, and when the newest change was."""
    looks: list[tuple[str, int, int, int, int, int]] = []
    newest_ns = 0
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not is_ignored(name, is_folder=True))
        for name in [*folders, *files]:
            path = _below(folder, name)
            try:
                found = os.lstat(path)
            except OSError:
                continue
            if stat.S_ISDIR(found.st_mode):
                looks.append((path, found.st_mode, found.st_ino, 0, 0, 0))
            elif not is_ignored(name, is_folder=False):
                looks.append((path, found.st_mode, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns))
                newest_ns = max(newest_ns, found.st_mtime_ns, found.st_ctime_ns)
    return hash(tuple(sorted(looks))), newest_ns / 1e9


def _is_telling(path: Path, mounts: Path = Path("/proc/self/mountinfo")) -> bool:
    """Whether inotify hears of all changes there: not of those that another machine makes."""
    best, kind = -1, ""
    try:
        real = os.path.realpath(path)
        for line in mounts.read_text(errors="replace").splitlines():
            fields, _, rest = line.partition(" - ")
            point = re.sub(r"\\(\d{3})", lambda match: chr(int(match[1], 8)), fields.split(" ")[4])
            if len(point) >= best and (real == point or real.startswith(point.rstrip("/") + "/")):
                best, kind = len(point), rest.split(" ")[0]
    except (OSError, IndexError):
        return False
    return kind in _TELLING
