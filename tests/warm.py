"""Programs started by forking an interpreter that has imported them: real processes, each without its second of imports.

``PROGRAMS`` names those there are. ``Process`` starts one as ``subprocess.Popen`` would, and ``command`` is a file that runs it
under its name, for shells. What starts has arguments, variables, a folder and files of its own and is killed like any other.
``python warm.py SOCKET MODULE:FUNCTION [MODULE ...]`` is the warm interpreter.

The same programs are started cold by ``tests/acceptance/test_examples.py`` (``test_hello_greets``), ``test_cli.py`` (a platform
in the background or followed), ``test_demo.py`` and ``tests/unit/cli/test_main.py``.
"""

import array
import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

LENGTH_BYTES = 4
STANDARD = 3  # standard input, output and errors travel with each request

PROGRAMS = {
    "aws": ("awscli.clidriver:main", "awscli.handlers", "botocore.httpsession", "botocore.parsers", "botocore.signers"),
    "lambent": (
        "lambent.cli.main:main",
        "lambent.cli.platform",
        "lambent.cli.clock",
        "lambent.cli.client",
        "lambent.cli.deploy",
        "lambent.sdk.planning",
        "boto3.session",
        "botocore.httpsession",
        "botocore.parsers",
        "lambent.app:SERVICES",
    ),
}

SHIM = f"""#!{sys.executable} -IS
import array, os, socket, sys, json
warm = socket.socket(socket.AF_UNIX)
warm.connect({{path!r}})
request = json.dumps([sys.argv, dict(os.environ), os.getcwd()]).encode()
files = array.array("i", range({STANDARD}))
warm.sendmsg([len(request).to_bytes({LENGTH_BYTES}, "big")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)])
warm.sendall(request)
with warm.makefile() as answers:
    os._exit([int(line) for line in answers][-1] & 255)
"""


class Process:
    """What was started: its output can be read; it is killed and waited for as a ``subprocess.Popen`` is."""

    def __init__(self, program: str, arguments: Sequence[str]) -> None:
        self._warm = socket.socket(socket.AF_UNIX)
        self._warm.connect(str(_interpreter(program)))
        request = json.dumps([[program, *arguments], dict(os.environ), os.getcwd()]).encode()
        reading, writing = os.pipe()
        self.stdout = open(reading)  # noqa: SIM115 - its reader closes it, as a Popen's
        with open(os.devnull, "r+") as nothing, open(writing, "w") as output:
            files = array.array("i", [nothing.fileno(), output.fileno(), nothing.fileno()])
            self._warm.sendmsg([len(request).to_bytes(LENGTH_BYTES, "big")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)])
        self._warm.sendall(request)
        self._answers = self._warm.makefile()
        self.pid = int(self._answers.readline())
        self.returncode: int | None = None

    def kill(self) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):  # it ends just now
                os.kill(self.pid, signal.SIGKILL)

    def poll(self) -> int | None:
        """None while it lives."""
        if self.returncode is not None:
            return self.returncode
        answers = select.poll()  # which knows no greatest descriptor
        answers.register(self._warm, select.POLLIN)
        return self.wait() if answers.poll(0) else None

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            self._warm.settimeout(timeout)
            self.returncode = int(self._answers.readline())
            self._answers.close()
            self._warm.close()
        return self.returncode


def command(program: str) -> str:
    """An executable file with the program's name, alone in its folder."""
    return str(_interpreter(program).parent / "bin" / program)


def folders() -> list[str]:
    """What stands first in a ``PATH`` of a shell whose commands are to be quick."""
    return [str(Path(command(program)).parent) for program in PROGRAMS]


@functools.cache
def _interpreter(program: str) -> Path:
    """Starts the program's interpreter, once a process. It ends with this one, whose end of its standard input closes."""
    folder = Path(tempfile.mkdtemp(prefix="warm-"))
    path = folder / "socket"
    (folder / "bin").mkdir()
    shim = folder / "bin" / program
    shim.write_text(SHIM.format(path=str(path)))
    shim.chmod(0o755)
    server = subprocess.Popen(
        [sys.executable, __file__, str(path), *PROGRAMS[program]], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert server.stdout is not None
    assert server.stdout.readline() == b"ready\n", f"{program} could not be imported"

    def end() -> None:
        server.stdin.close()  # type: ignore[union-attr]
        server.wait()
        server.stdout.close()  # type: ignore[union-attr]

    atexit.register(end)
    return path


# ---- the warm interpreter -----------------------------------------------------------------------------------------------


def received(connection: socket.socket) -> tuple[list[Any], list[int]]:
    """A request, and the files that came with it."""
    head, ancillary, _, _ = connection.recvmsg(LENGTH_BYTES, socket.CMSG_SPACE(STANDARD * array.array("i").itemsize))
    files = array.array("i")
    for _, _, content in ancillary:
        files.frombytes(content)
    length, request = int.from_bytes(head, "big"), b""
    while len(request) < length:
        request += connection.recv(length - len(request))
    return json.loads(request), list(files)


def serve(listener: socket.socket, set_by_imports: dict[str, str]) -> None:
    """Returns in each process that is to run the program; the interpreter itself leaves by SystemExit."""
    while True:
        readable, _, _ = select.select([listener, sys.stdin], [], [])
        while _reap():
            pass
        if sys.stdin in readable:  # who started this has ended, and be it by a kill
            shutil.rmtree(Path(listener.getsockname()).parent, ignore_errors=True)
            raise SystemExit(0)
        connection, _ = listener.accept()
        (argv, env, cwd), files = received(connection)
        if os.fork():
            connection.close()
            for file in files:
                os.close(file)
            continue
        if child := os.fork():
            # Between the two stands a process that does nothing but tell who it is and how it ended.
            for file in files:
                os.close(file)
            _tell(connection, child)
            _tell(connection, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            os._exit(0)
        listener.close()
        connection.close()
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(set_by_imports | env)
        sys.argv = argv
        return


def _tell(connection: socket.socket, number: int) -> None:
    try:
        connection.sendall(b"%d\n" % number)
    except BrokenPipeError:  # nobody waits for it any more
        pass


def _reap() -> bool:
    try:
        return os.waitpid(-1, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return False


def main(path: str, entry: str, *modules: str) -> None:
    sys.path[0] = ""  # as for ``python -m``: this file's folder is not the program's
    given = set(os.environ)
    module, _, function = entry.partition(":")
    for name in modules:
        imported, _, table = name.partition(":")
        for package, _ in getattr(importlib.import_module(imported), table, {}).values():
            importlib.import_module(package)
    run = getattr(importlib.import_module(module), function)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    gc.freeze()  # what was imported is shared with all that is forked, as long as nobody writes to it by looking through it
    print("ready", flush=True)
    serve(listener, {name: value for name, value in os.environ.items() if name not in given})
    _end(run)


def _end(run: Callable[[], Any]) -> NoReturn:
    """Ends as an interpreter does, but does not take all modules apart, which takes each process a third of a second."""
    code: Any = 1
    try:
        code = run()
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads
    atexit._run_exitfuncs()
    if isinstance(code, str):
        print(code, file=sys.stderr)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # closed, here or by who reads it
            stream.flush()
    os._exit(code & 255 if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    main(*sys.argv[1:])
