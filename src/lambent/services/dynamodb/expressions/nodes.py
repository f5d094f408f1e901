"""What expressions say, as trees: first as written, with placeholders, then bound to a request's names and values.

Legacy parameters and PartiQL make the same trees, bound from the start.
"""

from typing import TypeAlias

from msgspec import Struct

from lambent.services.dynamodb.engine.values import AttributeValue

Elements: TypeAlias = tuple[str | int, ...]
"""The steps of a document path: names of attributes, and indexes of lists."""


class Path(Struct, frozen=True):
    """A document path. As written, a name that begins with # stands for another."""

    elements: Elements


class Placeholder(Struct, frozen=True):
    """A value's name, as written: ":v"."""

    name: str


class Literal(Struct, frozen=True):
    """A value."""

    value: AttributeValue


class Call(Struct, frozen=True):
    """A function and what it is given."""

    function: str
    arguments: tuple["Operand", ...]


class Sum(Struct, frozen=True):
    """``left`` plus or minus ``right``, in SET. ``sign`` is "+" or "-"."""

    sign: str
    left: "Operand"
    right: "Operand"


Operand: TypeAlias = Path | Placeholder | Literal | Call | Sum


# ---- conditions ------------------------------------------------------------------------------------------------------


class Comparison(Struct, frozen=True):
    operator: str
    left: Operand
    right: Operand


class Between(Struct, frozen=True):
    operand: Operand
    low: Operand
    high: Operand


class In(Struct, frozen=True):
    operand: Operand
    options: tuple[Operand, ...]


class And(Struct, frozen=True):
    parts: tuple["Condition", ...]


class Or(Struct, frozen=True):
    parts: tuple["Condition", ...]


class Not(Struct, frozen=True):
    part: "Condition"


Condition: TypeAlias = Comparison | Between | In | And | Or | Not | Call


# ---- updates ---------------------------------------------------------------------------------------------------------


class Set(Struct, frozen=True):
    path: Path
    value: Operand


class Remove(Struct, frozen=True):
    path: Path


class Add(Struct, frozen=True):
    """Adds a number, or members to a set."""

    path: Path
    value: Operand


class Delete(Struct, frozen=True):
    """Takes members from a set."""

    path: Path
    value: Operand


Action: TypeAlias = Set | Remove | Add | Delete
