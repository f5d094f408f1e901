"""Readies AWS' runtime interface client and boto3 for each interpreter: installed on first use, shared by all platforms.

In the cache folder stands, for each runtime and set of pins, ``runtimes/python3.12-<digest>/{full,slim}``: made beside, renamed
into place, never changed afterwards. Two platforms that need the same one wait for one another; the second finds it done.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Collection, Iterator, Sequence
from importlib import metadata
from pathlib import Path

from msgspec import Struct

from lambent.core import clock, ids
from lambent.core.log import Log
from lambent.core.ports import RuntimeUnavailable
from lambent.environments import installers, interpreters
from lambent.environments.interpreters import RUNTIMES, Interpreter

_INSIDE = Path(__file__).parent / "inside"
# What runs it as a process of its own, by where it stands in the runtime's folder.
_PROGRAM = {
    "bootstrap.py": _INSIDE / "python" / "bootstrap.py",
    "_lambent/bootstrap.py": _INSIDE / "python" / "runtime.py",
    "_lambent/packed.py": _INSIDE / "python" / "packed.py",
    "_lambent/marshaller/bootstrap.py": _INSIDE / "marshaller.py",
} | {f"_lambent/{name}.py": _INSIDE / f"{name}.py" for name in ("__init__", "web_app", "web_requests", "asgi", "wsgi")}
RETRY_AFTER_S = 15.0  # a failed installation is not tried again by every invocation

log = Log("runtimes")

_CLIENT = {"awslambdaric": "4.2.2", "simplejson": "4.3.0", "snapshot-restore-py": "1.0.0"}
_SDK = {
    "boto3": "1.44.5",
    "botocore": "1.44.5",
    "jmespath": "1.1.0",
    "python-dateutil": "2.9.0.post0",
    "s3transfer": "0.19.3",
    "six": "1.17.0",
    "urllib3": "2.8.0",
}
# The last releases that still run on 3.9.
_CLIENT_39 = _CLIENT | {"awslambdaric": "4.0.4"}
_SDK_39 = _SDK | {"boto3": "1.42.97", "botocore": "1.42.97", "s3transfer": "0.16.1", "urllib3": "2.6.3"}


class Pins(Struct, frozen=True):
    """Distribution name to version."""

    client: dict[str, str]  # AWS' runtime interface client and what it needs
    sdk: dict[str, str]  # boto3 and what it needs

    @property
    def all(self) -> dict[str, str]:
        return self.client | self.sdk


def pins(runtime: str) -> Pins:
    return Pins(_CLIENT_39, _SDK_39) if runtime == "python3.9" else Pins(_CLIENT, _SDK)


class RuntimeFiles(Struct, frozen=True):
    """What a zygote of one runtime starts from.

    ``full`` holds awslambdaric and boto3 and stands on every environment's path, as /var/runtime does on AWS: a zygote for code
    that bundles parts of boto3 merely must not *import* it ahead. ``slim`` holds awslambdaric alone.
    """

    interpreter: Interpreter
    full: Path
    slim: Path


class Runtimes:
    """The runtimes of this machine. ``cache`` is made when something is written to it."""

    def __init__(self, cache: Path) -> None:
        self._folder = cache / "runtimes"
        self._memory = cache / "interpreters.json"
        self._ready: dict[str, RuntimeFiles] = {}
        self._failed: dict[str, tuple[float, RuntimeUnavailable]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    def discover(self) -> dict[str, Interpreter]:
        """The interpreters found, keyed by runtime. Blocks: see ``interpreters.discover``."""
        return interpreters.discover(self._memory)

    def files(self, interpreter: Interpreter) -> RuntimeFiles:
        """Where this interpreter's packages stand, or will."""
        program = [(name, path.read_text()) for name, path in _PROGRAM.items()]
        wanted = repr((interpreter.abi, sorted(pins(interpreter.runtime).all.items()), program))
        folder = self._folder / f"{interpreter.runtime}-{hashlib.sha256(wanted.encode()).hexdigest()[:12]}"
        return RuntimeFiles(interpreter, folder / "full", folder / "slim")

    def is_installed(self, interpreter: Interpreter) -> bool:
        return _is_folder(self.files(interpreter).full)

    async def installed(self, runtime: str) -> RuntimeFiles:
        """The files of ``runtime``, installed now if they are not there. Raises RuntimeUnavailable with what to do about it."""
        if runtime in self._ready:
            return self._ready[runtime]
        async with self._locks.setdefault(runtime, asyncio.Lock()):
            if runtime not in self._ready:
                self._raise_recent_failure(runtime)
                try:
                    self._ready[runtime] = await asyncio.to_thread(self._install, runtime)
                except RuntimeUnavailable as failure:
                    self._failed[runtime] = (clock.monotonic_s() + RETRY_AFTER_S, failure)
                    raise
            return self._ready[runtime]

    def fetch(self, runtime: str, wanted: dict[str, str], target: Path) -> None:
        """Installs other wheels for ``runtime`` into a folder, compiled: what a layer is made from. Blocks.

        Raises RuntimeUnavailable.
        """
        found = self.discover()
        if runtime not in found:
            raise RuntimeUnavailable(runtime, advice_for(runtime, found))
        _Installer(found)(found[runtime], wanted, target)
        _compile(found[runtime], target)

    def fetch_requirements(self, runtime: str, file: Path, target: Path) -> None:
        """Installs what a requirements.txt asks for, with what that needs, compiled. Blocks. Raises RuntimeUnavailable."""
        found = self.discover()
        if runtime not in found:
            raise RuntimeUnavailable(runtime, advice_for(runtime, found))
        said = _Installer(found).try_all(found[runtime], ("--target", str(target), "--requirement", str(file)), target)
        if said is not None:
            reason = "; ".join(dict.fromkeys(said)) or "there is neither uv nor a pip"
            raise RuntimeUnavailable(runtime, f"{file} could not be installed: {reason}")
        _compile(found[runtime], target)

    def _raise_recent_failure(self, runtime: str) -> None:
        until, failure = self._failed.get(runtime, (0.0, None))
        if failure is not None and clock.monotonic_s() < until:
            raise RuntimeUnavailable(runtime, failure.advice)

    def _install(self, runtime: str) -> RuntimeFiles:
        found = self.discover()
        if runtime not in found:
            raise RuntimeUnavailable(runtime, advice_for(runtime, found))
        files = self.files(found[runtime])
        if _is_folder(files.full):
            return files
        try:
            with _exclusive(files.full.parent):
                if not files.full.is_dir():
                    self._make(files, found)
        except OSError as error:
            raise RuntimeUnavailable(
                runtime, f"its packages cannot be kept in {self._folder} ({error}): choose another folder with LAMBENT_CACHE"
            ) from error
        return files

    def _make(self, files: RuntimeFiles, found: dict[str, Interpreter]) -> None:
        """Installs beside the final place and renames, so that what stands there is whole. The caller holds the lock."""
        started_s = clock.monotonic_s()
        runtime, home = files.interpreter.runtime, files.full.parent
        for abandoned in home.parent.glob(f".{home.name}.*.tmp"):
            shutil.rmtree(abandoned)
        new = home.with_name(f".{home.name}.{ids.hex_digits(8)}.tmp")
        new.mkdir(parents=True)
        try:
            wanted = pins(runtime)
            source = _copy_own if _is_own(files.interpreter) and _own_has(wanted.all) else _Installer(found)
            source(files.interpreter, wanted.client, new / "slim")
            source(files.interpreter, wanted.all, new / "full")
            for name, path in _PROGRAM.items():
                (new / "full" / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, new / "full" / name)
            _compile(files.interpreter, new)
            new.rename(home)
        finally:
            shutil.rmtree(new, ignore_errors=True)
        log.info("installed", runtime=runtime, duration_s=round(clock.monotonic_s() - started_s, 1))


