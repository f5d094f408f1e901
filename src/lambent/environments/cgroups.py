"""Memory limits and CPU shares by cgroup, version 1 or 2, where this machine lets us write them.

One parent named for this process holds one group an environment. The parents of platforms that were killed are swept.
"""

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from lambent.core.log import Log

log = Log("cgroups")

STOCK = 32  # groups made ahead
MEMORY_SLACK_MB = 2  # page tables and the kernel's own, which AWS does not count
MB_PER_CPU = 1769
_MOUNTS = Path("/proc/self/mountinfo")
_OWN = Path("/proc/self/cgroup")
_PREFIX = "lambent-"
_REMOVAL_S_MAX = 2.0
_REMOVAL_PAUSE_S = 0.005
_numbers = itertools.count(1)  # next() is atomic: the upkeep's thread makes groups too


class Cgroup:
    """One environment's group: a folder in each hierarchy it needs."""

    def __init__(self, folders: dict[str, Path], *, is_v2: bool) -> None:
        self._folders = folders
        self._is_v2 = is_v2
        self._kills = 0

    def limit(self, *, memory_mb: int, ephemeral_storage_mb: int) -> None:
        """What is in /tmp is charged to the group but is not the function's memory, so the limit is wider by its size."""
        limit = (memory_mb + ephemeral_storage_mb + MEMORY_SLACK_MB) * 1024 * 1024
        share = max(memory_mb / MB_PER_CPU, 0.01)
        if self._is_v2:
            _write(self._folders["memory"] / "memory.max", str(limit))
            with contextlib.suppress(OSError):
                _write(self._folders["memory"] / "cpu.weight", str(min(10_000, max(1, round(100 * share)))))
            return
        _write(self._folders["memory"] / "memory.limit_in_bytes", str(limit))
        if "cpu" in self._folders:
            _write(self._folders["cpu"] / "cpu.shares", str(max(2, round(1024 * share))))

    def lift(self) -> None:
        """No limit any more, and the weight of one CPU: for a template, which runs no code of the function's from now on.

        Of each page that it writes to between two forks a copy is left to the child alone, and stays charged to the template's
        group: some 2 MB a child.
        """
        if self._is_v2:
            _write(self._folders["memory"] / "memory.max", "max")
            with contextlib.suppress(OSError):
                _write(self._folders["memory"] / "cpu.weight", "100")
            return
        _write(self._folders["memory"] / "memory.limit_in_bytes", "-1")
        if "cpu" in self._folders:
            _write(self._folders["cpu"] / "cpu.shares", "1024")

    def open_members(self) -> list[int]:
        """Descriptors of the files into which a process writes itself; the caller closes them.

        Version 1 has ``tasks``: a single thread that moves itself takes no global lock, for which ``cgroup.procs`` waits some
        15 ms on an idle machine.
        """
        paths = {folder / ("cgroup.procs" if self._is_v2 else "tasks") for folder in self._folders.values()}
        return [os.open(path, os.O_WRONLY | os.O_CLOEXEC) for path in sorted(paths)]

    def is_over(self, memory_mb: int) -> bool:
        """Whether more is used than ``memory_mb``, files in memory (/tmp) aside."""
        folder = self._folders["memory"]
        limit = (memory_mb + MEMORY_SLACK_MB) * 1048576
        used = int((folder / ("memory.current" if self._is_v2 else "memory.usage_in_bytes")).read_text())
        if used <= limit:
            return False
        statistics = _table(folder / "memory.stat")
        return int(statistics["anon" if self._is_v2 else "rss"]) > limit

    def was_out_of_memory(self) -> bool:
        """Whether the kernel has killed one of its processes for want of memory since this was asked last."""
        facts = _table(self._folders["memory"] / ("memory.events" if self._is_v2 else "memory.oom_control"))
        before, self._kills = self._kills, int(facts.get("oom_kill", 0))
        return self._kills > before

    def remove(self) -> bool:
        """Whether it is gone; not while a process is in it."""
        try:
            for folder in set(self._folders.values()):
                with contextlib.suppress(FileNotFoundError):
                    folder.rmdir()
        except OSError:
            return False
        return True


class Cgroups:
    """The groups of this process' environments."""

    def __init__(self, parents: dict[str, Path], *, is_v2: bool) -> None:
        self._parents = parents
        self._is_v2 = is_v2
        self._stock: list[Cgroup] = []
        self._leaving: list[Cgroup] = []

    @classmethod
    def open(cls) -> "Cgroups | None":
        """The groups of this machine, or None where none can be written. Sweeps what killed platforms left."""
        for find, is_v2 in ((_find_v1, False), (_find_v2, True)):
            try:
                places = find()
                if places is None:
                    continue
                for place in set(places.values()):
                    _sweep(place)
                parents = {name: place / _own_name() for name, place in places.items()}
                for parent in set(parents.values()):
                    parent.mkdir(exist_ok=True)
                _hand_on(parents, is_v2=is_v2)
                groups = cls(parents, is_v2=is_v2)
                groups.rehearse()
            except OSError as error:
                log.debug("unusable", is_v2=is_v2, error=str(error))
                continue
            return groups
        return None

    def rehearse(self) -> None:
        """Limits a group and has a process join it, for a host that lets us make groups may forbid that. Raises OSError."""
        command = [sys.executable, "-I", "-S", "-c", "import sys; sys.stdin.read()"]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
            group = self._make()
            try:
                group.limit(memory_mb=128, ephemeral_storage_mb=512)
                for member in group.open_members():
                    try:
                        os.write(member, str(process.pid).encode())
                    finally:
                        os.close(member)
            finally:
                process.kill()
                process.wait()
                self.give_back(group)
                self._leaving = [group for group in self._leaving if not group.remove()]

    def take(self) -> Cgroup:
        """A group with nobody in it: one made ahead, or a new one."""
        return self._stock.pop() if self._stock else self._make()

    def give_back(self, cgroup: Cgroup) -> None:
        """Removed by the next upkeep after its processes are gone."""
        self._leaving.append(cgroup)

    @property
    def needs_upkeep(self) -> bool:
        return bool(self._leaving) or len(self._stock) < STOCK // 2

    def upkeep(self) -> None:
        """Makes groups ahead and removes those that are done with. Blocks; run it off the event loop."""
        leaving, self._leaving = self._leaving, []
        self._leaving.extend(cgroup for cgroup in leaving if not cgroup.remove())
        while len(self._stock) < STOCK:
            self._stock.append(self._make())

    def close(self) -> None:
        for cgroup in (*self._stock, *self._leaving):
            cgroup.remove()
        self._stock, self._leaving = [], []
        for parent in set(self._parents.values()):
            _remove_tree(parent)

    def _make(self) -> Cgroup:
        number = str(next(_numbers))
        folders = {name: parent / number for name, parent in self._parents.items()}
        for folder in set(folders.values()):
            folder.mkdir()
        return Cgroup(folders, is_v2=self._is_v2)


