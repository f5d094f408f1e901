"""lambent.toml: the functions of a folder, said in so many words."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lambent.cli.dev.functions import Function, NotUnderstood

NAME = "lambent.toml"

_KINDS: dict[str, type | tuple[type, ...]] = {
    "path": str,
    "handler": str,
    "runtime": str,
    "environment": dict,
    "timeout": int,
    "memory": int,
    "layers": list,
    "url": bool,
    "requirements": (str, bool),
}
_TABLES = ("defaults", "functions")

Entry = Callable[[Path], tuple[str, str] | None]
"""The handler and runtime that a folder seems to have."""


def read(root: Path, *, python: str, entry_of: Entry) -> Iterator[Function]:
    """``python``: the runtime where none is said. Raises NotUnderstood with the place."""
    path = root / NAME
    try:
        content = tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise NotUnderstood(f"{path}: {error}") from error
    unknown = [name for name in content if name not in _TABLES]
    if unknown:
        raise NotUnderstood(f"{path}: there is no [{unknown[0]}]", "It has [defaults] and [functions.NAME].")
    defaults = _checked(content.get("defaults", {}), f"{path}: [defaults]")
    functions = content.get("functions", {})
    if not isinstance(functions, dict) or not functions:
        raise NotUnderstood(f"{path}: no function is described", "Add [functions.NAME] with path and handler.")
    for name, own in functions.items():
        yield _function(root, name, _checked(own, f"{path}: [functions.{name}]"), defaults, path, python, entry_of)


def _checked(table: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(table, dict):
        raise NotUnderstood(f"{place} is not a table")
    for key, value in table.items():
        kind = _KINDS.get(key)
        if kind is None:
            raise NotUnderstood(f"{place}: there is no {key}", f"There are {', '.join(_KINDS)}.")
        # A truth is a number to Python.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            names = " or ".join(each.__name__ for each in (kind if isinstance(kind, tuple) else (kind,)))
            raise NotUnderstood(f"{place}: {key} is {value!r}, not a {names}")
    return table


def _function(
    root: Path, name: str, own: Mapping[str, Any], defaults: Mapping[str, Any], path: Path, python: str, entry_of: Entry
) -> Function:
    said = {**defaults, **own}
    folder = (root / said.get("path", name if (root / name).is_dir() else ".")).resolve()
    if not folder.is_dir():
        raise NotUnderstood(f"{path}: [functions.{name}]: {folder} is no folder", "Say where it is with path.")
    seeming = entry_of(folder)
    handler = said.get("handler") or (seeming[0] if seeming else "")
    if not handler:
        raise NotUnderstood(f"{path}: [functions.{name}]: no handler is found in {folder}", 'Say it: handler = "app.handler".')
    wanted = said.get("requirements", True)
    requirements = folder / (wanted if isinstance(wanted, str) else "requirements.txt")
    if isinstance(wanted, str) and not requirements.is_file():
        raise NotUnderstood(f"{path}: [functions.{name}]: there is no {requirements}")
    return Function(
        name=name,
        folder=folder,
        handler=handler,
        runtime=said.get("runtime") or (seeming[1] if seeming and "handler" not in said else python),
        origin=NAME,
        environment={
            key: str(value) for key, value in {**defaults.get("environment", {}), **own.get("environment", {})}.items()
        },
        timeout_s=said.get("timeout"),
        memory_mb=said.get("memory"),
        layers=tuple(map(str, said.get("layers", ()))),
        has_url=said.get("url", True),
        requirements=requirements if wanted is not False and requirements.is_file() else None,
    )
