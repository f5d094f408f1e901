"""Runtimes as plain processes, where the host cannot isolate: any Unix will do. ``sandboxed.py`` has the same methods."""

import os
import resource
import signal

from _lambent import frames, host

_CORE_DUMP_BYTES_MAX = 0
_DESCRIPTORS_MAX = 1024


class Plain:
    """Forks plain processes and ends them.

    A runtime adopts what it leaves behind, and the zygote adopts that when the runtime ends: then whoever is a child of the
    zygote's and no runtime is left over from one that has ended. Where nobody can adopt, only the process group ends.
    """

    def __init__(self):
        self.descriptors = []  # that no child keeps
        self._runtimes = set()
        self._is_adopting = host.adopt_orphans()

    template = None  # whoever is no sandbox is never made one

    def enter(self):
        host.forget_proxies()
        return 0

    def rehearse(self):
        return ""

    def fork(self):
        """The child's pid, 0 in the child."""
        pid = os.fork()
        if pid:
            self._runtimes.add(pid)
        return pid

    def kill(self, pid):
        """A runtime and all of its process group."""
        _kill(pid)  # it may not have made its group yet
        _kill_group(pid)

    def reaped(self, pid):
        """After a child was waited for: ends what it left behind."""
        if pid in self._runtimes:
            _kill_group(pid)
            self._runtimes.discard(pid)
        if self._is_adopting:
            for child in host.children():
                if child not in self._runtimes:
                    _kill(child)

    def end(self):
        """Ends every runtime and what they left behind; nobody else would."""
        for pid in self._runtimes:
            self.kill(pid)
        while True:
            try:
                pid, _ = os.wait()
            except ChildProcessError:
                return
            self.reaped(pid)

    # ---- in a child --------------------------------------------------------------------------------------------------

    def greet(self, connection, mount_namespace):
        host.die_with_parent()
        host.adopt_orphans()
        connection.sendall(frames.pack(frames.HELLO, frames.PID.pack(os.getpid())))
        return False

    def shut_in(self, assignment, *, is_reset):
        """Not the number of processes: without a namespace the limit would count all that this user runs."""
        _lower(resource.RLIMIT_CORE, _CORE_DUMP_BYTES_MAX)
        _lower(resource.RLIMIT_NOFILE, _DESCRIPTORS_MAX)
        if assignment["limits"]["address_space_bytes"]:
            _lower(resource.RLIMIT_AS, assignment["limits"]["address_space_bytes"])


def _kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def _kill_group(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def _lower(kind, value):
    """As far as the system takes it: macOS knows RLIMIT_AS by name only."""
    try:
        _, hard = resource.getrlimit(kind)
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(kind, (value, value))
    except (OSError, ValueError):
        pass
