"""Values with ``{% %}`` strings in them, compiled once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Bindings = Mapping[str, object]
Evaluate = Callable[[Bindings, Bindings], object]
"""From ``$states`` (input, context, result or errorOutput) and variables (names without ``$``) to a value. Raises JsonataFailure."""


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """``evaluate(states, variables)``; ``is_constant`` where nothing in it is an expression."""

    is_constant: bool
    evaluate: Evaluate


def is_expression(value: object) -> bool:
    """Whether it is a string wrapped in ``{%`` and ``%}``."""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")


def compile_template(template: object, field: str, *, expected: str | None = None) -> Template:
    """Of any JSON value; ``field`` is what failures call it (``Output``).

    ``expected`` is the JSON type that the whole must come to (``"array"``, ``"boolean"``, ``"number"``, ``"string"``, ``"object"``, ``"integer"``):
    else JsonataFailure ``returned an unexpected result type. Expected 'array', but was 'number' for value: 1``.
    Raises InvalidJsonata.
    """
    raise NotImplementedError(template, field, expected)
