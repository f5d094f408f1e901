"""Which files a function needs: its module, the local modules that it imports, and those that these import."""

import ast
import importlib.machinery
import importlib.util
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from lambent.sdk.names import module_name
from lambent.sdk.settings import SettingsError

FILES_MAX = 20_000
# Beside each function stands what Lambda's runtimes for Python hold.
IN_RUNTIME = frozenset(
    {"boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six", "awslambdaric", "simplejson"}
)
_INSTALLED = frozenset({"site-packages", "dist-packages"})
_LEFT_OUT = frozenset({"__pycache__", "node_modules"})


class NotPackable(Exception):
    """A function that cannot stand in a zip: the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Source:
    """A module: its name inside the function, its file, and the folder that stands on sys.path for it."""

    module: str
    path: Path
    root: Path


@dataclass(frozen=True, slots=True)
class Imports:
    """What a file imports: full names of modules, and the top-level ones without which its import fails.

    ``by_function`` are the top-level ones without which a call of a function at the file's top fails.
    """

    names: tuple[str, ...]
    needed: frozenset[str]
    by_function: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Closure:
    """The files by their names in the archive, and the modules that are imported but neither local nor Python's own."""

    files: dict[str, Path]
    foreign: frozenset[str]


def source_of(plain: Callable[..., Any]) -> Source:
    """Where a function's module is. A script's is named after its file. Raises NotPackable."""
    qualname = plain.__qualname__
    if "<" in qualname:
        kind = "a lambda" if "<lambda>" in qualname else "made inside another function"
        raise NotPackable(f"{qualname} is {kind}; a deployed function stands at the top of a module, where it can be imported")
    return source_of_module(plain.__module__, qualname)


def source_of_module(name: str, what: str = "") -> Source:
    """The same for a module by its name in ``sys.modules``; ``what`` is named in the message of NotPackable."""
    module = sys.modules.get(name)
    file = getattr(module, "__file__", None)
    if file is None or file.startswith("<"):
        raise NotPackable(f"{what or name} is not in a file (an interactive session?); put it into one, and import it")
    path = Path(file).resolve()
    if name == "__main__":
        name = module_name(name)
        if getattr(module, "__spec__", None) is None and "." in path.stem:
            raise NotPackable(f"{path.name} cannot be imported with a dot in its name; rename it")
    top = name.partition(".")[0]
    if top in sys.stdlib_module_names or top == "lambent":
        raise NotPackable(f"{path.name} has the name of a module of {'Lambent' if top == 'lambent' else 'Python'}; rename it")
    parts = name.split(".")
    up = len(parts) if path.name == "__init__.py" else len(parts) - 1
    return Source(name, path, path.parents[up] if up < len(path.parents) else path.parent)


def closure(source: Source, include: Sequence[Any] = ()) -> Closure:
    """All files that go into the archive for this module. Raises NotPackable, SettingsError for an ``include``."""
    return _Walk(source).run(include)


def foreign_in(source: Source, function: str) -> frozenset[str]:
    """The modules that a function itself imports when it is called, and that are neither local nor in the runtime."""
    found = imports(source.path, source.module).by_function.get(function, frozenset())
    return frozenset(top for top in found if not _is_there(top) and not _is_found(top, source.root))


class _Walk:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._files: dict[str, Path] = {}
        self._foreign: set[str] = set()
        self._seen: set[str] = set()
        self._folders: set[str] = set()
        self._pending: list[tuple[str, Path]] = []  # Python files to look into, with the names of their modules

    def run(self, include: Sequence[Any]) -> Closure:
        self._take_module(self._source.module, self._source.path)
        for wanted in include:
            self._include(wanted)
        while self._pending:
            name, path = self._pending.pop()
            found = imports(path, name)
            for imported in found.names:
                self._follow(imported, is_needed=imported.partition(".")[0] in found.needed)
        return Closure(dict(sorted(self._files.items())), frozenset(self._foreign))

    def _take_module(self, name: str, path: Path) -> None:
        """The file, or the whole of the outermost package that it is in: a package's modules belong together."""
        parts = name.split(".")
        folder = path.parent
        depth = len(parts) if path.name == "__init__.py" else len(parts) - 1
        outermost = None
        for above in range(depth):
            if not (folder / "__init__.py").is_file() or folder.name != parts[depth - above - 1]:
                break
            outermost = (folder, "/".join(parts[: depth - above]))
            folder = folder.parent
        if outermost is not None:
            self._take_folder(*outermost)
        else:
            self._take_file(path, "/".join(parts) + path.suffix)

    def _take_folder(self, folder: Path, prefix: str) -> None:
        if prefix not in self._folders:
            self._folders.add(prefix)
            for path in files_below(folder):
                self._take_file(path, f"{prefix}/{path.relative_to(folder).as_posix()}".removeprefix("./"))

    def _take_file(self, path: Path, name: str) -> None:
        if name in self._files:
            if self._files[name].resolve() != path.resolve():
                raise NotPackable(f"both {self._files[name]} and {path} would be {name} in the function; rename one")
            return
        self._files[name] = path
        if len(self._files) > FILES_MAX:
            raise NotPackable(
                f"{self._source.module} and what it imports are more than {FILES_MAX} files; is {path.parent} meant?"
            )
        if name.endswith(".py"):
            self._pending.append((name.removesuffix(".py").removesuffix("/__init__").replace("/", "."), path))

    def _follow(self, name: str, *, is_needed: bool) -> None:
        if name in self._seen:
            return
        self._seen.add(name)
        top = name.partition(".")[0]
        if _is_there(top):
            return
        found = _locate(name, self._source.root)
        if found is not None:
            self._take_module(*found)
        elif is_needed and not _is_namespace(top, self._source.root):
            self._foreign.add(top)

    def _include(self, wanted: Any) -> None:
        if isinstance(wanted, ModuleType):
            file = getattr(wanted, "__file__", None)
            if file is None:
                raise SettingsError(f"include: the module {wanted.__name__} has no file")
            self._take_module(wanted.__name__, Path(file).resolve())
            return
        if not isinstance(wanted, str | Path):
            raise SettingsError(f"include: {wanted!r} is neither a module nor a path")
        base = self._source.path.parent
        is_pattern = not Path(wanted).is_absolute() and Path(wanted).parts  # "." has no parts, and is no pattern
        paths = sorted(base.glob(str(wanted))) if is_pattern else [base / wanted]
        paths = [path.resolve() for path in paths if path.exists()]
        if not paths:
            found = _locate(str(wanted), self._source.root)
            if found is None:
                raise SettingsError(f"include: {wanted} is neither beside {self._source.path.name} nor a local module")
            self._take_module(*found)
        for path in paths:
            is_inside = path.is_relative_to(self._source.root)
            name = path.relative_to(self._source.root).as_posix() if is_inside else path.name
            if path.is_dir():
                self._take_folder(path, name)
            else:
                self._take_file(path, name)


