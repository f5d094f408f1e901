"""What a template is read into: blocks of text, references and directives, and the expressions in them."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct


class Text(Struct, frozen=True):
    text: str


class Literal(Struct, frozen=True):
    value: Any


class Interpolated(Struct, frozen=True):
    """A string in double quotes: a template in the template."""

    body: "Block"


class ListOf(Struct, frozen=True):
    items: "Sequence[Expression]"


class RangeOf(Struct, frozen=True):
    first: "Expression"
    last: "Expression"


class MapOf(Struct, frozen=True):
    entries: "Sequence[tuple[Expression, Expression]]"


class Not(Struct, frozen=True):
    operand: "Expression"


class Binary(Struct, frozen=True):
    operator: str  # as a symbol: "eq" is "=="
    left: "Expression"
    right: "Expression"


class Step(Struct, frozen=True):
    """From a value to one in it: a property, a method (``arguments`` is not None), or an index (``index`` is not None)."""

    name: str = ""
    arguments: "Sequence[Expression] | None" = None
    index: "Expression | None" = None


class Reference(Struct, frozen=True):
    source: str  # as written, which is what a reference to nothing is rendered as
    name: str
    steps: Sequence[Step] = ()
    is_quiet: bool = False
    is_escaped: bool = False


class Set(Struct, frozen=True):
    target: Reference
    value: "Expression"


class If(Struct, frozen=True):
    branches: "Sequence[tuple[Expression, Block]]"
    otherwise: "Block"


class Foreach(Struct, frozen=True):
    name: str
    items: "Expression"
    body: "Block"


class Break(Struct, frozen=True):
    pass


class Stop(Struct, frozen=True):
    pass


Expression = Literal | Interpolated | ListOf | RangeOf | MapOf | Not | Binary | Reference
Node = Text | Reference | Set | If | Foreach | Break | Stop
Block = Sequence[Node]
