"""A path, parsed once: the public half of the language."""

from collections.abc import Callable
from functools import lru_cache

from msgspec import Struct

from lambent.lang.jsonpath.errors import InvalidPath, PathNotFound
from lambent.lang.jsonpath.evaluation import compiled
from lambent.lang.jsonpath.parsing import parse_steps
from lambent.lang.jsonpath.steps import Missing, Step, is_single

PATHS_KEPT_MAX = 4_096
PATH_CHARACTERS_MAX = 4_096


class Path(Struct, frozen=True, eq=False):
    """``is_definite``: it leads to one value; else ``find`` gives a list, perhaps empty. ``is_reference``: names, indexes.

    ``find(document)`` raises PathNotFound where a definite path leads nowhere. What it gives is part of the document, no copy.
    """

    text: str
    steps: tuple[Step, ...]
    is_definite: bool
    is_reference: bool
    find: Callable[[object], object]


@lru_cache(PATHS_KEPT_MAX)
def parse(text: str) -> Path:
    """The path that ``text`` spells, beginning with ``$``. Raises InvalidPath."""
    if len(text) > PATH_CHARACTERS_MAX:
        raise InvalidPath(text, f"The path is longer than {PATH_CHARACTERS_MAX} characters")
    steps = parse_steps(text)
    found = compiled(steps)
    return Path(text, steps, found.is_definite, all(map(is_single, steps)), _finder(text, found.find))


def _finder(text: str, find: Callable[[object], object]) -> Callable[[object], object]:
    def finder(document: object) -> object:
        try:
            return find(document)
        except Missing as missing:
            raise PathNotFound(text, str(missing)) from None

    return finder
