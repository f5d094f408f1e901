"""Imports what a command names: a file, a folder, or a module by its dotted name, as it would be imported inside a function."""

import importlib
import os
import sys
import traceback
from pathlib import Path
from types import ModuleType

from lambent.cli.failures import CommandFailure
from lambent.sdk.sources import files_below, imports


def load(argument: str) -> tuple[list[ModuleType], str | None]:
    """The modules of ``FILE[:NAME]``, and the name. Raises CommandFailure."""
    place, _, name = argument.partition(":")
    path = Path(place)
    if path.is_dir():
        if name:
            raise CommandFailure(
                f"{argument}: a name stands after a file, not after a folder", f"For example {place}/app.py:{name}"
            )
        return _load_folder(path), None
    if path.is_file():
        if path.suffix != ".py":
            raise CommandFailure(f"{place} is no Python file", "Name a file that ends with .py, a folder, or a module.")
        return [_load_file(path)], name or None
    if path.suffix == ".py" or "/" in place:
        raise CommandFailure(f"there is no file {place}", f"This is {Path.cwd()}.")
    _put_first(Path.cwd())
    return [_imported(place, place)], name or None


def _load_folder(folder: Path) -> list[ModuleType]:
    paths = [path for path in files_below(folder) if path.suffix == ".py" and _may_define(path)]
    if not paths:
        raise CommandFailure(
            f"no file in {folder} imports lambent", "Put @function above a function: from lambent import function"
        )
    return [_load_file(path) for path in paths]


def _may_define(path: Path) -> bool:
    """Files that do not import from lambent define nothing for us, and importing may do anything; nor do tests."""
    is_test = path.name == "conftest.py" or path.stem.startswith("test_") or path.stem.endswith("_test")
    return not is_test and "lambent" in imports(path, path.stem).names


def _load_file(path: Path) -> ModuleType:
    """Under the name that it has from the folder in which its outermost package stands."""
    path = path.resolve()
    parts = [] if path.name == "__init__.py" else [path.stem]
    folder = path.parent
    while (folder / "__init__.py").is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    name = ".".join(parts)
    if not all(part.replace("-", "_").isidentifier() for part in parts):
        raise CommandFailure(f"{path.name} cannot be imported under its name", "Rename it: letters, digits and _.")
    _put_first(folder)
    loaded = sys.modules.get(name)
    if loaded is not None and Path(getattr(loaded, "__file__", None) or "").resolve() != path:
        raise CommandFailure(
            f"{path} has the name of a module that is there already, {name}", "Rename it, or put it into a package."
        )
    return _imported(name, str(path))


def _imported(name: str, shown: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except (KeyboardInterrupt, CommandFailure):
        raise
    except BaseException as error:  # whatever a user's file does while it is imported
        if isinstance(error, ModuleNotFoundError) and error.name == name.partition(".")[0]:
            raise CommandFailure(f"there is neither a file nor a module {shown}", f"This is {Path.cwd()}.") from error
        raise CommandFailure(f"{shown} cannot be imported: {_said(error)}", _advice(error)) from error


_LAMBENT = f"{Path(__file__).parents[1]}{os.sep}"


def _said(error: BaseException) -> str:
    """The exception with the user's line that led to it."""
    said = "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]
    if isinstance(error, SyntaxError) and error.filename:
        return f"{said} (line {error.lineno} of {error.filename})"
    lines = [frame for frame in traceback.extract_tb(error.__traceback__) if "importlib" not in frame.filename]
    theirs = [frame for frame in lines if not frame.filename.startswith(_LAMBENT)]
    return f"{said} (line {theirs[-1].lineno} of {theirs[-1].filename})" if theirs else said


def _advice(error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError):
        return f"Install {error.name} in the environment of {Path(sys.executable).name} that runs lambent: {sys.executable}"
    if isinstance(error, SystemExit):
        return 'What runs when the file is run belongs under: if __name__ == "__main__":'
    return ""


def _put_first(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
