"""Installs Python packages for another machine than this: wheels for a runtime of AWS' and a processor, by uv or pip.

Nothing is built and no code of a package runs, because what this machine would build is for this machine.
"""

import shutil
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from lambent.environments import buildless, installers
from lambent.environments.installers import InstallationFailed, Say
from lambent.environments.interpreters import Interpreter
from lambent.environments.programs import LANGUAGE_FOLDER

MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}
"""By AWS' names of architectures, those of wheels."""

# glibc 2.x of the system that AWS runs each Python on: Amazon Linux 2023, and Amazon Linux 2 up to python3.11.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
_GLIBC, _GLIBC_OLD, _MINOR_OLD = 34, 26, 11
_GLIBC_MIN = {"x86_64": 5, "aarch64": 17}  # the first that there are wheels for
_UV_GLIBC_OLD = 17  # uv has no name for 2.26
_CUT_OFF = (  # as pip and uv say it: single words of it are names of packages too
    *("connection broken", "connectionerror", "connection refused", "connection reset", "connect error", "new connection"),
    *("dns error", "name resolution", "timed out", "proxyerror", "connect to proxy", "tunnel error", "failed to fetch"),
    *("certificate verify failed", "invalid peer certificate", "sslerror"),
)
_OLDER = {"x86_64": ("manylinux2010_x86_64", "manylinux1_x86_64"), "aarch64": ()}


class Target(Struct, frozen=True):
    """Where the packages are to run."""

    runtime: str  # "python3.12"
    architecture: str  # "x86_64", "arm64"

    @property
    def minor_version(self) -> str:
        return self.runtime.removeprefix("python")

    @property
    def machine(self) -> str:
        return MACHINES[self.architecture]

    @property
    def is_old(self) -> bool:
        return int(self.minor_version.partition(".")[2]) <= _MINOR_OLD

    @property
    def platforms(self) -> tuple[str, ...]:
        """The tags of wheels that run there, the best first."""
        newest = _GLIBC_OLD if self.is_old else _GLIBC
        dated = [f"manylinux_2_{minor}_{self.machine}" for minor in range(newest, _GLIBC_MIN[self.machine] - 1, -1)]
        return (*dated, f"manylinux2014_{self.machine}", *_OLDER[self.machine])

    @property
    def uv_platform(self) -> str:
        return f"{self.machine}-manylinux_2_{_UV_GLIBC_OLD if self.is_old else _GLIBC}"


class _Tool(Struct, frozen=True):
    name: str
    command: tuple[str, ...]
    note: str = ""


def install(
    target: Target, asked: Sequence[str], folder: Path, *, found: Mapping[str, Interpreter], say: Say = lambda _: None
) -> str:
    """Installs what ``asked`` names (as pip's arguments do: ``-r file``, ``pandas<3``) into ``folder``; tells the tool's name.

    ``found``: this machine's Pythons by runtime. Raises InstallationFailed. Blocks, for minutes where much is asked for.
    """
    for line in buildless.built(asked):
        raise InstallationFailed(
            f"{line} would be built on this machine, and what this machine builds is for this machine",
            "Build a wheel of it (`pip wheel --no-deps --wheel-dir wheels FOLDER`; on a machine like the function's where it "
            "holds compiled code), and put `--find-links wheels` and its name into the requirements file.",
        )
    tool = next(_tools(target, found), None)
    if tool is None:
        raise InstallationFailed(
            "neither uv nor a Python with pip was found on this machine",
            f"Install one of them, for example with `apt install python3-pip` or `{sys.executable} -m ensurepip`.",
        )
    say(f"{tool.name}: wheels for {target.runtime} on {target.architecture}")
    if tool.note:
        say(f"note: {tool.note}")
    said = installers.follow([*tool.command, "--target", str(folder), *asked], say)
    if said:
        deed = "could not reach where packages come from" if _was_cut_off(said) else "could not install"
        raise InstallationFailed(f"{tool.name} {deed}: {installers.errors_of(said)}", _advice(target, said))
    (folder / ".lock").unlink(missing_ok=True)  # uv's
    if not folder.is_dir() or not any(folder.iterdir()):
        raise InstallationFailed("the requirements name no package", "Name at least one that the layer is to hold.")
    _settle_scripts(target, folder)
    return tool.name


