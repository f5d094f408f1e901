"""Work of the processor's that may take long, off the event loop: expressions of others, large definitions and files."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from lambent.core.clock import Clock

P = ParamSpec("P")
T = TypeVar("T")


async def apart(clock: Clock, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs it on a thread; a virtual clock stands still meanwhile."""
    with clock.busy.working():
        return await asyncio.to_thread(function, *args, **kwargs)
