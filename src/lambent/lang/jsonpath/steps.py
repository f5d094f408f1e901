"""The steps that a path is made of, as they were parsed."""

from collections.abc import Callable

from msgspec import Struct

NODES_VISITED_MAX = 500_000
"""By one search. A payload holds far less, but descents in filters go over it again and again."""


class Missing(LookupError):
    """A definite path leads nowhere; the message is Jayway's."""


class OutOfBounds(Missing):
    """It asks a list for an element that it does not have. An indefinite path then just finds nothing."""


class Root:
    """The document of one search, and how much of it the search may still visit."""

    __slots__ = ("document", "nodes_left")

    def __init__(self, document: object) -> None:
        self.document, self.nodes_left = document, NODES_VISITED_MAX

    def visit(self, count: int) -> None:
        self.nodes_left -= count
        if self.nodes_left < 0:
            raise Missing(f"The path visits more than {NODES_VISITED_MAX} nodes")


Condition = Callable[[Root, object], bool]
"""Judges a node."""

Operand = Callable[[Root, object], object]
"""From root and node to the value that a filter compares or a function is given; ABSENT where its path leads nowhere."""


class Name(Struct, frozen=True):
    name: str


class Names(Struct, frozen=True):
    """``['a','b']``: as the last step one object of these fields, before others each of them."""

    names: tuple[str, ...]


class Index(Struct, frozen=True):
    index: int


class Indexes(Struct, frozen=True):
    indexes: tuple[int, ...]


class Slice(Struct, frozen=True):
    start: int | None
    stop: int | None


class Wildcard(Struct, frozen=True):
    pass


class Descent(Struct, frozen=True):
    """``..``: the step behind it is tried on the node and on everything below it."""


class Filter(Struct, frozen=True, eq=False):
    text: str
    condition: Condition


class Function(Struct, frozen=True, eq=False):
    name: str
    arguments: tuple[Operand, ...]


Step = Name | Names | Index | Indexes | Slice | Wildcard | Descent | Filter | Function


def is_single(step: Step) -> bool:
    """Whether it leads from one node to one node."""
    return isinstance(step, Name | Index)


def spelled(step: Step) -> str:
    """As Jayway writes a step when it complains."""
    match step:
        case Name(name):
            return f"['{name}']"
        case Names(names):
            return "[" + ",".join(f"'{name}'" for name in names) + "]"
        case Index(index):
            return f"[{index}]"
        case Indexes(indexes):
            return "[" + ",".join(map(str, indexes)) + "]"
        case Slice(start, stop):
            return f"[{'' if start is None else start}:{'' if stop is None else stop}]"
        case Filter(text):
            return text
        case Function(name):
            return f".{name}()"
    return "[*]" if isinstance(step, Wildcard) else ".."
