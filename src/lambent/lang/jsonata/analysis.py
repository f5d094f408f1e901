"""What can be said of an expression without evaluating it: the names it reads, and what Step Functions does not support."""

from collections.abc import Iterator
from typing import Any

from lambent.lang.jsonata.errors import UNSUPPORTED, InvalidJsonata
from lambent.lang.jsonata.library import Parser

_NOT_CHILDREN = {"_outer_instance", "ancestor", "slot", "seeking_parent", "signature", "error"}
_OF_ITEMS = {"predicate", "stages", "group", "terms"}
"""Parts that are evaluated for the items that a step finds, and not where the expression begins."""


def check(text: str, ast: Any) -> None:
    """Raises InvalidJsonata for a name, or ``$$``, that would read the document: Step Functions evaluates in none."""
    for node in _everything(ast):
        if node.type == "variable" and node.value == "$":
            raise _unsupported(text, "Reference to '$$' is not supported.", node)
    for node in _at_the_top(ast):
        name = "$" if node.type == "variable" else node.value
        raise _unsupported(text, f"Reference to '{name}' at the top level is not supported.", node)


def _unsupported(text: str, reason: str, node: Any) -> InvalidJsonata:
    position = node.position if isinstance(node.position, int) else None
    return InvalidJsonata(text, reason, position, code=UNSUPPORTED)


def names(ast: Any) -> frozenset[str]:
    """Of all variables that stand in it, without ``$``: those it reads, those it binds, functions."""
    return frozenset(str(node.value) for node in _everything(ast) if node.type == "variable" and node.value)


def bound(ast: Any) -> frozenset[str]:
    """Those that it binds itself: by ``:=``, as parameters, by ``@`` and ``#``."""
    found: set[str] = set()
    for node in _everything(ast):
        if node.type == "bind":
            found.add(str(node.lhs.value))
        elif node.type == "lambda":
            found.update(str(parameter.value) for parameter in node.arguments)
        for mark in ("focus", "index"):
            value = getattr(node, mark, None)
            if isinstance(value, str):
                found.add(value)
    return frozenset(found)


def fields_of_states(ast: Any) -> frozenset[str] | None:
    """``input`` of ``$states.input``; None where ``$states`` is read as a whole."""
    found: set[str] = set()
    paths = [node for node in _everything(ast) if node.type == "path" and len(node.steps) > 1]
    named = {id(path.steps[0]): path.steps[1] for path in paths}
    for node in _everything(ast):
        if node.type != "variable" or node.value != "states":
            continue
        step = named.get(id(node))
        if step is None or step.type != "name" or getattr(node, "predicate", None):
            return None
        found.add(str(step.value))
    return frozenset(found)


def _children(node: Any, without: set[str]) -> Iterator[Any]:
    waiting = [value for name, value in vars(node).items() if name not in _NOT_CHILDREN and name not in without]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Parser.Symbol):
            yield value
        elif isinstance(value, list | tuple):
            waiting.extend(value)


def _everything(ast: Any) -> Iterator[Any]:
    seen: set[int] = set()
    waiting = [ast]
    while waiting:
        node = waiting.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            waiting.extend(_children(node, set()))


def _at_the_top(ast: Any) -> Iterator[Any]:
    """Names and ``$`` that are evaluated where the whole expression is."""
    seen: set[int] = set()
    waiting = [ast]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.type == "name" or (node.type == "variable" and node.value == ""):
            yield node
        elif node.type == "path":
            waiting.append(node.steps[0])
        elif node.type != "transform":
            waiting.extend(_children(node, _OF_ITEMS))
