"""Finds the machine's Pythons: one interpreter for each runtime that AWS names, python3.9 to python3.14.

An interpreter is asked what it is once; its answer is kept in the cache folder until the file changes. Nothing is imported
from it here and nothing of the user's environment (PYTHONPATH, PYTHONHOME, site-packages) has a say in the answer.
"""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from lambent.core import ids
from lambent.core.config import environment

MINORS = (9, 10, 11, 12, 13, 14)
RUNTIMES = tuple(f"python3.{minor}" for minor in MINORS)

ANSWER_S_MAX = 20

_QUESTION = """
import json, os, platform, sys, sysconfig
names = ("stdlib", "platstdlib")
where = {"installed_base": sys.base_prefix, "base": sys.base_prefix,
         "installed_platbase": sys.base_exec_prefix, "platbase": sys.base_exec_prefix}
paths = [os.path.realpath(sysconfig.get_path(name, vars=where)) for name in names]
paths += [os.path.realpath(path) for path in sys.path if path.endswith("lib-dynload")]
print(json.dumps({
    "implementation": sys.implementation.name,
    "version": ".".join(map(str, sys.version_info[:3])),
    "is_final": sys.version_info[3] == "final",
    "executable": os.path.realpath(getattr(sys, "_base_executable", sys.executable) or sys.executable),
    "prefix": os.path.realpath(sys.base_prefix),
    "stdlib": list(dict.fromkeys(path for path in paths if os.path.isdir(path))),
    "abi": sysconfig.get_config_var("SOABI") or "",
}))
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """One Python: all paths are real (no links, no shims, not of a virtual environment)."""

    version: str  # "3.12.1"
    executable: Path
    prefix: Path  # sys.base_prefix
    stdlib: tuple[Path, ...]  # the standard library's folders: lib/python3.12, and lib-dynload
    abi: str = ""  # "cpython-312-x86_64-linux-gnu"

    @property
    def runtime(self) -> str:
        """The name AWS gives it: ``python3.12``."""
        return "python" + self.minor_version

    @property
    def minor_version(self) -> str:
        return self.version.rpartition(".")[0]


def discover(memory: Path) -> dict[str, Interpreter]:
    """The interpreter of each runtime that the machine has, keyed by runtime, oldest first.

    The platform's own comes first, then those on PATH, then the folders of pyenv, uv and others, newest patch first. ``memory``
    is the file of answers. Blocks for some tens of milliseconds an interpreter it has not met; run it off the event loop.
    """
    answers = _Answers(memory)
    found: dict[str, Interpreter] = {}
    for candidate in _candidates(environment()):
        interpreter = answers.about(candidate)
        if interpreter is not None and interpreter.runtime in RUNTIMES:
            found.setdefault(interpreter.runtime, interpreter)
    answers.save()
    return {runtime: found[runtime] for runtime in RUNTIMES if runtime in found}


def ask(executable: Path) -> Interpreter | None:
    """What this program says it is; None for anything but a released CPython that answers."""
    try:
        done = subprocess.run([executable, "-I", "-S", "-c", _QUESTION], capture_output=True, timeout=ANSWER_S_MAX, check=True)
        answer = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    if answer["implementation"] != "cpython" or not answer["is_final"]:
        return None
    return Interpreter(
        version=answer["version"],
        executable=Path(answer["executable"]),
        prefix=Path(answer["prefix"]),
        stdlib=tuple(map(Path, answer["stdlib"])),
        abi=answer["abi"],
    )


class _Answers:
    """What interpreters said, kept in a file and keyed by the file asked, its size and its time of change."""

    def __init__(self, memory: Path) -> None:
        self._memory = memory
        self._has_changed = False
        self._kept: dict[str, dict[str, object] | None] = {}
        with contextlib.suppress(OSError, ValueError):
            self._kept = json.loads(memory.read_text())

    def about(self, executable: Path) -> Interpreter | None:
        # The same file may answer differently as a link in a virtual environment, so the path asked is part of the key.
        facts = executable.stat()
        key = f"{executable}|{facts.st_size}|{facts.st_mtime_ns}"
        if key not in self._kept:
            answer = ask(executable)
            self._kept[key] = None if answer is None else _to_json(answer)
            self._has_changed = True
        kept = self._kept[key]
        return None if kept is None else _from_json(kept)

    def save(self) -> None:
        """A cache that cannot be written costs time at the next start, nothing else."""
        if not self._has_changed:
            return
        with contextlib.suppress(OSError):
            self._memory.parent.mkdir(parents=True, exist_ok=True)
            new = self._memory.with_name(f"{self._memory.name}.{ids.hex_digits(8)}")
            new.write_text(json.dumps(self._kept, indent=1))
            new.replace(self._memory)


def _to_json(interpreter: Interpreter) -> dict[str, object]:
    plain = asdict(interpreter)
    return plain | {
        "executable": str(interpreter.executable),
        "prefix": str(interpreter.prefix),
        "stdlib": [str(path) for path in interpreter.stdlib],
    }


def _from_json(kept: Mapping[str, object]) -> Interpreter | None:
    match kept:
        case {
            "version": str(version),
            "executable": str(executable),
            "prefix": str(prefix),
            "stdlib": list(stdlib),
            "abi": str(abi),
        }:
            return Interpreter(version, Path(executable), Path(prefix), tuple(map(Path, stdlib)), abi)
    return None


def _candidates(variables: Mapping[str, str]) -> Iterator[Path]:
    """Executable files that may be an interpreter, each once, best first."""
    seen: set[Path] = set()
    for path in _places(variables):
        # Path.is_file raises where a folder may not be looked into: another user's, left in PATH.
        if path not in seen and os.path.isfile(path) and os.access(path, os.X_OK):  # noqa: PTH113
            seen.add(path)
            yield path


def _places(variables: Mapping[str, str]) -> Iterator[Path]:
    yield Path(sys.executable)
    for folder in _path_folders(variables):
        yield from (folder / runtime for runtime in RUNTIMES)
        yield folder / "python3"
    home = Path(variables.get("HOME", "/nonexistent"))
    data = Path(variables.get("XDG_DATA_HOME") or home / ".local/share")
    yield from _versions(Path(variables.get("PYENV_ROOT") or home / ".pyenv") / "versions")
    yield from _versions(Path(variables.get("UV_PYTHON_INSTALL_DIR") or data / "uv/python"))
    yield from _versions(Path(variables.get("MISE_DATA_DIR") or data / "mise") / "installs/python")
    yield from _versions(Path(variables.get("ASDF_DATA_DIR") or home / ".asdf") / "installs/python")
    yield from _versions(Path("/Library/Frameworks/Python.framework/Versions"))
    yield from _versions(Path("/opt/python"))
    for folder in (home / ".local/bin", Path("/usr/local/bin"), Path("/usr/bin"), Path("/opt/homebrew/bin")):
        yield from (folder / runtime for runtime in RUNTIMES)


def _path_folders(variables: Mapping[str, str]) -> Iterable[Path]:
    """PATH without pyenv's shims: they are scripts that answer for whatever version is selected, slowly."""
    folders = [Path(folder) for folder in variables.get("PATH", "").split(os.pathsep) if folder]
    return (folder for folder in folders if folder.is_absolute() and folder.name != "shims")


def _versions(folder: Path) -> Iterator[Path]:
    """The interpreters in a version manager's folder, newest first."""
    for version in newest_folders(folder):
        yield from (version / "bin" / runtime for runtime in RUNTIMES)


def newest_folders(folder: Path) -> list[Path]:
    """The versions in a version manager's folder, newest first; none where it is not there."""
    try:
        return sorted((entry for entry in folder.iterdir() if entry.is_dir()), key=_newest_first)
    except OSError:
        return []


def _newest_first(folder: Path) -> list[int]:
    """``3.12.10`` before ``3.12.9``, whatever stands around the numbers."""
    digits = "".join(character if character.isdigit() else " " for character in folder.name)
    return [-int(number) for number in digits.split()]
