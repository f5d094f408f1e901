"""The paths of one REST service as a tree: literal segments before labels, labels before greedy labels.

Operations that share a method and a path (S3 has dozens) are told apart by what their query string and headers must hold.
"""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from lambent.wire import uri
from lambent.wire.models import Operation, Service

PATHS_CACHED_MAX = 1_024  # of one service: what is called again and again is looked up once


class Candidate(Struct, frozen=True):
    """One operation that stands at a path."""

    operation: Operation
    labels: tuple[str, ...]  # in the order of the path
    literals: tuple[tuple[str, str | None], ...]  # what the model's path has behind the "?": name, and value where there is one
    query_required: tuple[str, ...]
    headers_required: tuple[str, ...]  # lower case

    def weight(self, query: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, bool, int, bool] | None:
        """How well a request fits, the higher the better; None where a literal is missing."""
        for name, value in self.literals:
            if name not in query or (value is not None and query[name] != value):
                return None
        is_complete = all(name in query for name in self.query_required) and all(
            name in headers for name in self.headers_required
        )
        count = len(self.query_required) + len(self.headers_required)
        return len(self.literals), is_complete, count, not self.operation.is_deprecated


@dataclass(slots=True)
class _Node:
    literals: dict[str, "_Node"] = field(default_factory=dict)
    label: "_Node | None" = None
    greedy: dict[str, list[Candidate]] = field(default_factory=dict)  # by method
    candidates: dict[str, list[Candidate]] = field(default_factory=dict)


class Tree:
    """All operations of one service by path."""

    def __init__(self, service: Service) -> None:
        self._root = _Node()
        self._keeps_empty_segments = service.name == "s3"  # a key may end with a slash and hold two in a row
        self._ends = functools.lru_cache(maxsize=PATHS_CACHED_MAX)(self._find_ends)
        for operation in service.operations():
            _plant(self._root, operation)

    def find(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> tuple[Operation, dict[str, str]] | None:
        """The operation at ``method`` and ``path``, and its labels, decoded; None where there is none."""
        for candidates, values in self._ends(path):
            chosen = _choose(candidates.get(method), query, headers)
            if chosen is not None:
                return chosen.operation, dict(zip(chosen.labels, values, strict=True))
        return None

    def _find_ends(self, path: str) -> list[tuple[dict[str, list[Candidate]], tuple[str, ...]]]:
        parts = uri.segments(path)
        if parts and not parts[-1] and (len(parts) <= 2 or not self._keeps_empty_segments):
            parts.pop()
        return [(candidates, tuple(map(uri.decode, values))) for candidates, values in _walk(self._root, parts, 0, ())]


@functools.cache
def tree(service: Service) -> Tree:
    return Tree(service)


def _plant(root: _Node, operation: Operation) -> None:
    path, _, query = operation.http_uri.partition("?")
    node, labels = root, []
    parts = [part for part in path.split("/") if part]
    greedy = bool(parts) and parts[-1].endswith("+}")
    for part in parts:
        if not part.startswith("{"):
            node = node.literals.setdefault(part, _Node())
            continue
        labels.append(part[1:-1].removesuffix("+"))
        if not part.endswith("+}"):
            node.label = node.label or _Node()
            node = node.label
    candidate = _candidate(operation, tuple(labels), query)
    (node.greedy if greedy else node.candidates).setdefault(operation.http_method, []).append(candidate)


def _candidate(operation: Operation, labels: tuple[str, ...], query: str) -> Candidate:
    parts = (part.partition("=") for part in query.split("&") if part)
    literals = tuple((name, value if equals else None) for name, equals, value in parts)
    shape = operation.input_shape
    required = [(name, shape.members[name]) for name in shape.required] if shape is not None else []
    return Candidate(
        operation,
        labels,
        literals,
        tuple(ref.location_name or name for name, ref in required if ref.location == "querystring"),
        tuple((ref.location_name or name).lower() for name, ref in required if ref.location == "header"),
    )


def _walk(
    node: _Node, parts: list[str], at: int, values: tuple[str, ...]
) -> Iterator[tuple[dict[str, list[Candidate]], tuple[str, ...]]]:
    """The ends that ``parts`` can reach, the most literal first."""
    if at == len(parts):
        yield node.candidates, values
        return
    part = parts[at]
    following = node.literals.get(part)
    if following is not None:
        yield from _walk(following, parts, at + 1, values)
    if node.label is not None and part:
        yield from _walk(node.label, parts, at + 1, (*values, part))
    if node.greedy:
        yield node.greedy, (*values, "/".join(parts[at:]))


def _choose(candidates: list[Candidate] | None, query: str, headers: Mapping[str, str]) -> Candidate | None:
    if not candidates:
        return None
    if len(candidates) == 1 and not candidates[0].literals:
        return candidates[0]
    parameters = dict(uri.pairs(query))
    weighed = [(weight, candidate) for candidate in candidates if (weight := candidate.weight(parameters, headers)) is not None]
    return max(weighed, key=lambda pair: pair[0])[1] if weighed else None
