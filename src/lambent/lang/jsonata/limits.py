"""What keeps an expression from hanging or filling the process: AWS' bounds of depth and memory, and one of work.

Work is counted and not timed, so that an expression fails or not whatever the machine is doing.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from lambent.core.moments import let_others
from lambent.lang.jsonata.errors import EvaluationError

DEPTH_MAX = 100
"""Levels of evaluation in one another, as on AWS."""

EVALUATIONS_MAX = 100_000
"""Steps of one expression: a second or two. AWS lets it take five, but whoever evaluates may keep others waiting meanwhile."""

VALUE_BYTES_MAX = 6_990_256
"""Of one value, as AWS counts it: eight for a number, one for a character."""

NUMBER_BYTES = 8
BYTES_PER_EVALUATION = 100
"""How much of a value is gone through in the time of one evaluation."""

RANGE_ITEMS_MAX = 360_145
"""Of what ``$range`` gives, as on AWS."""

_SIZES_KEPT_MAX = 10_000


class Limits(Struct, frozen=True):
    depth_max: int = DEPTH_MAX
    evaluations_max: int = EVALUATIONS_MAX


LIMITS = Limits()

GIVES_WAY_AFTER = 64
"""Evaluations, about a millisecond, after which whoever evaluates apart lets other threads have the interpreter."""

_threads = threading.local()

Key = tuple[str, bytes]
Outcome = Callable[[], object]
"""What an expression came to: returns it, or raises its failure."""


@dataclass(slots=True)
class Allowance:
    """How much may be evaluated at one time, on a thread for which others wait; and what was evaluated elsewhere already.

    Of two expressions that are the same and are given the same, each has an outcome of its own: they may draw lots.
    """

    work_max: int
    known: dict[Key, list[Outcome]] = field(default_factory=dict)
    _left: dict[Key, list[Outcome]] = field(default_factory=dict)
    _work_end: int = 0

    def begin(self) -> None:
        self._left = {key: list(outcomes) for key, outcomes in self.known.items()}
        self._work_end = work_done() + self.work_max

    def is_used_up(self) -> bool:
        return work_done() > self._work_end

    @property
    def has_known(self) -> bool:
        return bool(self._left)

    def take(self, key: Key) -> Outcome | None:
        """What is known counts as work all the same, so that whoever looks at it stops soon; it uses up nothing."""
        outcomes = self._left.get(key)
        if not outcomes:
            return None
        _threads.work_done = work_done() + self.work_max
        self._work_end += self.work_max
        return outcomes.pop(0)


class Overworked(Exception):
    """The allowance is used up. ``learn`` evaluates, elsewhere, what could not be evaluated here; ``whose`` is for who asks."""

    def __init__(self, key: Key, evaluate: Callable[[], object]) -> None:
        super().__init__(key[0])
        self.key, self._evaluate = key, evaluate
        self.whose: object = None

    def learn(self, allowance: Allowance) -> None:
        _threads.gives_way = True
        try:
            outcome = _outcome(self._evaluate)
        finally:
            _threads.gives_way = False
        allowance.known.setdefault(self.key, []).append(outcome)


class Interrupted(BaseException):
    """Leaves the library, which catches exceptions of all kinds, when the allowance is used up."""


def _outcome(evaluate: Callable[[], object]) -> Outcome:
    try:
        found = evaluate()
    except Exception as error:  # noqa: BLE001 - whatever it raises is raised where it is asked for
        return _raising(error)
    return lambda: found


def _raising(error: Exception) -> Outcome:
    def outcome() -> object:
        raise error

    return outcome


@contextmanager
def allowing(allowance: Allowance) -> Iterator[None]:
    """Evaluations on this thread are bounded so until the block ends. They raise Overworked."""
    before = current()
    allowance.begin()
    _threads.allowance = allowance
    try:
        yield
    finally:
        _threads.allowance = before


def current() -> Allowance | None:
    """The allowance of this thread."""
    found: Allowance | None = getattr(_threads, "allowance", None)
    return found


def work_done() -> int:
    """Evaluations of all expressions on this thread so far: for those who have others waiting for them."""
    done: int = getattr(_threads, "work_done", 0)
    return done


class Guard:
    """Of one evaluation."""

    __slots__ = ("_allowance", "_gives_way", "_sizes", "depth", "evaluations_left", "limits")

    def __init__(self, limits: Limits) -> None:
        self.limits, self.depth, self.evaluations_left = limits, 0, limits.evaluations_max
        self._allowance, self._gives_way = current(), bool(getattr(_threads, "gives_way", False))
        # Sizes of objects and arrays by identity. Each is kept alive beside its size, so that no other takes its identity.
        self._sizes: dict[int, tuple[object, int]] = {}

    def enter(self) -> None:
        self.depth += 1
        if self.depth > self.limits.depth_max:
            raise overflow(self.depth, self.limits.depth_max)
        self.spend(1)

    def leave(self) -> None:
        self.depth -= 1

    def spend(self, evaluations: int) -> None:
        """Raises EvaluationError, Interrupted."""
        self.evaluations_left -= evaluations
        _threads.work_done = work_done() + evaluations
        if self.evaluations_left < 0:
            raise EvaluationError("U1001", "Expression evaluation timeout: Check for infinite loop")
        if self._allowance is not None and self._allowance.is_used_up():
            raise Interrupted
        if self._gives_way and self.evaluations_left % GIVES_WAY_AFTER == 0:
            let_others()

    def allow(self, size_bytes: float) -> None:
        """Asked before so large a value is made. Raises EvaluationError."""
        if size_bytes > VALUE_BYTES_MAX:
            raise EvaluationError("", "Expression evaluation memory limit exceeded")

    def size_bytes(self, value: Any) -> int:
        """With shared parts counted wherever they stand. Raises EvaluationError for a value larger than AWS allows."""
        if isinstance(value, list | dict):
            return self._measured(value)
        size = len(value) if isinstance(value, str) else NUMBER_BYTES
        self.allow(size)
        return size

    def charge(self, value: Any) -> None:
        """The work of going through a value in one step. Raises EvaluationError."""
        self.spend(self.size_bytes(value) // BYTES_PER_EVALUATION)

    def _measured(self, value: Any) -> int:
        known = self._sizes.get(id(value))
        if known is not None:
            return known[1]
        size, waiting = 0, list(_inner(value))
        while waiting:
            inner = waiting.pop()
            known = self._sizes.get(id(inner))
            if known is not None:
                size += known[1]
            elif isinstance(inner, list | dict):
                waiting.extend(_inner(inner))
                size += NUMBER_BYTES
            else:
                size += len(inner) if isinstance(inner, str) else NUMBER_BYTES
            self.allow(size)
        if len(self._sizes) >= _SIZES_KEPT_MAX:
            self._sizes.clear()
        self._sizes[id(value)] = (value, size)
        self.spend(size // BYTES_PER_EVALUATION)
        return size


def _inner(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value


def overflow(depth: int, depth_max: int) -> EvaluationError:
    advice = "Check for non-terminating recursive function. Consider rewriting as tail-recursive."
    return EvaluationError("U1001", f"Stack overflow error: {advice} Depth={depth} max={depth_max}")