def compile_ahead(interpreter: Interpreter, folder: Path, *, shown_as: str) -> None:
    """Compiles what stands in ``folder`` for environments that show it at ``shown_as``. Raises InstallationFailed.

    By content and not by time: what is told to be unchecked stays right whatever a zip does to times.
    """
    command = [str(interpreter.executable), "-I", "-S", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    done = installers.run([*command, "-s", str(folder), "-p", shown_as, str(folder)])
    # Packages may hold files that are no Python of this version (templates, or for another): compileall names them and goes on.
    if done.returncode and not any(folder.rglob("*.pyc")):
        raise InstallationFailed(
            f"{interpreter.executable} could not compile: {installers.last_line(done.stdout + done.stderr)}",
            "Build the layer without --compile: it works the same, each cold start compiles what it imports.",
        )


def _tools(target: Target, found: Mapping[str, Interpreter]) -> Iterator[_Tool]:
    """Every way to install, best first."""
    uv = shutil.which("uv")
    if uv is not None:
        which = ("--python", sys.executable, "--python-version", target.minor_version, "--python-platform", target.uv_platform)
        yield _Tool("uv", (uv, "pip", "install", "--only-binary", ":all:", "--link-mode", "copy", *which))
    wanted = [part for platform in target.platforms for part in ("--platform", platform)]
    pips = ("--only-binary=:all:", "--implementation", "cp", "--python-version", target.minor_version, *wanted)
    same = found.get(target.runtime)
    if same is not None and installers.has_pip(same.executable):
        yield _Tool("pip", (str(same.executable), "-m", "pip", *installers.PIP_INSTALL, *pips))
    for other in (Path(sys.executable), *(each.executable for each in found.values())):
        if installers.has_pip(other):
            note = (
                f"there is neither uv nor a {target.runtime} with pip here; conditions in requirements, as "
                f'python_version < "3.{target.minor_version.partition(".")[2]}", are read as those of {other}'
            )
            yield _Tool("pip", (str(other), "-m", "pip", *installers.PIP_INSTALL, *pips), note)
            return


def _was_cut_off(said: Sequence[str]) -> bool:
    text = "\n".join(said).lower()
    return any(sign in text for sign in _CUT_OFF)


def _advice(target: Target, said: Sequence[str]) -> str:
    text = "\n".join(said).lower()
    where = f"{target.runtime} on {target.architecture}"
    if _was_cut_off(said):
        return (
            "Packages come from an index: connect the machine, or point pip (PIP_INDEX_URL) or uv (UV_INDEX_URL) at a mirror."
        )
    if any(sign in text for sign in ("no matching distribution", "no solution found", "from versions")):
        return (
            f"Only wheels that run as {where} count. Name a version that has one, or build one on such a machine with "
            "`pip wheel` and put `--find-links FOLDER` into the requirements file."
        )
    return "What it printed above says why."


# ---- scripts, which name the Python that installed them ---------------------------------------------------------------


def _settle_scripts(target: Target, folder: Path) -> None:
    """Has scripts name the Python that is there where they run; then they are the same bytes whichever installed them."""
    changed = [path.name for path in sorted((folder / "bin").glob("*")) if path.is_file() and _settle(path, target)]
    if changed:
        for record in folder.glob("*.dist-info/RECORD"):
            _forget_digests(record, changed)


def _settle(script: Path, target: Target) -> bool:
    content = script.read_bytes()
    first, _, rest = content.partition(b"\n")
    if not first.startswith(b"#!") or (b"python" not in first and not rest.startswith(b"'''exec' ")):
        return False
    if rest.startswith(b"'''exec' "):  # what stands in for a first line that would be too long
        rest = rest.partition(b"\n' '''\n")[2]
    script.write_bytes(f"#!{LANGUAGE_FOLDER}/bin/{target.runtime}\n".encode() + rest)
    return True


def _forget_digests(record: Path, scripts: Collection[str]) -> None:
    """A package's list of its files may leave out digest and size: those of its scripts are no longer so."""
    lines = []
    for line in record.read_text(encoding="utf-8").splitlines():
        name = line.partition(",")[0]
        is_script = name.rpartition("/")[2] in scripts and name.rpartition("/")[0].endswith("bin")
        lines.append(f"{name},," if is_script else line)
    record.write_text("\n".join(lines) + "\n", encoding="utf-8")
