"""Runs a template: nodes and variables to text."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from lambent.lang.velocity.errors import InvalidTemplate, TemplateFailure
from lambent.lang.velocity.methods import Tool, call, item_of, property_of, text_of
from lambent.lang.velocity.nodes import (
    Binary,
    Block,
    Break,
    Expression,
    Foreach,
    If,
    Interpolated,
    ListOf,
    Literal,
    MapOf,
    Not,
    RangeOf,
    Reference,
    Set,
    Stop,
    Text,
)
from lambent.lang.velocity.parsing import TemplateReader

TEMPLATE_CHARACTERS_MAX = 307_200  # AWS: a mapping template has at most 300 KB
OUTPUT_CHARACTERS_MAX = 10_485_760
ITERATIONS_MAX = 1_000  # of one #foreach, as AWS has it
STEPS_MAX = 200_000  # nodes run in all: loops in loops end somewhere
_TEMPLATES_CACHED_MAX = 1_024


class _BrokenOff(Exception):
    """#break, on its way to its loop."""


class _Stopped(Exception):
    """#stop, on its way to the end."""


class Template(Struct, frozen=True):
    """``quiet``: variables of which what is not there is rendered as nothing; of others it stands as it was written."""

    body: Block
    quiet: frozenset[str]

    def render(self, variables: Mapping[str, Any]) -> str:
        """The text. ``variables`` stay as they are, but for lists and maps in them that the template changes.

        Raises TemplateFailure.
        """
        return _Run(self.quiet, dict(variables)).text_of(self.body)


@functools.lru_cache(maxsize=_TEMPLATES_CACHED_MAX)
def compile_template(text: str, *, quiet: frozenset[str] = frozenset()) -> Template:
    """Raises InvalidTemplate."""
    if len(text) > TEMPLATE_CHARACTERS_MAX:
        raise InvalidTemplate("The template is too long", TEMPLATE_CHARACTERS_MAX)
    try:
        return Template(TemplateReader(text).read(), quiet)
    except RecursionError as error:
        raise InvalidTemplate("The template is nested too deeply", 0) from error