def advice_for(runtime: str, found: Collection[str]) -> str:
    """What to do so that ``runtime``, which is not among those ``found``, can run here; or what can."""
    if runtime not in RUNTIMES:
        others = "nodejs18.x to nodejs24.x, java17, java21, java25, provided.al2 and provided.al2023"
        return f"this platform runs {RUNTIMES[0]} to {RUNTIMES[-1]}, {others}"
    version = runtime.removeprefix("python")
    here = f", or give the function a runtime that is here: {', '.join(sorted(found, key=RUNTIMES.index))}" if found else ""
    return (
        f"no Python {version} was found on this machine; install it, for example with {how_to_install(runtime)}, and invoke "
        f"again{here} (`lambent doctor` lists what was found)"
    )


def how_to_install(runtime: str) -> str:
    version = runtime.removeprefix("python")
    return f"`uv python install {version}` or `pyenv install {version}`"


def _is_folder(path: Path) -> bool:
    """A folder that may not be looked into counts as none: making it is what says why, and what to do."""
    return os.path.isdir(path)  # noqa: PTH112  Path.is_dir raises where permission is denied


# ---- copying what the platform itself was installed with -------------------------------------------------------------


def _is_own(interpreter: Interpreter) -> bool:
    own = getattr(sys, "_base_executable", sys.executable) or sys.executable
    return Path(own).resolve() == interpreter.executable


