"""What a template is read into: blocks of text, references and directives, and the expressions in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Literal:
    value: Any


@dataclass(frozen=True, slots=True)
class Interpolated:
    """A string in double quotes: a template in the template."""

    body: "Block"


@dataclass(frozen=True, slots=True)
class ListOf:
    items: "Sequence[Expression]"


@dataclass(frozen=True, slots=True)
class RangeOf:
    first: "Expression"
    last: "Expression"


@dataclass(frozen=True, slots=True)
class MapOf:
    entries: "Sequence[tuple[Expression, Expression]]"


@dataclass(frozen=True, slots=True)
class Not:
    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str  # as a symbol: "eq" is "=="
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Step:
    """From a value to one in it: a property, a method (``arguments`` is not None), or an index (``index`` is not None)."""

    name: str = ""
    arguments: "Sequence[Expression] | None" = None
    index: "Expression | None" = None


@dataclass(frozen=True, slots=True)
class Reference:
    source: str  # as written, which is what a reference to nothing is rendered as
    name: str
    steps: Sequence[Step] = ()
    is_quiet: bool = False
    is_escaped: bool = False


@dataclass(frozen=True, slots=True)
class Set:
    target: Reference
    value: "Expression"


@dataclass(frozen=True, slots=True)
class If:
    branches: "Sequence[tuple[Expression, Block]]"
    otherwise: "Block"


@dataclass(frozen=True, slots=True)
class Foreach:
    name: str
    items: "Expression"
    body: "Block"


@dataclass(frozen=True, slots=True)
class Break:
    pass


@dataclass(frozen=True, slots=True)
class Stop:
    pass


Expression = Literal | Interpolated | ListOf | RangeOf | MapOf | Not | Binary | Reference
Node = Text | Reference | Set | If | Foreach | Break | Stop
Block = Sequence[Node]