class _Run:
    def __init__(self, quiet: frozenset[str], variables: dict[str, Any]) -> None:
        self._quiet = quiet
        self._variables = variables
        self._pieces: list[str] = []
        self._size = 0
        self._steps = 0

    def text_of(self, body: Block) -> str:
        try:
            self._block(body)
        except (_Stopped, _BrokenOff):
            pass
        except RecursionError as error:
            raise TemplateFailure("A value is nested too deeply") from error
        return "".join(self._pieces)

    def _write(self, text: str) -> None:
        self._size += len(text)
        if self._size > OUTPUT_CHARACTERS_MAX:
            raise TemplateFailure("The text becomes too long")
        self._pieces.append(text)

    def _block(self, body: Block) -> None:
        for node in body:
            self._steps += 1
            if self._steps > STEPS_MAX:
                raise TemplateFailure("The template takes too long")
            match node:
                case Text():
                    self._write(node.text)
                case Reference():
                    self._write(self._written(node))
                case Set():
                    self._set(node)
                case If():
                    self._block(self._branch(node))
                case Foreach():
                    self._foreach(node)
                case Break():
                    raise _BrokenOff
                case Stop():
                    raise _Stopped

    def _written(self, reference: Reference) -> str:
        value = self._value_of(reference)
        if reference.is_escaped:
            return reference.source if value is not None else f"\\{reference.source}"
        if value is None:
            return "" if reference.is_quiet or reference.name in self._quiet else reference.source
        return text_of(value)

    def _branch(self, node: If) -> Block:
        return next((body for condition, body in node.branches if _is_true(self._value(condition))), node.otherwise)

    def _foreach(self, node: Foreach) -> None:
        items = _items(self._value(node.items))
        if len(items) > ITERATIONS_MAX:
            raise TemplateFailure(f"#foreach goes over at most {ITERATIONS_MAX} items")
        names = (node.name, "foreach", "velocityCount")
        before = {name: self._variables[name] for name in names if name in self._variables}
        try:
            for index, item in enumerate(items):
                self._variables |= {node.name: item, "velocityCount": index + 1, "foreach": _progress(index, len(items))}
                self._block(node.body)
        except _BrokenOff:
            pass
        for name in names:
            self._variables.pop(name, None)
        self._variables.update(before)

    def _set(self, node: Set) -> None:
        value = self._value(node.value)
        target = node.target
        if not target.steps:
            self._variables[target.name] = value
            return
        holder = self._value_of(Reference("", target.name, target.steps[:-1]))
        last = target.steps[-1]
        key = last.name if last.index is None else self._value(last.index)
        if isinstance(holder, dict):
            holder[text_of(key)] = value
        elif isinstance(holder, list) and isinstance(key, int) and 0 <= key < len(holder):
            holder[key] = value

    def _value_of(self, reference: Reference) -> Any:
        value = self._variables.get(reference.name)
        for step in reference.steps:
            if value is None:
                return None
            if step.index is not None:
                value = item_of(value, self._value(step.index))
            elif step.arguments is not None:
                value = call(value, step.name, [self._value(argument) for argument in step.arguments])
            else:
                value = property_of(value, step.name)
        return value

    def _value(self, expression: Expression) -> Any:
        match expression:
            case Literal():
                return expression.value
            case Reference():
                return self._value_of(expression)
            case Interpolated():
                return self._interpolated(expression.body)
            case ListOf():
                return [self._value(item) for item in expression.items]
            case MapOf():
                return {text_of(self._value(key)): self._value(value) for key, value in expression.entries}
            case RangeOf():
                return self._range(expression)
            case Not():
                return not _is_true(self._value(expression.operand))
            case Binary():
                return self._binary(expression)

    def _interpolated(self, body: Block) -> str:
        pieces, self._pieces = self._pieces, []
        try:
            self._block(body)
            return "".join(self._pieces)
        finally:
            self._pieces = pieces

    def _range(self, expression: RangeOf) -> list[int]:
        first, last = self._value(expression.first), self._value(expression.last)
        if not isinstance(first, int) or not isinstance(last, int) or abs(last - first) >= OUTPUT_CHARACTERS_MAX:
            raise TemplateFailure("A range needs two whole numbers")
        return list(range(first, last + 1)) if first <= last else list(range(first, last - 1, -1))

    def _binary(self, expression: Binary) -> Any:
        left = self._value(expression.left)
        if expression.operator == "&&":
            return _is_true(left) and _is_true(self._value(expression.right))
        if expression.operator == "||":
            return _is_true(left) or _is_true(self._value(expression.right))
        right = self._value(expression.right)
        if expression.operator in ("==", "!="):
            return _is_equal(left, right) is (expression.operator == "==")
        if expression.operator == "+" and (isinstance(left, str) or isinstance(right, str)):
            return text_of(left) + text_of(right)
        if not _is_number(left) or not _is_number(right):
            return None  # as Velocity, which writes a line to its log
        return _ARITHMETIC[expression.operator](left, right)


def _progress(index: int, count: int) -> Tool:
    has_next = index + 1 < count
    properties = {"index": index, "count": index + 1, "hasNext": has_next, "first": index == 0, "last": not has_next}
    return Tool({"hasNext": lambda: has_next}, properties)


def _items(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return list(value.values()) if isinstance(value, Mapping) else []


def _is_true(value: Any) -> bool:
    """As in Velocity 1.7 all is true but false and nothing."""
    return value is not None and value is not False


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_equal(left: Any, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if (_is_number(left) and _is_number(right)) or type(left) is type(right):
        return bool(left == right)
    return text_of(left) == text_of(right) if left is not None and right is not None else False


def _divided(left: float, right: float) -> float | None:
    if right == 0:
        return None
    if isinstance(left, int) and isinstance(right, int):
        quotient = abs(left) // abs(right)  # Java's integers are cut towards zero
        return quotient if (left < 0) == (right < 0) else -quotient
    return left / right


def _remainder(left: float, right: float) -> float | None:
    if right == 0:
        return None
    remainder = abs(left) % abs(right)
    return remainder if left >= 0 else -remainder


_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _divided,
    "%": _remainder,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}
