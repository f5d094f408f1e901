"""Counts what runs: an account's concurrency in a region, and the part that functions reserve of it.

Kept in memory: after a restart nothing runs. https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

from collections.abc import Callable

from lambent.core.context import Scope
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine.identifiers import FunctionName

ACCOUNT_EXCEEDED = "ConcurrentInvocationLimitExceeded"
RESERVED_EXCEEDED = "ReservedFunctionConcurrentInvocationLimitExceeded"


class Ledger:
    """Who enters must leave, with the same words."""

    def __init__(self) -> None:
        self._running: dict[object, int] = {}  # by what is counted together, as are claims
        self._claimed: dict[object, int] = {}
        self._waiting: dict[object, dict[Callable[[], None], None]] = {}  # in the order they came

    def enter(self, function: FunctionName, *, reserved: int | None, unreserved: int) -> None:
        """Counts one more, or raises TooManyRequests. ``reserved`` is the function's own limit, ``unreserved`` the others'."""
        key = _key(function, reserved)
        running = self._running.get(key, 0)
        if running >= (unreserved if reserved is None else reserved):
            raise errors.TooManyRequests(ACCOUNT_EXCEEDED if reserved is None else RESERVED_EXCEEDED)
        self._running[key] = running + 1

    def leave(self, function: FunctionName, *, reserved: int | None) -> None:
        key = _key(function, reserved)
        _count_down(self._running, key)
        if self._waiting:
            self._tell(key)

    def claim(self, function: FunctionName, tell: Callable[[], None], *, reserved: int | None, unreserved: int) -> bool:
        """Keeps room for who is about to fetch what it would run, so that no two fetch for the same room. Who claims unclaims.

        False where there is none; then ``tell`` is called, once, when there may be some. Nobody is kept from entering: a claim
        takes room from other claims only.
        """
        key = _key(function, reserved)
        claimed = self._claimed.get(key, 0)
        if self.room(function, reserved=reserved, unreserved=unreserved) <= claimed:
            self._waiting.setdefault(key, {})[tell] = None
            return False
        self._claimed[key] = claimed + 1
        return True

    def unclaim(self, function: FunctionName, *, reserved: int | None) -> None:
        key = _key(function, reserved)
        _count_down(self._claimed, key)
        if self._waiting:
            self._tell(key)

    def _tell(self, key: object) -> None:
        for tell in self._waiting.pop(key, ()):
            tell()

    def room(self, function: FunctionName, *, reserved: int | None, unreserved: int) -> int:
        """How many more may enter now; below 0 where a limit was lowered meanwhile."""
        return (unreserved if reserved is None else reserved) - self._running.get(_key(function, reserved), 0)

    def running(self, scope: Scope) -> int:
        """How many invocations of functions without reserved concurrency run."""
        return self._running.get(scope, 0)


def _key(function: FunctionName, reserved: int | None) -> object:
    """What is counted together: the account's unreserved concurrency, or one function's."""
    return function.scope if reserved is None else (function.scope, function.name)


def _count_down(counts: dict[object, int], key: object) -> None:
    count = counts.get(key, 0)
    assert count > 0, "more left than entered"
    if count > 1:
        counts[key] = count - 1
    else:
        del counts[key]
