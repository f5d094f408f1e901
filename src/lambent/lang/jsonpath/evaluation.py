"""From steps to closures that find.

A path is a run of single steps (names, indexes), on which anything that is missing is said with Jayway's words, and then, if it
is an indefinite one, steps from nodes to nodes, on which what is missing is left out. Nothing here recurses into the document.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from typing import Any

from msgspec import Struct

from lambent.core.errors import Defect
from lambent.lang.jsonpath import functions
from lambent.lang.jsonpath.filters import ABSENT
from lambent.lang.jsonpath.steps import (
    Descent,
    Filter,
    Function,
    Index,
    Indexes,
    Missing,
    Name,
    Names,
    OutOfBounds,
    Root,
    Slice,
    Step,
    is_single,
    spelled,
)

Find = Callable[[object], object]
FindFrom = Callable[[Root, object], object]
Select = Callable[[Root, object], Iterable[object]]
"""From root and node to the nodes that a step leads to."""


class Compiled(Struct, frozen=True, eq=False):
    """``find_from(root, node)`` raises Missing; ``find_or_absent`` gives ABSENT instead."""

    is_definite: bool
    find: Find
    find_from: FindFrom

    def find_or_absent(self, root: Root, node: object) -> object:
        try:
            return self.find_from(root, node)
        except Missing:
            return ABSENT


def compiled(steps: tuple[Step, ...]) -> Compiled:
    single = tuple(takewhile(is_single, steps))
    rest = steps[len(single) :]
    walk = _walker(single, steps)
    if not rest:
        return Compiled(True, walk, lambda _, node: walk(node))
    if len(rest) == 1 and isinstance(rest[0], Function):
        return _from(True, _called(walk, rest[0]))
    if len(rest) == 1 and isinstance(rest[0], Names):
        return _from(True, _picked(walk, rest[0]))
    is_gathered = isinstance(rest[0], Descent) and isinstance(rest[-1], Function)
    return _from(is_gathered, _many(single, walk, rest, is_gathered=is_gathered))


def _from(is_definite: bool, find_from: FindFrom) -> Compiled:
    return Compiled(is_definite, lambda document: find_from(Root(document), document), find_from)


# ---- single steps --------------------------------------------------------------------------------------------------------


def _walker(single: tuple[Step, ...], steps: tuple[Step, ...]) -> Find:
    """Follows the single steps at the beginning of a path. Raises Missing."""
    keys = tuple(step.name if isinstance(step, Name) else step.index for step in single if isinstance(step, Name | Index))
    if not keys:
        return lambda document: document
    return _by_names(keys, steps) if all(isinstance(key, str) for key in keys) else _by_keys(keys, steps)


def _by_names(names: tuple[str | int, ...], steps: tuple[Step, ...]) -> Find:
    def walk(document: object) -> object:
        node: Any = document
        try:
            for name in names:
                node = node[name]
        except (KeyError, TypeError):  # no such field; or no object, since nothing else is indexed by a string
            raise explained(steps, document) from None
        return node

    return walk


def _by_keys(keys: tuple[Any, ...], steps: tuple[Step, ...]) -> Find:
    def walk(document: object) -> object:
        node: Any = document
        for key in keys:
            # Objects by names and lists by indexes only: a string would answer to an index as well.
            if node.__class__ is not (dict if isinstance(key, str) else list):
                raise explained(steps, document)
            try:
                node = node[key]
            except LookupError:
                raise explained(steps, document) from None
        return node

    return walk


def explained(steps: tuple[Step, ...], document: object) -> Missing:
    """Why the single steps at the beginning of a path lead nowhere, in Jayway's words."""
    node, way = document, "$"
    for step in steps:
        is_last = step is steps[-1]
        if isinstance(step, Name):
            if not isinstance(node, dict):
                return Missing(_no_object(step, way, node))
            if step.name not in node:
                return Missing(f"{'No results for path:' if is_last else 'Missing property in path'} {way}{spelled(step)}")
            node = node[step.name]
        elif isinstance(step, Index):
            if not isinstance(node, list):
                return Missing(_no_array(step, way, node))
            if not -len(node) <= step.index < len(node):
                return OutOfBounds(f"No results for path: ${''.join(map(spelled, steps))}")
            node = node[step.index]
        way += spelled(step)
    raise Defect(f"{way} leads somewhere")


_KINDS = {str: "java.lang.String", bool: "java.lang.Boolean", int: "java.lang.Integer", float: "java.lang.Double"}


def _no_object(step: Name, way: str, node: object) -> str:
    found = "null" if node is None else _KINDS.get(type(node), "java.util.ArrayList")
    return (
        f"Expected to find an object with property {spelled(step)} in path {way} but found '{found}'. This is not a json object"
        " according to the JsonProvider: 'com.jayway.jsonpath.spi.json.JacksonJsonProvider'."
    )


