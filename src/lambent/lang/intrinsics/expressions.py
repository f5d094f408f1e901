"""An expression, compiled once into closures: where it looks, and what it evaluates to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

EXPRESSIONS_KEPT_MAX = 4_096

Variables = Mapping[str, object]
Context = Mapping[str, object]
Evaluate = Callable[[object, Context, Variables], object]
"""From input, context object and variables (names without ``$``) to a value. Raises ValueNotFound, IntrinsicFailure."""


class Source(Enum):
    INPUT = "$.a"
    CONTEXT = "$$.a"
    VARIABLE = "$a"
    FUNCTION = "States.Array()"


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """``variables`` are the names it reads, for validation. ``is_reference``: a path of one node, without filters."""

    text: str
    source: Source
    is_reference: bool
    variables: frozenset[str]
    evaluate: Evaluate


@lru_cache(EXPRESSIONS_KEPT_MAX)
def compiled(text: str) -> Expression:
    """A path or a function: values of keys that end in ``.$``, ErrorPath, CausePath. Raises InvalidExpression."""
    raise NotImplementedError(text)


def compiled_path(text: str) -> Expression:
    """A path, of input, context or variable, but no function: InputPath, OutputPath, Variable, SecondsPath … Raises InvalidExpression."""
    raise NotImplementedError(text)
