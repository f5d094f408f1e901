"""Writes transitions without keeping the writer: what takes long is found out there, done elsewhere, and known at the next try.

An expression that uses up the allowance of a transaction ends it, undone. It is evaluated on a thread with the data that it
was given, and the transaction is run again: there the outcome is known as long as the data is the same. So nothing needs a
lock or a version, and what has changed meanwhile is just evaluated again. Definitions long to compile go the same way.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from lambent.core.clock import Clock
from lambent.lang import jsonata
from lambent.services.stepfunctions.engine.revisions import NotCompiled
from lambent.services.stepfunctions.engine.transitions import WORK_MAX, TooLong
from lambent.services.stepfunctions.operations.apart import apart
from lambent.store.database import Database, Transaction

P = ParamSpec("P")
T = TypeVar("T")


class Settling:
    """``write`` is the store's, for functions that may run transitions."""

    def __init__(self, *, store: Database, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._turn = asyncio.Semaphore(1)  # several that compute would take the interpreter from all others

    async def write(self, function: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        allowance = jsonata.Allowance(WORK_MAX)
        while True:
            try:
                return await self.write_once(allowance, function, *args, **kwargs)
            except TooLong as error:
                await self.learn(error, allowance)

    async def write_once(
        self,
        allowance: jsonata.Allowance,
        function: Callable[Concatenate[Transaction, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Raises Overworked and NotCompiled for what takes too long."""
        found: T = await self._store.write(_allowed, allowance, function, args, kwargs)
        return found

    async def learn(self, error: jsonata.Overworked | NotCompiled, allowance: jsonata.Allowance) -> None:
        async with self._turn:
            await apart(self._clock, error.learn, allowance)


def _allowed(
    tx: Transaction, allowance: jsonata.Allowance, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    with jsonata.allowing(allowance):
        return function(tx, *args, **kwargs)
