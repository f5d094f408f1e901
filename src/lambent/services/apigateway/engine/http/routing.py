"""Which route of an API a request takes. Routes are compiled once; a request walks down its path's segments.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar
from urllib.parse import unquote

from msgspec import Struct

from lambent.services.apigateway.engine.records import DEFAULT_ROUTE

ANY = "ANY"
METHODS_OF_ANY = frozenset(("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"))
"""Those for which ANY stands: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-method-settings.html"""

T = TypeVar("T")
Found = tuple[T, Mapping[str, str]]
"""What was filed under a route's key, and the route's path parameters."""

_NOTHING: Mapping[str, str] = {}


class _Leaf(Generic[T]):
    """The routes of one path, by method, with the names that each gives to its variables."""

    __slots__ = ("methods",)

    def __init__(self) -> None:
        self.methods: dict[str, tuple[T, tuple[str, ...]]] = {}

    def find(self, method: str) -> tuple[T, tuple[str, ...]] | None:
        found = self.methods.get(method)
        return self.methods.get(ANY) if found is None and method in METHODS_OF_ANY else found


class _Node(Generic[T]):
    """A segment of the paths."""

    __slots__ = ("greedy", "here", "literals", "variable")

    def __init__(self) -> None:
        self.literals: dict[str, _Node[T]] = {}
        self.variable: _Node[T] | None = None
        self.here: _Leaf[T] = _Leaf()
        self.greedy: _Leaf[T] = _Leaf()


class _Candidate(Struct, Generic[T], frozen=True):
    depth: int  # how many segments stand before what is greedy
    filed: T
    names: tuple[str, ...]
    values: tuple[str, ...]


class Routes(Generic[T]):
    """The routes of an API. What a path means is decided in AWS' order.

    A route that matches all of the path wins, segment by segment the literal one; then the longest one with a greedy
    variable at its end; then ``$default``. A route of the method beats one of ANY for the same path. A path that is there
    for other methods only is as good as none.
    """

    def __init__(self, routes: Iterable[tuple[str, T]]) -> None:
        """``routes``: what is found, by route key."""
        self._root: _Node[T] = _Node()
        self._default: T | None = None
        self._is_walked = False  # where all is the default's, no path matters
        for key, filed in routes:
            if key == DEFAULT_ROUTE:
                self._default = filed
            else:
                method, _, path = key.partition(" ")
                self._add(method, path, filed)
                self._is_walked = True
        self._paths = dict(_literal_paths(self._root, ""))

    def find(self, method: str, path: str) -> Found[T] | None:
        """``path`` is decoded, and begins with a slash."""
        leaf = self._paths.get(path)
        if leaf is not None:
            found = leaf.find(method)
            if found is not None:
                return found[0], _NOTHING
        walked = self._walk(method, path.removeprefix("/").split("/")) if self._is_walked else None
        if walked is not None:
            return walked.filed, dict(zip(walked.names, walked.values, strict=True))
        return None if self._default is None else (self._default, _NOTHING)

    def _walk(self, method: str, segments: list[str]) -> _Candidate[T] | None:
        greedy: list[_Candidate[T]] = []
        found = _full_match(self._root, method, segments, (), greedy)
        if found is None and greedy:
            found = max(greedy, key=lambda candidate: candidate.depth)  # of several the first: literal ones come before
        return found

    def _add(self, method: str, path: str, filed: T) -> None:
        node = self._root
        names: list[str] = []
        for segment in path.removeprefix("/").split("/"):
            if segment.startswith("{") and segment.endswith("+}"):
                node.greedy.methods[method] = filed, (*names, segment[1:-2])
                return
            if segment.startswith("{") and segment.endswith("}"):
                names.append(segment[1:-1])
                node.variable = node.variable or _Node()
                node = node.variable
            else:
                node = node.literals.setdefault(segment, _Node())
        node.here.methods[method] = filed, tuple(names)


def _full_match(
    node: _Node[T],
    method: str,
    segments: Sequence[str],
    values: tuple[str, ...],
    greedy: "list[_Candidate[T]]",
    depth: int = 0,
) -> "_Candidate[T] | None":
    """The best match of the whole path below a node. Matches with a greedy variable are gathered on the way."""
    if depth == len(segments):
        found = node.here.find(method)
        return _Candidate(depth, *found, values) if found is not None else None
    if node.greedy.methods:
        rest = "/".join(segments[depth:])
        caught = node.greedy.find(method) if rest else None
        if caught is not None:
            greedy.append(_Candidate(depth, *caught, (*values, rest)))
    segment = segments[depth]
    literal = node.literals.get(segment)
    if literal is not None:
        full = _full_match(literal, method, segments, values, greedy, depth + 1)
        if full is not None:
            return full
    if node.variable is not None and segment:
        return _full_match(node.variable, method, segments, (*values, segment), greedy, depth + 1)
    return None


def _literal_paths(node: _Node[T], path: str) -> Iterator[tuple[str, _Leaf[T]]]:
    """The paths without variables, which need no walk."""
    if node.here.methods and path:
        yield path, node.here
    for segment, below in node.literals.items():
        yield from _literal_paths(below, f"{path}/{segment}")


def decoded(path: str) -> str:
    """A path as AWS matches it, and tells it to functions."""
    return unquote(path) if "%" in path else path


def split_stage(path: str) -> tuple[str, str]:
    """The first segment, which may be a stage's name, and the path below it."""
    first, slash, rest = path.removeprefix("/").partition("/")
    return first, slash + rest or "/"


def below_key(path: str, key: str) -> str | None:
    """What of a path stands below a mapping's key ("" or "orders/v1"); None where it does not begin with it."""
    if not key:
        return path
    prefix = f"/{key}"
    if path == prefix:
        return "/"
    return path[len(prefix) :] if path.startswith(f"{prefix}/") else None
