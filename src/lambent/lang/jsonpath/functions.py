"""The functions that may end a path: ``$.items.length()``, ``$.prices.max()``."""

import math
from collections.abc import Callable

from lambent.lang.jsonpath.filters import ABSENT, is_number

PathFunction = Callable[[object, list[object]], object]
"""From a node and the arguments to a value. Raises InvalidArguments."""


class InvalidArguments(ValueError):
    """A function of a node that it has no value for."""


def _numbers(node: object, arguments: list[object]) -> list[float]:
    values = (node if isinstance(node, list) else []) + arguments
    numbers = [float(value) for value in values if is_number(value) and isinstance(value, int | float)]
    if not numbers:
        raise InvalidArguments("Aggregation function attempted to calculate value using empty array")
    return numbers


def _average(node: object, arguments: list[object]) -> object:
    numbers = _numbers(node, arguments)
    return sum(numbers) / len(numbers)


def _deviation(node: object, arguments: list[object]) -> object:
    numbers = _numbers(node, arguments)
    mean = sum(numbers) / len(numbers)
    return math.sqrt(sum((number - mean) ** 2 for number in numbers) / len(numbers))


def _length(node: object, arguments: list[object]) -> object:
    counted = arguments[0] if arguments else node
    return len(counted) if isinstance(counted, list | dict) else None


def _keys(node: object, _: list[object]) -> object:
    return list(node) if isinstance(node, dict) else None


def _concat(node: object, arguments: list[object]) -> object:
    values = (node if isinstance(node, list) else []) + arguments
    return "".join(value for value in values if isinstance(value, str))


def _append(node: object, arguments: list[object]) -> object:
    return [*node, *arguments] if isinstance(node, list) else node


def _element(node: object, index: object) -> object:
    if not isinstance(node, list) or not isinstance(index, int) or not -len(node) <= index < len(node):
        raise InvalidArguments("Aggregation function attempted to calculate value using empty array")
    return node[index]


FUNCTIONS: dict[str, PathFunction] = {
    "length": _length,
    "size": _length,
    "min": lambda node, arguments: min(_numbers(node, arguments)),
    "max": lambda node, arguments: max(_numbers(node, arguments)),
    "sum": lambda node, arguments: sum(_numbers(node, arguments)),
    "avg": _average,
    "stddev": _deviation,
    "keys": _keys,
    "concat": _concat,
    "append": _append,
    "first": lambda node, _: _element(node, 0),
    "last": lambda node, _: _element(node, -1),
    "index": lambda node, arguments: _element(node, arguments[0] if arguments else None),
}


def given(values: list[object]) -> list[object]:
    """The arguments that there are: a path that leads nowhere gives none."""
    return [value for value in values if value is not ABSENT]
