"""The blocking calls for coroutines."""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

from lambent.sdk import futures

if TYPE_CHECKING:
    from lambent.sdk.functions import Function

P = ParamSpec("P")
R = TypeVar("R")

_END = object()


class Asynchronous(Generic[P, R]):
    """``f.aio``: what ``f`` does, without blocking the event loop."""

    def __init__(self, function: "Function[P, R]") -> None:
        self._function = function

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        await self._prepared()
        return await self._function.submit(*args, **kwargs)

    async def send(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """An asynchronous event; its request id."""
        await self._prepared()
        return await self._function.submit_event(*args, **kwargs)

    async def stream(self, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[Any]:
        """The pieces of a generator function as they come."""
        pieces = await futures.run_in_thread(lambda: self._function.stream(*args, **kwargs))
        try:
            while (piece := await futures.run_in_thread(lambda: next(pieces, _END))) is not _END:
                yield piece
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                await asyncio.shield(futures.run_in_thread(close))

    async def _prepared(self) -> None:
        """Where the first call goes, and with which credentials, is read from files and asked for over networks."""
        if not self._function.is_prepared:
            await futures.run_in_thread(self._function.prepare)