def _no_array(step: Step, way: str, node: object) -> str:
    if node is None:
        return f"The path {way} is null"
    return f"Filter: {spelled(step)} can only be applied to arrays. Current context is: {_shown(node)}"


def _shown(node: object) -> str:
    """As Java prints a value."""
    try:
        if isinstance(node, dict):
            return "{" + ", ".join(f"{name}={value}" for name, value in node.items()) + "}"
        return str(node).lower() if isinstance(node, bool) else str(node)
    except RecursionError:
        return "..."


# ---- last steps that give one value ----------------------------------------------------------------------------------------


def _picked(walk: Find, step: Names) -> FindFrom:
    """``['a','b']`` at the end gives an object of those fields that there are."""

    def find(root: Root, node: object) -> object:  # noqa: ARG001 - as every find
        found = walk(node)
        if not isinstance(found, dict):
            raise Missing(_no_object(Name(step.names[0]), "$", found))
        return {name: found[name] for name in step.names if name in found}

    return find


def _called(walk: Find, step: Function) -> FindFrom:
    function, arguments = functions.FUNCTIONS[step.name], step.arguments

    def find(root: Root, node: object) -> object:
        found = walk(node)
        try:
            return function(found, functions.given([argument(root, node) for argument in arguments]))
        except functions.InvalidArguments as error:
            raise Missing(str(error)) from None

    return find


# ---- many nodes --------------------------------------------------------------------------------------------------------------


def _many(single: tuple[Step, ...], walk: Find, rest: tuple[Step, ...], *, is_gathered: bool) -> FindFrom:
    """A function behind a descent is given all that the descent finds; behind other steps, one node after the other."""
    last = rest[-1]
    selects = _selects(rest[:-1] if is_gathered else rest)
    first, way = rest[0], "$" + "".join(map(spelled, single))

    def find_all(root: Root, node: object) -> list[object]:
        try:
            nodes = [walk(node)]
        except OutOfBounds:
            return []
        if isinstance(first, Slice | Indexes) and not isinstance(nodes[0], list):
            raise Missing(_no_array(first, way, nodes[0]))
        for select in selects:
            root.visit(len(nodes))
            nodes = [found for each in nodes for found in select(root, each)]
        return nodes

    if not is_gathered or not isinstance(last, Function):
        return find_all
    return lambda root, node: _called(lambda _: find_all(root, node), last)(root, node)


def _selects(steps: tuple[Step, ...]) -> list[Select]:
    selects: list[Select] = []
    waiting = iter(steps)
    for step in waiting:
        if isinstance(step, Descent):
            selects.append(_descending(next(waiting)))
        else:
            selects.append(_select(step, is_last=step is steps[-1]))
    return selects


def _select(step: Step, *, is_last: bool) -> Select:
    match step:
        case Name(name):
            return lambda _, node: (node[name],) if isinstance(node, dict) and name in node else ()
        case Names(names) if is_last:
            return lambda _, node: ({n: node[n] for n in names if n in node},) if isinstance(node, dict) else ()
        case Names(names):
            return lambda _, node: [node[n] for n in names if n in node] if isinstance(node, dict) else ()
        case Index(index):
            return _at((index,))
        case Indexes(indexes):
            return _at(indexes)
        case Slice(start, stop):
            return lambda _, node: node[start:stop] if isinstance(node, list) else ()
        case Filter():
            return _passing(step)
        case Function():
            find = _called(lambda node: node, step)
            return lambda root, node: (find(root, node),)
    return lambda _, node: children(node)


def _at(indexes: tuple[int, ...]) -> Select:
    def select(root: Root, node: object) -> Iterable[object]:  # noqa: ARG001 - as every select
        if not isinstance(node, list):
            return ()
        return [node[index] for index in indexes if -len(node) <= index < len(node)]

    return select


def _passing(step: Filter) -> Select:
    """The elements of a list that pass; an object stands for itself."""
    passes = step.condition

    def select(root: Root, node: object) -> Iterable[object]:
        if isinstance(node, list):
            root.visit(len(node))
            return [element for element in node if passes(root, element)]
        return (node,) if isinstance(node, dict) and passes(root, node) else ()

    return select


def children(node: object) -> Iterable[object]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()


def _descending(step: Step) -> Select:
    if isinstance(step, Filter):
        passes = step.condition
        return lambda root, node: [below for below in _containers(root, node) if passes(root, below)]
    select = _select(step, is_last=False)
    return lambda root, node: [found for below in _containers(root, node) for found in select(root, below)]


def _containers(root: Root, node: object) -> Iterator[object]:
    """The node and all objects and lists in it, each before what is in it."""
    stack = [node]
    while stack:
        here = stack.pop()
        if isinstance(here, dict | list):
            root.visit(1 + len(here))
            yield here
            stack.extend(reversed(list(children(here))))