def _own_has(wanted: dict[str, str]) -> bool:
    return all(_own_version(name) == version for name, version in wanted.items())


def _own_version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _copy_own(interpreter: Interpreter, wanted: dict[str, str], target: Path) -> None:
    """Copies the distributions that this very process could import: no network, no pip."""
    assert _is_own(interpreter), interpreter
    for name in wanted:
        for file in metadata.distribution(name).files or ():
            # Scripts stand outside of the library (../../../bin/jp.py); compiled files are made anew.
            if ".." in file.parts or file.suffix == ".pyc":
                continue
            destination = target / file
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(str(file.locate())), destination)


# ---- installing with pip or uv ---------------------------------------------------------------------------------------


class _Installer:
    """Installs pinned wheels into a folder with the first tool that can."""

    def __init__(self, found: dict[str, Interpreter]) -> None:
        self._found = found

    def __call__(self, interpreter: Interpreter, wanted: dict[str, str], target: Path) -> None:
        requirements = [f"{name}=={version}" for name, version in wanted.items()]
        arguments = ("--only-binary=:all:", "--no-deps", "--target", str(target), *requirements)
        said = self.try_all(interpreter, arguments, target)
        if said is not None:
            raise RuntimeUnavailable(interpreter.runtime, _failure(interpreter, wanted, said))

    def try_all(self, interpreter: Interpreter, arguments: Sequence[str], target: Path) -> list[str] | None:
        """What each tool said that failed; None when one did it."""
        said: list[str] = []
        for command in self._commands(interpreter):
            done = installers.run([*command, *arguments])
            if done.returncode == 0:
                return None
            shutil.rmtree(target, ignore_errors=True)
            said.append(installers.last_line(done.stderr))
        return said

    def _commands(self, interpreter: Interpreter) -> Iterator[Sequence[str]]:
        """Every way to install for ``interpreter``, best first. The machine's own settings of pip (mirrors, proxies) hold."""
        uv = shutil.which("uv")
        if uv is not None:
            yield (uv, "pip", "install", "--quiet", "--python", str(interpreter.executable))
        if installers.has_pip(interpreter.executable):
            yield (str(interpreter.executable), "-m", "pip", *installers.PIP_INSTALL, "--quiet")
        others = [Path(sys.executable), *(other.executable for other in self._found.values())]
        # The first foreign pip is enough: what one cannot fetch, the next will not either.
        for other in others:
            if other != interpreter.executable and installers.has_pip(other):
                version = ("--only-binary=:all:", "--python-version", interpreter.minor_version)  # it cannot build for that one
                yield (str(other), "-m", "pip", *installers.PIP_INSTALL, "--quiet", *version)
                return


def _failure(interpreter: Interpreter, wanted: dict[str, str], said: Sequence[str]) -> str:
    names = " ".join(f"{name}=={version}" for name, version in wanted.items())
    if not said:
        return (
            f"{interpreter.executable} has no pip and no uv was found; install one of them "
            f"(`apt install python3-pip`, or `{interpreter.executable} -m ensurepip`) and invoke again"
        )
    return (
        f"Python {interpreter.version} is here, but its runtime packages ({names}) could not be installed: {'; '.join(said)}. "
        f"They are fetched once, with pip: connect the machine or point pip at a mirror, and invoke again"
    )


def _compile(interpreter: Interpreter, folder: Path) -> None:
    """Compiles ahead: a sandbox cannot write beside the sources. Unchecked: their times may change, they will not."""
    command = [str(interpreter.executable), "-I", "-S", "-m", "compileall", "-q", "-j", "2"]
    installers.run([*command, "--invalidation-mode", "unchecked-hash", str(folder)])


@contextlib.contextmanager
def _exclusive(home: Path) -> Iterator[None]:
    """One process at a time makes ``home``; the lock goes when its holder dies."""
    home.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(home.with_name(f".{home.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
