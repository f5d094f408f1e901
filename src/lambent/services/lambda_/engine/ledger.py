"""Counts what runs: an account's concurrency in a region, and the part that functions reserve of it.

Kept in memory: after a restart nothing runs. https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from lambent.core.context import Scope
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine.identifiers import FunctionName

ACCOUNT_EXCEEDED = "ConcurrentInvocationLimitExceeded"
RESERVED_EXCEEDED = "ReservedFunctionConcurrentInvocationLimitExceeded"


class Ledger:
    """Who enters must leave, with the same words."""

    def __init__(self) -> None:
        self._unreserved: Counter[Scope] = Counter()
        self._reserved: Counter[tuple[Scope, str]] = Counter()
        self._claimed: Counter[object] = Counter()
        self._waiting: dict[object, dict[Callable[[], None], None]] = {}  # in the order they came

    def enter(self, function: FunctionName, *, reserved: int | None, unreserved: int) -> None:
        """Counts one more, or raises TooManyRequests. ``reserved`` is the function's own limit, ``unreserved`` the others'."""
        if reserved is None:
            if self._unreserved[function.scope] >= unreserved:
                raise errors.TooManyRequests(ACCOUNT_EXCEEDED)
            self._unreserved[function.scope] += 1
        else:
            key = (function.scope, function.name)
            if self._reserved[key] >= reserved:
                raise errors.TooManyRequests(RESERVED_EXCEEDED)
            self._reserved[key] += 1

    def leave(self, function: FunctionName, *, reserved: int | None) -> None:
        key = _key(function, reserved)
        _count_down(self._unreserved if reserved is None else self._reserved, key)
        if self._waiting:
            self._tell(key)

    def claim(self, function: FunctionName, tell: Callable[[], None], *, reserved: int | None, unreserved: int) -> bool:
        """Keeps room for who is about to fetch what it would run, so that no two fetch for the same room. Who claims unclaims.

        False where there is none; then ``tell`` is called, once, when there may be some. Nobody is kept from entering: a claim
        takes room from other claims only.
        """
        key = _key(function, reserved)
        if self.room(function, reserved=reserved, unreserved=unreserved) <= self._claimed[key]:
            self._waiting.setdefault(key, {})[tell] = None
            return False
        self._claimed[key] += 1
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
        if reserved is None:
            return unreserved - self._unreserved[function.scope]
        return reserved - self._reserved[function.scope, function.name]

    def running(self, scope: Scope) -> int:
        """How many invocations of functions without reserved concurrency run."""
        return self._unreserved[scope]


def _key(function: FunctionName, reserved: int | None) -> object:
    """What is counted together: the account's unreserved concurrency, or one function's."""
    return function.scope if reserved is None else (function.scope, function.name)


def _count_down(counter: Counter[Any], key: object) -> None:
    counter[key] -= 1
    assert counter[key] >= 0, "more left than entered"
    if not counter[key]:
        del counter[key]
