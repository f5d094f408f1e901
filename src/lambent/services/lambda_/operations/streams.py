"""Answers that are taken piece by piece, while the function runs to its end whoever reads."""

import asyncio
import weakref
from collections import deque

from lambent.services.lambda_.operations.runner import Ran, Runner
from lambent.services.lambda_.operations.targets import Resolved

READ_AHEAD_BYTES_MAX = 65_536  # that wait for the reader; then the function does


class Pieces:
    """``core.ports.ResponseStream``: between the function that writes and whoever reads."""

    def __init__(self) -> None:
        self.content_type: str | None = None
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._has_ended = False
        self._is_left = False
        self._news = asyncio.Event()
        self._room = asyncio.Event()

    def begin(self, content_type: str) -> None:
        self.content_type = content_type
        self._news.set()

    async def write(self, data: bytes) -> None:
        if self._is_left:
            return
        self._waiting.append(data)
        self._bytes += len(data)
        self._news.set()
        while self._bytes > READ_AHEAD_BYTES_MAX:
            self._room.clear()
            await self._room.wait()

    async def next(self) -> bytes | None:
        """The next piece; None at the end."""
        while not self._waiting:
            if self._has_ended:
                return None
            await self._hear()
        data = self._waiting.popleft()
        self._bytes -= len(data)
        self._room.set()
        return data

    async def begun(self) -> None:
        """Returns when the function has begun to write, or has ended without."""
        while self.content_type is None and not self._has_ended:
            await self._hear()

    def end(self) -> None:
        self._has_ended = True
        self._news.set()

    def leave(self) -> None:
        """Nobody reads any more: what the function writes from now on is let go."""
        self._is_left = True
        self._waiting.clear()
        self._bytes = 0
        self._room.set()

    async def _hear(self) -> None:
        self._news.clear()
        await self._news.wait()


class Reader:
    """The reading end: the pieces as they come, then ``ran``. Who drops it has left, whether it ever read or not."""

    def __init__(self, pieces: Pieces, task: "asyncio.Task[Ran]", version: str) -> None:
        self.version = version  # that runs
        self._pieces = pieces
        self._task = task
        self.leave = weakref.finalize(self, pieces.leave)

    @property
    def content_type(self) -> str | None:
        """Of the stream; None where the function does not stream."""
        return self._pieces.content_type

    async def begun(self) -> None:
        """Returns when the first piece may be read, or the function has ended. Raises what kept it from running."""
        await self._pieces.begun()
        if self._task.done():
            self._task.result()

    def __aiter__(self) -> "Reader":
        return self

    async def __anext__(self) -> bytes:
        piece = await self._pieces.next()
        if piece is None:
            raise StopAsyncIteration
        return piece

    async def ran(self) -> Ran:
        """What came of the invocation, once all has been read."""
        return await self._task


class Streams:
    """Starts invocations that outlive their callers."""

    def __init__(self, *, runner: Runner) -> None:
        self._runner = runner
        self._tasks: set[asyncio.Task[Ran]] = set()

    async def start(
        self,
        target: Resolved,
        payload: bytes,
        *,
        request_id: str,
        trace_id: str = "",
        client_context: str = "",
        wants_log_tail: bool = False,
    ) -> Reader:
        """Returns when the function has begun to answer. Raises as ``Runner.run`` does."""
        pieces = Pieces()
        spec = self._runner.choose(target)
        running = self._runner.run(
            target,
            payload,
            request_id=request_id,
            trace_id=trace_id,
            client_context=client_context,
            wants_log_tail=wants_log_tail,
            spec=spec,
            stream=pieces,
        )
        task = asyncio.get_running_loop().create_task(running)
        self._tasks.add(task)

        def end(ended: "asyncio.Task[Ran]") -> None:
            self._tasks.discard(ended)
            if not ended.cancelled():
                ended.exception()  # whoever reads is told; where nobody does, nobody has to know
            pieces.end()

        task.add_done_callback(end)
        reader = Reader(pieces, task, spec.version)
        await reader.begun()
        return reader
