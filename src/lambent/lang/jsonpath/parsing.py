"""From the text of a path to its steps."""

import re

from lambent.lang.jsonpath import filters, functions
from lambent.lang.jsonpath.errors import InvalidPath
from lambent.lang.jsonpath.evaluation import compiled
from lambent.lang.jsonpath.reading import Reader, unescaped
from lambent.lang.jsonpath.steps import (
    Descent,
    Filter,
    Function,
    Index,
    Indexes,
    Name,
    Names,
    Operand,
    Slice,
    Step,
    Wildcard,
)

_DOTTED = re.compile(r"(?:\\.|[^.\[\s()\\])+", re.DOTALL)
_DOTTED_IN_FILTER = re.compile(r"(?:\\.|[^.\[\s()\\,&|=!<>~\]])+", re.DOTALL)
_INTEGER = re.compile(r"\s*(-?[0-9]{1,10})\s*")
_SLICE = re.compile(r"\s*(-?[0-9]{1,10})?\s*:\s*(-?[0-9]{1,10})?\s*\]")


def parse_steps(text: str) -> tuple[Step, ...]:
    """The steps of a path that begins with ``$``. Raises InvalidPath."""
    reader = Reader(text)
    if not reader.take("$"):
        raise InvalidPath(text, "Path must start with '$'")
    steps = _steps(reader, _DOTTED)
    if not reader.is_at_end:
        reader.refuse(f"Could not parse token starting at position {reader.position}")
    return steps


def _steps(reader: Reader, dotted: re.Pattern[str]) -> tuple[Step, ...]:
    steps: list[Step] = []
    while True:
        if reader.take("["):
            steps.append(_bracket(reader))
        elif reader.take(".."):
            steps.append(Descent())
            steps.append(_bracket(reader) if reader.take("[") else _behind_dot(reader, dotted))
        elif reader.take("."):
            steps.append(_bracket(reader) if reader.take("[") else _behind_dot(reader, dotted))
        else:
            return tuple(steps)
        if any(isinstance(step, Function) for step in steps[:-1]):
            reader.refuse("A function must be the last step of a path")


def _behind_dot(reader: Reader, dotted: re.Pattern[str]) -> Step:
    if reader.take("*"):
        return Wildcard()
    found = reader.match(dotted)
    if found is None:
        reader.refuse("Path must not end with a '.' or '..'" if reader.is_at_end else "Could not parse token")
    if reader.peek() == "(":
        return _function(reader, found[0])
    if reader.peek() == " " and dotted is _DOTTED:
        reader.refuse("Use bracket notion ['my prop'] if your property contains blank characters")
    return Name(unescaped(found[0]))


# ---- brackets --------------------------------------------------------------------------------------------------------


def _bracket(reader: Reader) -> Step:
    reader.skip_blanks()
    first = reader.peek()
    if first in ("'", '"'):
        return _names(reader)
    if first == "?":
        return _filter(reader)
    if reader.take("*"):
        reader.skip_blanks()
        reader.expect("]")
        return Wildcard()
    return _slice_or_indexes(reader)


def _names(reader: Reader) -> Step:
    names = [reader.quoted()]
    reader.skip_blanks()
    while reader.take(","):
        reader.skip_blanks()
        if reader.peek() not in ("'", '"'):
            reader.refuse("Property must be separated by comma or Property must be terminated close square bracket")
        names.append(reader.quoted())
        reader.skip_blanks()
    reader.expect("]")
    return Name(names[0]) if len(names) == 1 else Names(tuple(names))


def _slice_or_indexes(reader: Reader) -> Step:
    sliced = reader.match(_SLICE)
    if sliced is not None:
        start, stop = (None if bound is None else int(bound) for bound in sliced.groups())
        if start is None and stop is None:
            reader.refuse("Failed to parse SliceOperation: :")
        return Slice(start, stop)
    indexes = []
    while True:
        found = reader.match(_INTEGER)
        if found is None:
            reader.refuse(f"Could not parse token starting at position {reader.position}. Expected ?, ', 0-9, * ")
        indexes.append(int(found[1]))
        if not reader.take(","):
            break
    reader.expect("]")
    return Index(indexes[0]) if len(indexes) == 1 else Indexes(tuple(indexes))


# ---- filters and functions, which have paths inside ---------------------------------------------------------------------


def _filter(reader: Reader) -> Step:
    start = reader.position - 1
    reader.expect("?")
    reader.skip_blanks()
    if reader.peek() != "(":
        reader.refuse("Failed to parse filter, expected (")
    condition = filters.parse_condition(reader, _inner_path)
    reader.skip_blanks()
    reader.expect("]")
    return Filter(reader.text[start : reader.position], condition)


def _function(reader: Reader, name: str) -> Function:
    if name not in functions.FUNCTIONS:
        reader.refuse(f"Function with name: {name} does not exist")
    reader.deeper()
    reader.expect("(")
    arguments: list[Operand] = []
    reader.skip_blanks()
    while not reader.take(")"):
        if arguments:
            reader.expect(",")
            reader.skip_blanks()
        arguments.append(filters.parse_operand(reader, _inner_path))
        reader.skip_blanks()
    reader.shallower()
    return Function(name, tuple(arguments))


def _inner_path(reader: Reader) -> Operand:
    """A path inside a filter or a function: ``@`` is the node that is judged, ``$`` the whole document."""
    reader.deeper()
    is_of_node = reader.take("@")
    if not is_of_node:
        reader.expect("$")
    find = compiled(_steps(reader, _DOTTED_IN_FILTER)).find_or_absent
    reader.shallower()
    return find if is_of_node else (lambda root, _: find(root, root.document))
