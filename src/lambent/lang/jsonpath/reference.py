"""Reference paths: those of single nodes, at which a value can be put (ResultPath)."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class ReferencePath:
    """``steps`` are names and indexes. ``find`` as of a Path."""

    text: str
    steps: tuple[str | int, ...]
    find: Callable[[object], object]

    def put(self, document: object, value: object) -> object:
        """The document with ``value`` there, objects made on the way; what is not on the way is shared, nothing is changed.

        Raises UnwritablePath where the way leads through what is neither object nor array, or behind the end of an array.
        """
        raise NotImplementedError(document, value)


def parse_reference(text: str) -> ReferencePath:
    """The reference path that ``text`` spells. Raises InvalidPath, also for a path of several nodes."""
    raise NotImplementedError(text)
