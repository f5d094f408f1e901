"""Takes from this process what only Linux has, before the platform or a zygote starts: as near to macOS as Linux gets.

As a program it is the zygote of such a system: ``foreign.py <the real zygote> <descriptor of the control socket>``.
"""

import builtins
import ctypes
import io
import os
import resource
import runpy
import socket
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

_MODULES = ("linux", "sandboxed", "isolation", "seccomp")
_SOCKETS = ("SOCK_SEQPACKET", "SOCK_CLOEXEC", "SOCK_NONBLOCK", "SO_PASSCRED", "SO_PEERCRED", "SCM_CREDENTIALS", "MSG_CMSG_CLOEXEC", "MSG_NOSIGNAL")  # fmt: skip # noqa: E501
_OS = ("pipe2", "memfd_create", "setresuid", "setresgid", "unshare", "setns", "pidfd_open", "eventfd", "posix_fadvise", "sched_setaffinity", "sched_getaffinity", "O_PATH", "O_TMPFILE", "splice", "copy_file_range")  # fmt: skip # noqa: E501
_SMALL_BUFFER_BYTES = 8192  # of macOS' Unix sockets


def become_foreign() -> None:
    sys.platform = "darwin"
    for module, names in ((socket, _SOCKETS), (os, _OS)):
        for name in names:
            if hasattr(module, name):
                delattr(module, name)
    for name in _MODULES:
        sys.modules[f"_lambent.{name}"] = None  # type: ignore[assignment]
    for module, name in ((builtins, "open"), (io, "open"), (os, "open"), (os, "listdir"), (os, "scandir"), (os, "stat")):
        setattr(module, name, _without_proc(getattr(module, name)))
    getrusage, wait4 = resource.getrusage, os.wait4
    resource.getrusage = lambda who: _bytes(getrusage(who))  # type: ignore[assignment]
    os.wait4 = lambda *arguments: (*(answer := wait4(*arguments))[:2], _bytes(answer[2]))  # type: ignore[assignment]
    ctypes.CDLL = _refuse  # type: ignore[assignment,misc]
    socketpair = socket.socketpair
    socket.socketpair = lambda *arguments: _narrow(socketpair(*arguments))  # type: ignore[assignment]


def make_zygotes_foreign() -> None:
    """For the zygotes that this process starts from now on."""
    from lambent.environments import zygotes  # not where this file is a program: there is no lambent

    def start(command: list[str], **options: Any) -> "subprocess.Popen[bytes]":
        at = command.index(str(zygotes._PROGRAM))
        return subprocess.Popen([*command[:at], __file__, *command[at:]], **options)

    zygotes.subprocess = SimpleNamespace(  # type: ignore[assignment]
        Popen=start, DEVNULL=subprocess.DEVNULL, TimeoutExpired=subprocess.TimeoutExpired
    )


def _narrow(pair: tuple[socket.socket, socket.socket]) -> tuple[socket.socket, socket.socket]:
    for end in pair:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SMALL_BUFFER_BYTES)
    return pair


def _without_proc(function: Any) -> Any:
    def guarded(path: Any = ".", *arguments: Any, **options: Any) -> Any:
        if str(path).startswith(("/proc", "/sys/")):
            raise FileNotFoundError(2, "No such file or directory", path)
        return function(path, *arguments, **options)

    return guarded


def _bytes(usage: Any) -> Any:
    return SimpleNamespace(ru_maxrss=usage.ru_maxrss * 1024)


def _refuse(*_: Any, **__: Any) -> Any:
    raise OSError("no such library")


if __name__ == "__main__":
    program = sys.argv.pop(1)
    become_foreign()
    runpy.run_path(program, run_name="__main__")
