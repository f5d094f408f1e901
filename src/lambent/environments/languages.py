"""What a runtime stands on, whichever it is: a Python, a node, a JVM, or nothing but what the function brings.

Node is looked for as Pythons are: on PATH, then in the folders of version managers. A function of any nodejs runtime runs with
the node of that version where there is one, else with the newest that there is.
"""

import asyncio
import contextlib
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from lambent.core import ids
from lambent.core.config import environment
from lambent.core.log import Log
from lambent.core.ports import EnvironmentSpec, RuntimeUnavailable
from lambent.environments import interpreters, java, jvms, programs, runtimes
from lambent.environments.interpreters import Interpreter
from lambent.environments.java import JavaRuntime
from lambent.environments.jvms import Jvm
from lambent.environments.runtimes import Runtimes
from lambent.environments.variables import RUNTIME_FOLDER

NODE_RUNTIMES = ("nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x")
NODE_MAJOR_MIN = 18
ANSWER_S_MAX = 20

log = Log("languages")
_SYSTEM = (Path("/usr"), Path("/usr/local"))
_CLIENT = Path(__file__).parent / "inside" / "node"


class Node(Struct, frozen=True):
    version: str  # "20.11.1"
    executable: Path  # real: no link, no shim

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])

    @property
    def prefix(self) -> Path:
        """The folder that is node's own: a program in somebody's ~/bin is not to open their home to functions."""
        outer = self.executable.parent.parent
        is_own = outer in _SYSTEM or (outer / "include" / "node").is_dir()
        return outer if is_own and outer != Path.home() else self.executable.parent


class Ground(Struct, frozen=True):
    """``folder`` stands at /var/runtime and ``prefix`` at /var/lang; both are None where the function brings its runtime."""

    interpreter: Interpreter | None  # of a Python
    folder: Path | None
    prefix: Path | None
    executable: Path | None
    java: JavaRuntime | None = None
    shown: tuple[Path, ...] = ()  # what functions find at its own place besides

    def command(self, spec: EnvironmentSpec, *, is_isolated: bool) -> tuple[str, ...]:
        """What starts the runtime as a program; a wrapper may put options before the last part."""
        if self.executable is None or self.folder is None or self.prefix is None:
            return ()
        executable = str(self.executable)
        if is_isolated and self.executable.is_relative_to(self.prefix):
            executable = f"{programs.LANGUAGE_FOLDER}/{self.executable.relative_to(self.prefix)}"
        if self.java is not None:
            return (executable, *self.java.arguments(spec, is_isolated=is_isolated))
        entry = "debugged.mjs" if spec.debug_port else "index.mjs"
        program = "bootstrap.py" if self.interpreter is not None else entry
        return (executable, f"{RUNTIME_FOLDER if is_isolated else self.folder}/{program}")


NOTHING = Ground(None, None, None, None)
"""Of what brings all that it needs."""


