"""What keeps an expression from hanging or filling the process: AWS' bounds of depth and memory, and one of work.

Work is counted and not timed, so that an expression fails or not whatever the machine is doing.
"""

import threading
from dataclasses import dataclass
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Limits:
    depth_max: int = DEPTH_MAX
    evaluations_max: int = EVALUATIONS_MAX


LIMITS = Limits()

_threads = threading.local()


def work_done() -> int:
    """Evaluations of all expressions on this thread so far: for those who have others waiting for them."""
    done: int = getattr(_threads, "work_done", 0)
    return done


class Guard:
    """Of one evaluation."""

    __slots__ = ("_sizes", "depth", "evaluations_left", "limits")

    def __init__(self, limits: Limits) -> None:
        self.limits, self.depth, self.evaluations_left = limits, 0, limits.evaluations_max
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
        """Raises EvaluationError."""
        self.evaluations_left -= evaluations
        _threads.work_done = work_done() + evaluations
        if self.evaluations_left < 0:
            raise EvaluationError("U1001", "Expression evaluation timeout: Check for infinite loop")

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
