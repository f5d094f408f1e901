"""The platform's side of zygotes: starts them, has them fork, hears of their children's ends."""

import asyncio
import json
import os
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from lambent.core.errors import LambentError
from lambent.core.log import Log
from lambent.environments import users, variables
from lambent.environments.inside import frames
from lambent.environments.interpreters import Interpreter

CHILDREN_BEFORE_NEXT = 700  # then the next zygote is started; past some two thousand children forking slows down
START_S_MAX = 60.0
REHEARSAL_S_MAX = 15.0  # a host that neither lets us isolate nor refuses is taken to refuse
END_S_MAX = 2.0
SPAWNS_WAITING_MAX = 16  # at once in one zygote's queue: more would only wait there instead of here

log = Log("zygotes")
_PROGRAM = Path(__file__).parent / "inside" / "zygote.py"
_READ_BYTES = 65536
# macOS' Objective-C runtime ends a process that forks after its frameworks were used, unless it is told not to.
_VARIABLES = {"LANG": "C.UTF-8", "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES"}
_SDK_MODULES = ("boto3", "botocore.session", "botocore.client", "botocore.auth", "botocore.parsers", "s3transfer.manager")


class ZygoteFailed(LambentError):
    """A zygote could not start as asked."""


class Exit(Struct, frozen=True):
    """How a child ended. ``status`` as waitpid gives it; ``reason`` where it could not even be forked."""

    status: int
    rss_kb: int
    reason: str = ""
    is_left: bool = False  # its zygote is gone, and nobody has ended it


class Kind(Struct, frozen=True):
    """What one sort of zygote is made from. ``has_sdk``: boto3 is imported ahead (not for code that brings its own)."""

    interpreter: Interpreter
    runtime_folder: Path
    code_folder: Path
    has_sdk: bool
    is_isolated: bool
    is_rehearsal: bool = False  # it ends when it has tried whether it can isolate
    is_bare: bool = False  # without a runtime: its children start programs
    language: Path | None = None  # what stands at /var/lang, where that is not the interpreter's own folder
    shown: tuple[Path, ...] = ()  # besides, each at its own place
    has_host: bool = False  # its children may be given a folder of the host's as their code