def _hand_on(parents: dict[str, Path], *, is_v2: bool) -> None:
    """Readies the parents. Shares count among environments; all of them together weigh two processes a CPU."""
    weight = 2 * (os.cpu_count() or 1)
    if is_v2:
        _write(parents["memory"] / "cgroup.subtree_control", "+memory +cpu")
        _write(parents["memory"] / "cpu.weight", str(min(10_000, 100 * weight)))
    elif "cpu" in parents:
        _write(parents["cpu"] / "cpu.shares", str(1024 * weight))


def _find_v1() -> dict[str, Path] | None:
    """Our own group in the memory hierarchy, and in cpu's where there is one."""
    own: dict[str, str] = {}
    for line in _OWN.read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        own.update(dict.fromkeys(controllers.split(","), path))
    places: dict[str, Path] = {}
    for line in _MOUNTS.read_text().splitlines():
        left, _, right = line.partition(" - ")
        kind, _, options = right.split(" ", 2)
        if kind != "cgroup":
            continue
        root, mount_point = left.split(" ")[3:5]
        for controller in ("memory", "cpu"):
            if controller in options.split(",") and controller in own:
                place = Path(mount_point) / os.path.relpath(own[controller], root)
                if place.is_dir() and os.access(place, os.W_OK):
                    places[controller] = place.resolve()
    return places if "memory" in places else None


def _find_v2() -> dict[str, Path] | None:
    """Our own group in the one hierarchy, where its controllers are ours to hand on."""
    own = next((line[3:] for line in _OWN.read_text().splitlines() if line.startswith("0::")), None)
    mounts = [line.split(" ") for line in _MOUNTS.read_text().splitlines() if " - cgroup2 " in line]
    if own is None or not mounts:
        return None
    root, mount_point = mounts[0][3:5]
    place = (Path(mount_point) / os.path.relpath(own, root)).resolve()
    if "memory" not in (place / "cgroup.controllers").read_text().split():
        return None
    if (place / "cgroup.procs").read_text().split() == [str(os.getpid())] and own != "/":
        # A group that hands controllers on may hold no process itself: we move into a leaf, if we are alone in it.
        leaf = place / "lambent-platform"
        leaf.mkdir(exist_ok=True)
        _write(leaf / "cgroup.procs", "0")
    _write(place / "cgroup.subtree_control", "+memory +cpu")
    return {"memory": place}


def _own_name() -> str:
    return f"{_PREFIX}{os.getpid()}-{_start_of(os.getpid())}-{next(_numbers)}"


def _start_of(pid: int) -> str:
    """When a process began, in the kernel's ticks: with the pid it names a process for good."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def _sweep(place: Path) -> None:
    """Removes the groups of platforms that are no more; none where /proc does not say who is."""
    if not _start_of(os.getpid()):
        return
    for folder in place.glob(_PREFIX + "*-*"):
        pid, start, *_ = folder.name.removeprefix(_PREFIX).split("-")
        if pid.isdigit() and _start_of(int(pid)) != start:
            log.info("swept", group=folder.name)
            _remove_tree(folder)


def _remove_tree(folder: Path) -> None:
    """Removes a group and those below it; whoever is still in one is an orphan of ours and is killed. Blocks a little."""
    pause = threading.Event()
    for _ in range(int(_REMOVAL_S_MAX / _REMOVAL_PAUSE_S)):
        for child in _groups(folder):
            with contextlib.suppress(OSError):
                for pid in (child / "cgroup.procs").read_text().split():
                    os.kill(int(pid), signal.SIGKILL)
            with contextlib.suppress(OSError):
                child.rmdir()
        with contextlib.suppress(OSError):
            folder.rmdir()
        if not folder.is_dir():
            return
        pause.wait(_REMOVAL_PAUSE_S)
    log.warning("not_removed", group=folder.name)


def _groups(folder: Path) -> list[Path]:
    try:
        return [child for child in folder.iterdir() if child.is_dir()]
    except FileNotFoundError:
        return []


def _table(path: Path) -> dict[str, str]:
    """Lines of a name and a value."""
    return dict(line.split(maxsplit=1) for line in path.read_text().splitlines())


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)
