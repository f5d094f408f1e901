"""Reference paths: those of single nodes, at which a value can be put (ResultPath)."""

from collections.abc import Callable

import msgspec
from msgspec import Struct

from lambent.lang.jsonpath.errors import InvalidPath, UnwritablePath
from lambent.lang.jsonpath.paths import parse
from lambent.lang.jsonpath.steps import Index, Name


class ReferencePath(Struct, frozen=True, eq=False):
    """``steps`` are names and indexes. ``find`` as of a Path."""

    text: str
    steps: tuple[str | int, ...]
    find: Callable[[object], object]

    def put(self, document: object, value: object) -> object:
        """The document with ``value`` there, objects made on the way; what is not on the way is shared, nothing is changed.

        Raises UnwritablePath where the way leads through what is neither object nor array, or behind the end of an array.
        """
        if not self.steps:
            return value
        holder: dict[str | int, object] = {"$": document}
        container: object = holder
        key: str | int = "$"
        for step in self.steps:
            entered = self._entered(document, container, key, step)
            _set(container, key, entered)
            container, key = entered, step
        _set(container, key, value)
        return holder["$"]

    def _entered(self, document: object, container: object, key: str | int, step: str | int) -> object:
        """A copy of what stands at ``key``, fit for ``step``; a new object where there is nothing yet."""
        if isinstance(container, dict) and key not in container and isinstance(step, str):
            return {}
        entered = _get(container, key)
        if isinstance(entered, dict) and isinstance(step, str):
            return dict(entered)
        if isinstance(entered, list) and isinstance(step, int) and -len(entered) <= step < len(entered):
            return list(entered)
        shown = msgspec.json.encode(document).decode()
        raise UnwritablePath(self.text, f"Unable to apply ReferencePath {self.text} to input {shown}")


def _get(container: object, key: str | int) -> object:
    if isinstance(container, dict):
        return container.get(key)
    return container[key] if isinstance(container, list) and isinstance(key, int) else None


def _set(container: object, key: str | int, value: object) -> None:
    assert isinstance(container, dict | list)
    container[key] = value  # type: ignore[index]


def parse_reference(text: str) -> ReferencePath:
    """The reference path that ``text`` spells. Raises InvalidPath, also for a path of several nodes."""
    path = parse(text)
    if not path.is_reference:
        raise InvalidPath(text, "Reference path must be a path of single nodes, without operators @ .. , : ? *")
    keys = tuple(step.name if isinstance(step, Name) else step.index for step in path.steps if isinstance(step, Name | Index))
    return ReferencePath(text, keys, path.find)
