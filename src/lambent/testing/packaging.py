"""From what a test hands over (a callable, a file, a folder, a zip) to the zip and the handler of a function."""

import ast
import importlib.util
import inspect
import io
import sys
import sysconfig
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

from msgspec import Struct

from lambent.testing import slicing
from lambent.testing.slicing import NotDeployable

__tracebackhide__ = True  # pytest shows the line of the test that asked, not the way through here; --full-trace shows all

Files = dict[str, bytes]
"""What a zip holds: content by name."""

_SKIPPED = frozenset({"__pycache__", ".git", ".hg", ".venv", ".mypy_cache", ".pytest_cache", ".ruff_cache"})
_HANDLER_NAMES = ("lambda_handler", "handler")
_FILE_MODE = 0o100644 << 16
_PROGRAM_MODE = 0o100755 << 16


class Package(Struct, frozen=True):
    """``handler`` as Lambda takes it: module, dot, function."""

    name: str
    handler: str
    archive: bytes


def package(code: "Callable[..., Any] | str | Path", *, handler: str | None = None) -> Package:
    """Packs code. Raises NotDeployable with what to do instead.

    A function of a test file is cut out of it with the imports and module-level names that it uses. A function of any other
    module brings its whole package (or its file). Both bring the modules of the project that they import; what is installed
    stays behind.
    """
    if isinstance(code, str | Path):
        return _of_path(Path(code), handler)
    return _of_function(_checked(code))


# ---- callables -------------------------------------------------------------------------------------------------------


def _checked(code: Callable[..., Any]) -> FunctionType:
    unwrapped = inspect.unwrap(code)
    if not isinstance(unwrapped, FunctionType):
        raise NotDeployable(f"{code!r} is not a function: give a def of two parameters, or a file, a folder or a zip")
    if "<locals>" not in unwrapped.__qualname__ and "." in unwrapped.__qualname__:
        raise NotDeployable(f"{unwrapped.__qualname__} belongs to a class: give a function, which Lambda can call by its name")
    return unwrapped


def _of_function(function: FunctionType) -> Package:
    files: Files = {}
    if _is_of_a_test(function):
        cut = slicing.cut(function)
        module = "".join(letter if letter.isalnum() else "_" for letter in cut.stem)
        _add_imported(files, cut.source, set())
        files[f"{module}.py"] = cut.source.encode()
    else:
        module = function.__module__
        top = module.partition(".")[0]
        if not _add_module(files, top, {top}, is_own=True):
            raise NotDeployable(f"the module {module} of {function.__name__} stands in no file; give a file or a folder")
    return Package(function.__name__, f"{module}.{function.__name__}", zipped(files))


def _is_of_a_test(function: FunctionType) -> bool:
    """Whether only the function itself is meant, and not all that its file imports and tests with."""
    if "<locals>" in function.__qualname__ or function.__module__ == "__main__" or function.__name__ == "<lambda>":
        return True
    stem = function.__module__.rpartition(".")[2]
    return stem.startswith("test") or stem.endswith("_test") or stem == "conftest"


def _add_imported(files: Files, source: str, known: set[str]) -> None:
    """Adds the project's own modules that a source imports, and those that they import."""
    for top in _imported(source):
        if top not in known and top not in sys.stdlib_module_names:
            known.add(top)
            _add_module(files, top, known)


def _imported(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _add_module(files: Files, top: str, known: set[str], *, is_own: bool = False) -> bool:
    """Adds a top-level package or module, if it is the project's (or ``is_own``) and stands in files. Says whether it did."""
    found = [place for place in _places(top) if is_own or not _is_installed(place)]
    added: Files = {}
    for place in found:
        added |= folder(place, f"{top}/") if place.is_dir() else {place.name: place.read_bytes()}
    files |= added
    for name, content in added.items():
        if name.endswith(".py"):
            _add_imported(files, content.decode("utf-8", "replace"), known)
    return bool(added)


def _places(top: str) -> list[Path]:
    """The file of a top-level module, or the folders of a package."""
    loaded = sys.modules.get(top)
    spec = getattr(loaded, "__spec__", None)
    if spec is None and loaded is None:
        spec = importlib.util.find_spec(top)
    if spec is None:
        return []
    if spec.submodule_search_locations:
        return [Path(location) for location in spec.submodule_search_locations if Path(location).is_dir()]
    return [Path(spec.origin)] if spec.origin and Path(spec.origin).is_file() else []


def _is_installed(place: Path) -> bool:
    if {"site-packages", "dist-packages"} & set(place.parts):
        return True
    return any(place.is_relative_to(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib"))


# ---- files, folders, zips --------------------------------------------------------------------------------------------


def _of_path(path: Path, handler: str | None) -> Package:
    if path.is_dir():
        files = folder(path)
    elif path.suffix == ".py" and path.is_file():
        files = {path.name: path.read_bytes()}
    elif path.is_file() and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            sources = {name: archive.read(name) for name in archive.namelist() if _is_candidate(name)}
        return Package(path.stem, handler or _handler_in(sources, path), path.read_bytes())
    else:
        raise NotDeployable(f"{path} is no Python file, no folder and no zip")
    return Package(path.resolve().stem, handler or _handler_in(files, path), zipped(files))


def folder(top: Path, prefix: str = "") -> Files:
    """What stands in a folder, but for what tools leave there."""
    found: Files = {}
    for path in sorted(top.rglob("*")):
        inside = path.relative_to(top)
        if path.is_file() and not _SKIPPED & set(inside.parts) and path.suffix != ".pyc":
            found[prefix + inside.as_posix()] = path.read_bytes()
    return found


def _is_candidate(name: str) -> bool:
    return "/" not in name and name.endswith(".py")


def _handler_in(files: Files, path: Path) -> str:
    """The one function called lambda_handler or handler at the top of the package."""
    found: list[str] = []
    for name, content in files.items():
        if _is_candidate(name):
            body = ast.parse(content).body
            defined = {node.name for node in body if isinstance(node, ast.FunctionDef)}
            found += [f"{name.removesuffix('.py')}.{each}" for each in _HANDLER_NAMES if each in defined]
    if len(found) != 1:
        among = f"both {' and '.join(found)} could be meant" if found else "no lambda_handler or handler is in its files"
        raise NotDeployable(f"{path} does not say what to call ({among}): deploy(..., handler='module.function')")
    return found[0]


def zipped(files: Files) -> bytes:
    """The same files give the same bytes, so that code that did not change is not unpacked again."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = _PROGRAM_MODE if content.startswith(b"#!") else _FILE_MODE
            archive.writestr(entry, content)
    return buffer.getvalue()
