"""Functions that a debugger attaches to: one environment at a time at each port, there before any event comes.

It waits for its debugger before it imports the function's code, so that breakpoints stand first. What was saved meanwhile has
it begin anew; what runs an event, or stands still in one, is let be.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator

from msgspec import Struct

from lambent.core.log import Log
from lambent.core.ports import BadArchive, EnvironmentSpec, RuntimeUnavailable
from lambent.environments.plans import Plan
from lambent.environments.zygotes import ZygoteFailed

LOOK_S = 0.2  # how soon after a save the debugger can attach anew

log = Log("debugged")


class _Asking(Struct, frozen=True, eq=False):
    """One of those that ask for a function to be followed as soon as it is known that it can be."""

    spec: EnvironmentSpec


class Debugged:
    """``plan`` gives the plan as the folder is now, and ends what waits with an older one; ``begin`` initialises an
    environment of it and returns when that is done, or was ended."""

    def __init__(self, plan: Callable[[EnvironmentSpec], Awaitable[Plan]], begin: Callable[[Plan], Awaitable[None]]) -> None:
        self._plan = plan
        self._begin = begin
        self._turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._asking: set[_Asking] = set()
        self._followed: dict[str, tuple[EnvironmentSpec, asyncio.Task[None]]] = {}

    def turn(self, port: int) -> asyncio.Lock:
        """Held by whoever has, or starts, the environment of a port."""
        return self._turns[port]

    @contextlib.contextmanager
    def following(self, spec: EnvironmentSpec) -> Iterator[None]:
        """Around what has to go well first: from its end on an environment waits for a debugger, if the function has one.

        Not where the function is forgotten meanwhile: nobody would forget it again.
        """
        asking = _Asking(spec)
        if spec.debug_port:
            self._asking.add(asking)
        try:
            yield
            if asking in self._asking and spec.key not in self._followed:
                self._followed[spec.key] = (spec, asyncio.create_task(self._follow(spec)))
        finally:
            self._asking.discard(asking)

    def specs(self) -> list[EnvironmentSpec]:
        """What is followed, also while it has no plan, and what is about to be."""
        return [*(spec for spec, _ in self._followed.values()), *(asking.spec for asking in self._asking)]

    def forget(self, key: str) -> None:
        self._asking = {asking for asking in self._asking if asking.spec.key != key}
        _, task = self._followed.pop(key, (None, None))
        if task is not None:
            task.cancel()

    async def close(self) -> None:
        tasks = [task for _, task in self._followed.values()]
        for spec in self.specs():
            self.forget(spec.key)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(self, spec: EnvironmentSpec) -> None:
        beginning: asyncio.Task[None] | None = None
        try:
            while True:
                plan = await self._current(spec)
                is_there = plan is None or plan.idle or plan.busy or plan.provision_failure
                if not is_there and (beginning is None or beginning.done()) and not self.turn(spec.debug_port).locked():
                    assert plan is not None
                    beginning = asyncio.create_task(self._begin_in_turn(spec.debug_port, plan))
                await asyncio.sleep(LOOK_S)
        finally:
            if beginning is not None:
                beginning.cancel()

    async def _current(self, spec: EnvironmentSpec) -> Plan | None:
        try:
            return await self._plan(spec)
        except (RuntimeUnavailable, BadArchive, ZygoteFailed):
            return None  # who invokes the function is told

    async def _begin_in_turn(self, port: int, plan: Plan) -> None:
        async with self.turn(port):
            if not (plan.is_retired or plan.idle or plan.busy):  # an event may have been faster
                await self._begin(plan)
