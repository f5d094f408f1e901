"""A path, parsed once: the public half of the language."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

PATHS_KEPT_MAX = 4_096


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """``is_definite``: it leads to one value; else ``find`` gives a list, perhaps empty. ``is_reference``: only names and indexes.

    ``find(document)`` raises PathNotFound where a definite path leads nowhere. What it gives is part of the document, not a copy.
    """

    text: str
    is_definite: bool
    is_reference: bool
    find: Callable[[object], object]


@lru_cache(PATHS_KEPT_MAX)
def parse(text: str) -> Path:
    """The path that ``text`` spells, beginning with ``$``. Raises InvalidPath."""
    raise NotImplementedError(text)
