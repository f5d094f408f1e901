"""What expressions say, as trees: first as written, with placeholders, then bound to a request's names and values.

Legacy parameters and PartiQL make the same trees, bound from the start.
"""

from dataclasses import dataclass
from typing import TypeAlias

from lambent.services.dynamodb.engine.values import AttributeValue

Elements: TypeAlias = tuple[str | int, ...]
"""The steps of a document path: names of attributes, and indexes of lists."""


@dataclass(frozen=True, slots=True)
class Path:
    """A document path. As written, a name that begins with # stands for another."""

    elements: Elements


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A value's name, as written: ":v"."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A value."""

    value: AttributeValue


@dataclass(frozen=True, slots=True)
class Call:
    """A function and what it is given."""

    function: str
    arguments: tuple["Operand", ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """``left`` plus or minus ``right``, in SET. ``sign`` is "+" or "-"."""

    sign: str
    left: "Operand"
    right: "Operand"


Operand: TypeAlias = Path | Placeholder | Literal | Call | Sum


# ---- conditions ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Comparison:
    operator: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Between:
    operand: Operand
    low: Operand
    high: Operand


@dataclass(frozen=True, slots=True)
class In:
    operand: Operand
    options: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


Condition: TypeAlias = Comparison | Between | In | And | Or | Not | Call


# ---- updates ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Set:
    path: Path
    value: Operand


@dataclass(frozen=True, slots=True)
class Remove:
    path: Path


@dataclass(frozen=True, slots=True)
class Add:
    """Adds a number, or members to a set."""

    path: Path
    value: Operand


@dataclass(frozen=True, slots=True)
class Delete:
    """Takes members from a set."""

    path: Path
    value: Operand


Action: TypeAlias = Set | Remove | Add | Delete