class Zygote:
    """One running zygote."""

    def __init__(self, kind: Kind, process: "subprocess.Popen[bytes] | None", control: socket.socket) -> None:
        self.kind = kind
        self.rss_kb = 0
        self.is_alive = True
        self._process = process
        self._control = control
        self._listeners: dict[int, Callable[[Exit], None]] = {}
        self._unsent: list[tuple[bytes, tuple[int, ...]]] = []
        self._inbox = bytearray()

    @property
    def child_count(self) -> int:
        return len(self._listeners)

    @classmethod
    async def start(cls, kind: Kind) -> "Zygote":
        """A zygote that is ready to fork. Raises ZygoteFailed with the reason."""
        ours, theirs = socket.socketpair()
        with theirs:
            command = [str(kind.interpreter.executable), "-I", "-S", "-B", "-X", "utf8", str(_PROGRAM), str(theirs.fileno())]
            process = subprocess.Popen(  # noqa: ASYNC220 - some hundred times in a platform's life, and it returns at once
                command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, env=_VARIABLES, start_new_session=True
            )
        ours.setblocking(False)
        zygote = cls(kind, process, ours)
        # Each zygote mounts its root there in a namespace of its own, so that one empty folder does for all and stays.
        mount_point = kind.code_folder / "root"
        mount_point.mkdir(mode=0o700, exist_ok=True)
        try:
            await zygote._introduce(mount_point)
        except BaseException:
            zygote.close()
            raise
        asyncio.get_running_loop().add_reader(ours, zygote._on_message)
        return zygote

    async def _introduce(self, mount_point: Path) -> None:
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(self._control, frames.pack_message(_settings(self.kind, mount_point)))
        facts = None
        limit_s = REHEARSAL_S_MAX if self.kind.is_rehearsal else START_S_MAX
        try:
            async with asyncio.timeout(limit_s):
                while facts is None and (data := await loop.sock_recv(self._control, _READ_BYTES)):
                    self._inbox += data
                    facts = next(self._messages(), None)
        except TimeoutError as error:
            raise ZygoteFailed(f"no answer within {limit_s:.0f} s") from error
        except OSError:
            pass
        if facts is None:
            raise ZygoteFailed("it ended while it started")
        if "error" in facts:
            raise ZygoteFailed(str(facts["error"]))
        self.rss_kb = int(facts["rss_kb"])

    def spawn(
        self, identity: int, descriptors: Sequence[int], on_exit: Callable[[Exit], None], *, is_reset: bool, is_ahead: bool
    ) -> None:
        """Forks a child with these descriptors: its socket, its log pipe, cgroup files, with ``is_reset`` a mount namespace.

        ``is_ahead``: nobody waits for it yet, so that it may ready itself at leisure."""
        self._listeners[identity] = on_exit
        request = {"spawn": identity, "is_reset": is_reset, "is_ahead": is_ahead}
        message = frames.pack_message(request, len(descriptors))
        sent = self._send(message, descriptors) if not self._unsent else 0
        if sent < len(message):  # the descriptors go with the first byte
            kept = () if sent else tuple(os.dup(descriptor) for descriptor in descriptors)
            self._unsent.append((message[sent:], kept))
            asyncio.get_running_loop().add_writer(self._control, self._on_writable)

    def kill(self, identity: int) -> None:
        """Kills a child and all that it started, unless it has ended."""
        if identity in self._listeners and self.is_alive:
            self._unsent.append((frames.pack_message({"kill": identity}), ()))
            self._on_writable()

    def close(self, *, has_ended: bool = False) -> None:
        """Ends the zygote and with it all its children. ``has_ended``: it did so itself, unasked."""
        loop = asyncio.get_running_loop()
        if self.is_alive:
            self.is_alive = False
            loop.remove_reader(self._control)
            loop.remove_writer(self._control)
        self._control.close()
        self._end_process()
        for identity in list(self._listeners):
            self._listeners.pop(identity)(Exit(9, 0, is_left=has_ended and not self.kind.is_isolated))

    def _end_process(self) -> None:
        if self._process is None:
            return
        try:
            # It ends by itself and is reaped by its own parent; killed at once it would be left to the machine's init.
            self._process.wait(END_S_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _send(self, message: bytes, descriptors: Sequence[int]) -> int:
        """How many bytes went; all of them to one that is gone."""
        try:
            if not descriptors:
                return self._control.send(message)
            return socket.send_fds(self._control, [message], list(descriptors))
        except BlockingIOError:
            return 0
        except OSError:
            self._on_end()
            return len(message)

    def _on_writable(self) -> None:
        while self._unsent:
            message, descriptors = self._unsent[0]
            sent = self._send(message, descriptors)
            if sent == 0:
                break
            for descriptor in descriptors:
                os.close(descriptor)
            if sent == len(message):
                self._unsent.pop(0)
            else:
                self._unsent[0] = (message[sent:], ())
        loop = asyncio.get_running_loop()
        if self._unsent and self.is_alive:
            loop.add_writer(self._control, self._on_writable)
        elif self.is_alive:
            loop.remove_writer(self._control)

    def _on_message(self) -> None:
        while self.is_alive:
            try:
                data = self._control.recv(_READ_BYTES)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._on_end()
                return
            self._inbox += data
            for facts in self._messages():
                listener = self._listeners.pop(facts["exit"], None)
                if listener is not None:
                    listener(Exit(facts["status"], facts["rss_kb"], facts.get("reason", "")))

    def _messages(self) -> Iterator[dict[str, Any]]:
        """Takes the whole ones out of what has come."""
        while len(self._inbox) >= frames.HEAD.size:
            length, _ = frames.HEAD.unpack_from(self._inbox)
            end = frames.HEAD.size + length
            if len(self._inbox) < end:
                return
            message = bytes(self._inbox[frames.HEAD.size : end])
            del self._inbox[:end]
            yield json.loads(message)

    def _on_end(self) -> None:
        log.error("ended", runtime=self.kind.interpreter.runtime, children=len(self._listeners))
        self.close(has_ended=True)


class Template(Zygote):
    """An initialised function that forks itself: ``control`` was its socket as an environment's process. Its zygote ends it."""

    def __init__(self, kind: Kind, control: socket.socket, *, rss_kb: int) -> None:
        super().__init__(kind, None, control)
        self.rss_kb = rss_kb
        asyncio.get_running_loop().add_reader(control, self._on_message)


def _settings(kind: Kind, mount_point: Path) -> dict[str, object]:
    interpreter = kind.interpreter
    settings: dict[str, object] = {
        "rehearsal_user_id": users.USER_ID_FIRST if users.can_change() else 0,
        "is_rehearsal": kind.is_rehearsal,
        "is_bare": kind.is_bare,
        "is_isolated": kind.is_isolated,
        "execution_environment": f"AWS_Lambda_{interpreter.runtime}",
        "runtime_path": variables.RUNTIME_FOLDER if kind.is_isolated else str(kind.runtime_folder),
        "modules": _SDK_MODULES if kind.has_sdk else (),
    }
    if kind.is_isolated:
        folders = {str(interpreter.prefix), str(interpreter.executable.parent), *map(str, interpreter.stdlib)}
        # Of what has no language nothing is shown: its place may be below /dev, which is ours to make.
        if kind.language is not None and not kind.language.is_relative_to(kind.code_folder):
            folders.add(str(kind.language))
        folders.update(map(str, kind.shown))
        settings["root"] = {
            "mount_point": str(mount_point),
            "interpreter_folders": _outermost(folders),
            "prefix": str(kind.language or interpreter.prefix),
            "runtime_folder": str(kind.runtime_folder),
            "code_folder": str(kind.code_folder),
            "has_host": kind.has_host,
        }
    return settings


def _outermost(folders: set[str]) -> list[str]:
    kept: list[str] = []
    for folder in sorted(folders):
        if not any(folder.startswith(outer + "/") for outer in kept):
            kept.append(folder)
    return kept