class Languages:
    """The runtimes of this machine, of every language. ``cache`` is made when something is written to it."""

    def __init__(self, cache: Path) -> None:
        self.pythons = Runtimes(cache)
        self._cache = cache
        self._folder = cache / "runtimes"
        self._nodes: list[Node] | None = None
        self._java: dict[str, Ground] = {}
        self._lock = asyncio.Lock()
        self._java_lock = asyncio.Lock()

    async def ground(self, runtime: str) -> Ground:
        """Readies what the runtime needs. Raises RuntimeUnavailable with what to do about it."""
        if programs.is_custom(runtime):
            return NOTHING
        if programs.is_node(runtime):
            async with self._lock:
                return await asyncio.to_thread(self._node_ground, runtime)
        if programs.is_java(runtime):
            async with self._java_lock:
                return await asyncio.to_thread(self._java_ground, runtime)
        files = await self.pythons.installed(runtime)
        return Ground(files.interpreter, files.full, files.interpreter.prefix, files.interpreter.executable)

    def nodes(self) -> list[Node]:
        """Those that were found, best first. Blocks for some 50 ms each the first time."""
        if not self._nodes:
            self._nodes = list(_discover(environment()))
        return self._nodes

    def node(self, runtime: str) -> Node | None:
        """The one that runs functions of ``runtime``."""
        wanted = int(runtime.removeprefix("nodejs").partition(".")[0])
        found = self.nodes()
        same = next((node for node in found if node.major == wanted), None)
        return same or max(found, key=lambda node: node.major, default=None)

    def jvms(self) -> list[Jvm]:
        """Those that were found, best first."""
        return jvms.discover(environment())

    def _java_ground(self, runtime: str) -> Ground:
        if runtime not in java.JAVA_RUNTIMES:
            raise RuntimeUnavailable(runtime, runtimes.advice_for(runtime, ()))
        if runtime not in self._java:
            made = java.runtime(self._cache, runtime, self.jvms())
            shown = (made.folder, *made.jvm.settings())
            self._java[runtime] = Ground(None, made.folder, made.jvm.home, made.jvm.executable, made, shown)
        return self._java[runtime]

    def _node_ground(self, runtime: str) -> Ground:
        if runtime not in NODE_RUNTIMES:
            raise RuntimeUnavailable(runtime, runtimes.advice_for(runtime, ()))
        node = self.node(runtime)
        if node is None:
            major = runtime.removeprefix("nodejs").partition(".")[0]
            advice = (
                f"no node was found on this machine; install one, for example with `nvm install {major}`, and invoke again "
                "(`lambent doctor` lists what was found)"
            )
            raise RuntimeUnavailable(runtime, advice)
        return Ground(None, self._client(), node.prefix, node.executable)

    def _client(self) -> Path:
        """Our runtime client for node, where every user may read it: made beside its place and renamed into it."""
        sources = sorted(path for path in _CLIENT.iterdir() if path.is_file())
        digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:12]
        home = self._folder / f"nodejs-{digest}"
        if home.is_dir():
            return home
        new = home.with_name(f".{home.name}.{ids.hex_digits(8)}.tmp")
        new.mkdir(parents=True, mode=0o755)
        for path in sources:
            shutil.copyfile(path, new / path.name)
            (new / path.name).chmod(0o644)
        with contextlib.suppress(OSError):
            new.rename(home)
        if not home.is_dir():
            raise RuntimeUnavailable(
                "nodejs", f"its client cannot be kept in {self._folder}: choose another with LAMBENT_CACHE"
            )
        shutil.rmtree(new, ignore_errors=True)  # another was faster
        return home


def _discover(variables: Mapping[str, str]) -> Iterator[Node]:
    seen: set[Path] = set()
    for place in _places(variables):
        if not os.access(place, os.X_OK):
            continue
        executable = Path(os.path.realpath(place))
        if executable not in seen and executable.name.startswith("node"):
            seen.add(executable)
            node = ask(executable)
            if node is not None and node.major >= NODE_MAJOR_MIN:
                yield node


def ask(executable: Path) -> Node | None:
    try:
        done = subprocess.run([executable, "--version"], capture_output=True, text=True, timeout=ANSWER_S_MAX, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    version = done.stdout.strip().removeprefix("v")
    return Node(version, executable) if version.partition(".")[0].isdigit() else None


def _places(variables: Mapping[str, str]) -> Iterator[Path]:
    for name in variables.get("PATH", "").split(os.pathsep):
        if Path(name).is_absolute():
            yield Path(name) / "node"
    home = Path(variables.get("HOME", "/nonexistent"))
    data = Path(variables.get("XDG_DATA_HOME") or home / ".local/share")
    managed = (
        (Path(variables.get("NVM_DIR") or home / ".nvm") / "versions/node", "bin/node"),
        (Path(variables.get("FNM_DIR") or data / "fnm") / "node-versions", "installation/bin/node"),
        (Path(variables.get("MISE_DATA_DIR") or data / "mise") / "installs/node", "bin/node"),
        (Path(variables.get("ASDF_DATA_DIR") or home / ".asdf") / "installs/nodejs", "bin/node"),
        (Path(variables.get("VOLTA_HOME") or home / ".volta") / "tools/image/node", "bin/node"),
    )
    for versions, below in managed:
        yield from (version / below for version in interpreters.newest_folders(versions))
    for folder in (Path("/usr/local/bin"), Path("/usr/bin"), Path("/opt/homebrew/bin")):
        yield folder / "node"
