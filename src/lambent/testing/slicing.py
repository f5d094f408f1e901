"""Cuts one function out of its file, with the imports and the names of the module that it uses, so that it runs elsewhere.

Everything keeps the line it stood on: a trace from the function points into the test's own file.
"""

import ast
import builtins
import importlib.util
import inspect
import symtable
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

from msgspec import Struct

from lambent.core.errors import LambentError

__tracebackhide__ = True  # pytest shows the line of the test that asked, not the way through here; --full-trace shows all


class NotDeployable(LambentError):
    """Something that cannot be shipped as a function's code; the message says why and what to do."""


class Slice(Struct, frozen=True):
    """A module made of parts of another."""

    stem: str  # of the file it was cut from
    source: str


def cut(function: FunctionType) -> Slice:
    """The module that holds ``function`` and what it needs of its own module. Raises NotDeployable."""
    path = Path(inspect.getsourcefile(function) or "")
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise NotDeployable(f"the source of {function.__qualname__} cannot be read: {error}") from error
    tree = ast.parse(text)
    node = _definition(tree, function, path)
    _refuse_closure(function, node)
    return Slice(path.stem, _Cutter(text, tree, node, function).source())


def _definition(tree: ast.Module, function: FunctionType, path: Path) -> ast.FunctionDef:
    if function.__name__ == "<lambda>":
        raise NotDeployable("a lambda has no name to be called by; write it as a function: def handler(event, context): ...")
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == function.__name__:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            if function.__code__.co_firstlineno in (first, node.lineno):
                if isinstance(node, ast.FunctionDef):
                    return node
                raise NotDeployable(
                    f"{function.__name__} is an async function, and Lambda's Python calls handlers without awaiting them; "
                    "write a def that runs it: asyncio.run(...)"
                )
    raise NotDeployable(f"{function.__name__} is not found in {path}; was the file changed after it was imported?")


def _refuse_closure(function: FunctionType, node: ast.FunctionDef) -> None:
    outer = [name for name in function.__code__.co_freevars if name != node.name]
    if outer:
        names = ", ".join(f"`{name}`" for name in outer)
        raise NotDeployable(
            f"{function.__name__} uses {names} of the function around it, which stays in the test's process. Give it in "
            f"the event, or as an environment variable (deploy(..., environment={{...}})), or move it to the module's level."
        )


class _Cutter:
    """Collects statements of the module, by following names, and writes them on their old lines."""

    def __init__(self, text: str, tree: ast.Module, node: ast.FunctionDef, function: FunctionType) -> None:
        self._lines = text.split("\n")
        self._node = node
        self._function = function
        self._binders: dict[str, list[ast.stmt]] = {}
        for statement in tree.body:
            for name in _bound(statement):
                self._binders.setdefault(name, []).append(statement)
        self._is_outer = node in tree.body
        self._future = [each for each in tree.body if isinstance(each, ast.ImportFrom) and each.module == "__future__"]
        self._kept: dict[ast.stmt, set[str]] = {}  # with the names that are wanted of it

    def source(self) -> str:
        kept_decorators = [each for each in self._node.decorator_list if self._is_of_module(each)]
        dropped = [each for each in self._node.decorator_list if each not in kept_decorators]
        bare = _copied(self._node, kept_decorators)
        self._follow(_used(bare))
        lines = [""] * len(self._lines)
        for future in self._future:
            self._copy(lines, future)
        for statement, names in self._kept.items():
            if isinstance(statement, ast.Import | ast.ImportFrom):
                self._write_import(lines, statement, names)
            else:
                self._copy(lines, statement)
        self._copy(lines, self._node)
        for decorator in dropped:
            lines[decorator.lineno - 1 : decorator.end_lineno] = [""] * ((decorator.end_lineno or 0) - decorator.lineno + 1)
        if self._node.col_offset:
            # Its lines keep their indentation, which text between quotes may depend on.
            lines[_first_line(self._node) - 2] = "if True:"
        return "\n".join(lines).rstrip("\n") + "\n"

    def _is_of_module(self, decorator: ast.expr) -> bool:
        """A decorator from the test's own locals (``@deploy``) has done its work."""
        return self._is_outer or all(name in self._binders or hasattr(builtins, name) for name in _names_in(decorator))

    def _follow(self, names: set[str]) -> None:
        todo = sorted(names)
        seen: set[str] = {self._node.name}
        while todo:
            name = todo.pop()
            if name in seen:
                continue
            seen.add(name)
            if name not in self._binders:
                self._refuse_unknown(name)
            for statement in self._binders.get(name, ()):
                if statement not in self._kept and not isinstance(statement, ast.Import | ast.ImportFrom):
                    todo += sorted(_used(statement))
                self._kept.setdefault(statement, set()).add(name)

    def _refuse_unknown(self, name: str) -> None:
        is_module_s = name in self._function.__globals__ and not hasattr(builtins, name) and not name.startswith("__")
        if is_module_s:
            raise NotDeployable(
                f"{self._function.__name__} uses `{name}`, and no statement of its module gives that name "
                "(`from … import *`, perhaps): import it by name"
            )

    def _write_import(self, lines: list[str], statement: ast.Import | ast.ImportFrom, names: set[str]) -> None:
        wanted = [alias for alias in statement.names if _name_of(alias) in names]
        if isinstance(statement, ast.ImportFrom):
            module = statement.module or ""
            if statement.level:  # what is cut out is no longer part of its package
                package = str(self._function.__globals__.get("__package__") or "")
                module = importlib.util.resolve_name("." * statement.level + module, package)
            text = ast.unparse(ast.ImportFrom(module=module, names=wanted, level=0))
        else:
            text = ast.unparse(ast.Import(names=wanted))
        before = lines[statement.lineno - 1]
        lines[statement.lineno - 1] = f"{before}; {text}" if before else text

    def _copy(self, lines: list[str], statement: ast.stmt) -> None:
        first, last = _first_line(statement) - 1, statement.end_lineno or statement.lineno
        lines[first:last] = self._lines[first:last]


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _copied(node: ast.FunctionDef, decorators: list[ast.expr]) -> ast.FunctionDef:
    """The same function with these decorators only."""
    fields = {name: value for name, value in ast.iter_fields(node) if name != "decorator_list"}
    copied = ast.FunctionDef(**fields, decorator_list=decorators)
    return ast.copy_location(copied, node)


def _name_of(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _names_in(expression: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)}


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a statement of a module gives to it."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {_name_of(alias) for alias in statement.names} - {"*"}
    table = symtable.symtable(ast.unparse(statement), "", "exec")
    return {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}


def _used(statement: ast.stmt) -> set[str]:
    """The module's names that a statement reads, in whatever depth."""
    return set(_used_in(symtable.symtable(ast.unparse(statement), "", "exec")))


def _used_in(table: symtable.SymbolTable) -> Iterator[str]:
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (symbol.is_global() or table.get_type() == "module"):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _used_in(child)
