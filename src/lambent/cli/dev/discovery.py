"""Finds the functions of a folder: what lambent.toml says, else template.yaml, else what looks like functions."""

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from lambent.cli.dev import settings_file, template
from lambent.cli.dev.functions import Function, NotUnderstood, Overrides, name_of
from lambent.environments.folder_changes import IGNORED_FOLDERS
from lambent.environments.interpreters import RUNTIMES

ENTRIES_PYTHON = ("app.py", "lambda_function.py", "main.py", "handler.py", "index.py")
ENTRIES_NODE = tuple(f"{stem}.{ending}" for stem in ("index", "app", "handler") for ending in ("mjs", "cjs", "js"))
NODE_RUNTIME = "nodejs22.x"
CUSTOM_RUNTIME = "provided.al2023"
SOURCE_BYTES_MAX = 1_048_576  # of a file that is looked into for a handler

# By text, not by syntax: a file that is being edited is a function all the same.
_PYTHON = re.compile(
    r"^(?:async\s+def|def)\s+(lambda_handler|handler)\b|^(lambda_handler|handler|app)\s*(?::[^=\n]+)?=[^=]", re.M
)
_NODE = re.compile(
    r"^\s*(?:module\.)?exports\.(handler)\s*=|^\s*export\s+(?:const|let|var|async\s+function|function)\s+(handler)\b"
    r"|^\s*export\s*\{[^}]*\b(handler)\b",
    re.M,
)
_OWN_PYTHON = f"python{sys.version_info[0]}.{sys.version_info[1]}"
PYTHON_RUNTIME = _OWN_PYTHON if _OWN_PYTHON in RUNTIMES else RUNTIMES[-2]


def find(root: Path, overrides: Overrides) -> list[Function]:
    """The functions of a folder, or the one of a file. Raises NotUnderstood."""
    try:
        found = list(_described(root))
    except OSError as error:
        raise NotUnderstood(f"{error.filename or root} cannot be read: {error.strerror}") from error
    if overrides.handler:
        found = [_by_handler(root, overrides)]
    if overrides.name and len(found) > 1:
        names = ", ".join(function.name for function in found)
        raise NotUnderstood(f"--name is for one function, and {root} has {len(found)}: {names}", "Serve one folder at a time.")
    return [_with_overrides(function, overrides) for function in found]


def _described(root: Path) -> Iterator[Function]:
    if root.is_file():
        yield from _loose(root)
        return
    if (root / settings_file.NAME).is_file():
        yield from settings_file.read(root, python=PYTHON_RUNTIME, entry_of=entry)
        return
    for name in template.NAMES:
        if (root / name).is_file() and template.is_one(root / name):
            yield from template.read(root / name, python=PYTHON_RUNTIME)
            return
    yield from _conventional(root)


def _conventional(root: Path) -> Iterator[Function]:
    """The folder itself where it is one; else its folders that are, and its files that have a handler."""
    own = entry(root)
    if own is not None:
        yield _made(name_of(root.name), root, *own)
        return
    for path in sorted(root.iterdir()):
        if path.is_dir() and path.name not in IGNORED_FOLDERS and path.name != "node_modules":
            own = entry(path)
            if own is not None:
                yield _made(name_of(path.name), path, *own)
        elif path.is_file():
            yield from _loose(path)


def entry(folder: Path) -> tuple[str, str] | None:
    """The handler and runtime of a folder that is a function."""
    bootstrap = folder / "bootstrap"
    if bootstrap.is_file() and os.access(bootstrap, os.X_OK):
        return "bootstrap", CUSTOM_RUNTIME
    for name in (*ENTRIES_PYTHON, *ENTRIES_NODE):
        handler = handler_in(folder / name)
        if handler:
            return f"{Path(name).stem}.{handler}", PYTHON_RUNTIME if name.endswith(".py") else NODE_RUNTIME
    return None


def handler_in(path: Path) -> str:
    """What the handler in a file is called; empty where there is none."""
    pattern = {".py": _PYTHON, ".mjs": _NODE, ".cjs": _NODE, ".js": _NODE}.get(path.suffix)
    if pattern is None or not path.is_file() or path.stat().st_size > SOURCE_BYTES_MAX:
        return ""
    names = [name for match in pattern.finditer(path.read_text(errors="replace")) for name in match.groups() if name]
    return min(names, key=("lambda_handler", "handler", "app").index, default="")


def _loose(path: Path) -> Iterator[Function]:
    """A file of its own: the function has its name, and its folder."""
    handler = handler_in(path)
    if handler and handler != "app":  # what is called app may be anything, where the file is not
        runtime = PYTHON_RUNTIME if path.suffix == ".py" else NODE_RUNTIME
        yield _made(name_of(path.stem), path.parent, f"{path.stem}.{handler}", runtime)


def _by_handler(root: Path, overrides: Overrides) -> Function:
    """The command says the handler: then the folder is a function, whatever is in it."""
    folder = root.parent if root.is_file() else root
    stem = folder.joinpath(*overrides.handler.rpartition(".")[0].split("/"))
    is_node = any(stem.with_name(stem.name + ending).is_file() for ending in (".mjs", ".cjs", ".js"))
    return _made(name_of(folder.name), folder, overrides.handler, NODE_RUNTIME if is_node else PYTHON_RUNTIME)


def _made(name: str, folder: Path, handler: str, runtime: str) -> Function:
    return Function(
        name=name, folder=folder, handler=handler, runtime=runtime, origin="convention", requirements=requirements_of(folder)
    )


def requirements_of(folder: Path) -> Path | None:
    path = folder / "requirements.txt"
    return path if path.is_file() else None


def _with_overrides(function: Function, overrides: Overrides) -> Function:
    return replace(
        function,
        name=overrides.name or function.name,
        runtime=overrides.runtime or function.runtime,
        environment={**function.environment, **overrides.environment},
        timeout_s=overrides.timeout_s or function.timeout_s,
        memory_mb=overrides.memory_mb or function.memory_mb,
        layers=overrides.layers or function.layers,
        has_url=function.has_url and overrides.has_url,
    )
