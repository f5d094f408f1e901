"""Requirements as wheels for the function's Python and processor, fetched once by uv or pip and kept as a zip."""

import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lambent.sdk.archives import write
from lambent.sdk.sources import NotPackable, files_below

FETCH_S_MAX = 900
FORM = 1  # counted up when what is made of the same wheels becomes other
_MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}
# glibc's minor version in the runtimes' systems: Amazon Linux 2 up to python3.11, Amazon Linux 2023 since.
_GLIBC_AL2, _GLIBC_AL2023, _GLIBC_OLDEST = 26, 34, 5
# Differ between installers and machines, and nothing reads them there.
_LEFT_OUT = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"})


@dataclass(frozen=True, slots=True)
class Wheels:
    """What requirements have been made to: a zip, the top-level modules in it, and its size unpacked."""

    path: Path
    modules: frozenset[str]
    unpacked_bytes: int


def fetched(requirements: Sequence[str], *, runtime: str, architecture: str, folder: Path, is_fresh: bool = False) -> Wheels:
    """The wheels of ``requirements``, from the cache where they are there. ``folder`` is where relative paths begin.

    What is not pinned stays as it was first fetched, so that a deploy changes only what its author did; ``is_fresh`` asks
    again. Raises NotPackable, with the installer's words.
    """
    lines = list(_lines(requirements, folder))
    text = repr((FORM, runtime, architecture, [(line, _state(line, folder)) for line in lines]))
    target = cache_folder() / "requirements" / f"{runtime}-{architecture}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.zip"
    if is_fresh or not target.is_file():
        _fetch(lines, runtime=runtime, architecture=architecture, folder=folder, target=target)
    return _wheels(target)


def cache_folder() -> Path:
    """LAMBENT_CACHE, or lambent in the user's cache."""
    given = os.environ.get("LAMBENT_CACHE")
    return Path(given) if given else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lambent"


def _lines(requirements: Sequence[str], folder: Path) -> Iterator[str]:
    """One requirement a line, files that are named read."""
    for requirement in requirements:
        text = requirement.strip()
        match = re.fullmatch(r"(?:-r|--requirement)[ =]?\s*(.+)", text)
        if match is None:
            yield text
            continue
        path = folder / match[1]
        try:
            content = path.read_text()
        except OSError as error:
            raise NotPackable(f"requirements: {path} cannot be read: {error.strerror or error}") from error
        lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in content.replace("\\\n", " ").splitlines())
        yield from _lines([line for line in lines if line], path.parent)


def _state(requirement: str, folder: Path) -> tuple[int, int] | None:
    """Of a wheel that is a file: when it was changed, and its size."""
    path = folder / requirement
    with contextlib.suppress(OSError, ValueError):
        state = path.stat()
        return state.st_mtime_ns, state.st_size
    return None


def _fetch(lines: Sequence[str], *, runtime: str, architecture: str, folder: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="fetching-") as place:
        installed = Path(place) / "installed"
        listed = Path(place) / "requirements.txt"
        listed.write_text("\n".join(lines) + "\n")
        command = _command(installed, listed, runtime, architecture)
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=FETCH_S_MAX, check=False)
        except subprocess.TimeoutExpired as error:
            raise NotPackable(f"requirements: {command[0]} was not done in {FETCH_S_MAX} s") from error
        if done.returncode != 0:
            raise NotPackable(_refusal(done.stderr or done.stdout, runtime, architecture))
        installed.mkdir(exist_ok=True)
        made = Path(place) / "wheels.zip"
        write(made, {name: path for name, path in _kept(installed) if _is_needed(name)})
        made.replace(target)  # two that fetch the same both have it whole


def _kept(installed: Path) -> Iterator[tuple[str, Path]]:
    for path in files_below(installed):
        yield path.relative_to(installed).as_posix(), path


def _is_needed(name: str) -> bool:
    folder, _, file = name.rpartition("/")
    return not (name.startswith("bin/") or (folder.endswith(".dist-info") and file in _LEFT_OUT))


def _command(installed: Path, listed: Path, runtime: str, architecture: str) -> list[str]:
    version = runtime.removeprefix("python")
    glibc = _GLIBC_AL2 if int(version.partition(".")[2]) <= 11 else _GLIBC_AL2023
    machine = _MACHINES[architecture]
    uv = shutil.which("uv")
    if uv:
        platform = f"{machine}-manylinux_2_34" if glibc == _GLIBC_AL2023 else f"{machine}-manylinux2014"
        where = ["--python-version", version, "--python-platform", platform, "--only-binary", ":all:"]
        return [uv, "pip", "install", "--quiet", "--no-config", "--target", str(installed), *where, "-r", str(listed)]
    tags = [f"manylinux_2_{minor}_{machine}" for minor in range(glibc, _GLIBC_OLDEST - 1, -1)]
    tags += [f"manylinux{year}_{machine}" for year in ("2014", "2010", "1")]
    compact = version.replace(".", "")
    where = ["--only-binary", ":all:", "--implementation", "cp", "--python-version", version]
    where += [part for abi in (f"cp{compact}", "abi3", "none") for part in ("--abi", abi)]
    where += [part for tag in tags for part in ("--platform", tag)]
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check", "--no-compile"]
    return [*_pip(), "install", *quiet, "--target", str(installed), *where, "-r", str(listed)]


def _pip() -> list[str]:
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    found = shutil.which("pip") or shutil.which("pip3")
    if found is None:
        raise NotPackable("requirements are fetched by uv or pip, and neither is here; install one of them")
    return [found]


def _refusal(said: str, runtime: str, architecture: str) -> str:
    lines = [line.removeprefix("ERROR: ").strip() for line in said.splitlines() if line.strip()]
    reason = "\n".join(lines[-8:]) or "no reason was given"
    advice = "A requirement needs a wheel for Linux; one that has none can be built and named by its path, or stand in a layer."
    return f"requirements: no wheels for {runtime} on {architecture}:\n{reason}\n{advice}"


_known: dict[tuple[Path, int], Wheels] = {}


def _wheels(path: Path) -> Wheels:
    key = (path, path.stat().st_mtime_ns)
    if key not in _known:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
        tops = {info.filename.partition("/")[0] for info in infos}
        modules = frozenset(
            re.sub(r"(\.cpython-.*|\.abi3)?\.(so|py)$", "", top) for top in tops if not top.endswith(".dist-info")
        )
        _known[key] = Wheels(path, modules, sum(info.file_size for info in infos))
    return _known[key]