def files_below(folder: Path) -> Iterator[Path]:
    """The files of a folder without what is hidden, compiled or an environment, in order."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in _LEFT_OUT or path.suffix in (".pyc", ".pyo", ".egg-info"):
            continue
        if path.is_dir():
            if not (path / "pyvenv.cfg").exists():
                yield from files_below(path)
        elif path.is_file():
            yield path


_imports: dict[Path, tuple[int, int, str, Imports]] = {}


def imports(path: Path, module: str) -> Imports:
    """What a Python file imports; remembered until the file is another. A file that does not parse imports nothing."""
    state = path.stat()
    known = _imports.get(path)
    if known is not None and known[:3] == (state.st_mtime_ns, state.st_size, module):
        return known[3]
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        tree = ast.Module(body=[], type_ignores=[])
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    found = Imports(
        tuple(dict.fromkeys(name for node in ast.walk(tree) for name in _names(node, package))),
        frozenset(name.partition(".")[0] for node in tree.body for name in _names(node, package)),
        {
            each.name: _needed_in(each, package)
            for each in tree.body
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
        },
    )
    _imports[path] = (state.st_mtime_ns, state.st_size, module, found)
    return found


def _needed_in(function: ast.AST, package: str) -> frozenset[str]:
    """All but what stands in a ``try``, where an import may fail."""
    found: set[str] = set()
    waiting = [function]
    while waiting:
        node = waiting.pop()
        found.update(name.partition(".")[0] for name in _names(node, package))
        if not isinstance(node, ast.Try):
            waiting.extend(ast.iter_child_nodes(node))
    return frozenset(found)


def _names(node: ast.AST, package: str) -> Iterator[str]:
    """The modules that a statement may import: ``from a import b`` means a, and a.b where that is a module."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            parts = package.split(".") if package else []
            base = ".".join([*parts[: len(parts) - node.level + 1], *([node.module] if node.module else [])])
        if base:
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names if alias.name != "*")


def _locate(name: str, root: Path) -> tuple[str, Path] | None:
    """The name and file of the module that an import of ``name`` means, where that is local; None for all others."""
    parts = name.split(".")
    spec = _spec(parts[0], root)
    if spec is None:
        return None
    if spec.origin and spec.has_location:
        path = Path(spec.origin).resolve()
        return (parts[0], path) if _is_local(path) and path.suffix == ".py" else None
    # A folder without __init__.py: only the modules that are named belong to it.
    for folder in spec.submodule_search_locations or ():
        for depth in range(2, len(parts) + 1):
            base = Path(folder, *parts[1:depth]).resolve()
            for path in (base / "__init__.py", base.with_name(base.name + ".py")):
                if path.is_file() and _is_local(path):
                    return ".".join(parts[:depth]), path
    return None


def _spec(top: str, root: Path) -> importlib.machinery.ModuleSpec | None:
    try:
        return importlib.machinery.PathFinder.find_spec(top, [str(root)]) or importlib.util.find_spec(top)
    except (ImportError, ValueError):  # a module that says nothing of where it is from
        return None


def _is_there(top: str) -> bool:
    return top in sys.stdlib_module_names or top in IN_RUNTIME or top == "lambent"


def _is_found(top: str, root: Path) -> bool:
    return _locate(top, root) is not None or _is_namespace(top, root)


def _is_namespace(top: str, root: Path) -> bool:
    spec = _spec(top, root)
    return (
        spec is not None
        and spec.origin is None
        and any(_is_local(Path(folder)) for folder in spec.submodule_search_locations or ())
    )


_STANDARD = tuple(Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib"))


def _is_local(path: Path) -> bool:
    return _INSTALLED.isdisjoint(path.parts) and not any(path.is_relative_to(folder) for folder in _STANDARD)
