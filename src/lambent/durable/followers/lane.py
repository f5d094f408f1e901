"""Has a shard's records handled, one batch at a time: gathers, retries, splits, gives up.

What is to be done next is asked anew whenever something has changed: a record came, the clock moved, the consumer did.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from msgspec.structs import replace

from lambent.core import ids
from lambent.core.clock import NEVER, Instant
from lambent.core.errors import ServiceError
from lambent.core.log import Log
from lambent.durable.followers import consumer, pieces, stream_records, windows
from lambent.durable.followers.consumer import Batch, Failure, Handled, Handler, Post
from lambent.durable.followers.followed import Followed
from lambent.durable.followers.pieces import Piece
from lambent.durable.followers.settings import EVENT_BYTES_MAX
from lambent.durable.followers.stream_records import Entry
from lambent.durable.followers.windows import Window

BATCHING, TUMBLING = "batching", "tumbling"
"""The windows for which a lane waits."""
WINDOW_MEMBERS_BYTES = 1_000
"""What an event says of its window, besides the state."""
RETENTION_S_MIN = 86_400.0
"""No stream forgets a record before."""

log = Log("followers")


class Shard(Protocol):
    """What a lane asks its shard, and tells it."""

    id: str
    followed: Followed
    is_stopping: bool
    is_read: bool
    window: Window | None

    def has_read(self, sequence: str) -> bool: ...

    async def is_behind(self) -> bool: ...

    async def handled(self, done: Sequence[Entry], *, result: str, posts: Sequence[Post] = ()) -> None: ...


class Lane:
    """``pieces`` is what is being tried, first to last; behind it wait ``waiting`` records."""

    def __init__(self, shard: Shard, restored: tuple[Piece, ...]) -> None:
        self.pieces = restored
        self._shard = shard
        self._followed = shard.followed
        self._settings = shard.followed.settings
        self._clock = shard.followed.clock
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        self._listener = shard.followed.listener()
        self._task: asyncio.Task[None] | None = None
        self._troubles = 0  # in a row, of what did not reach the consumer

    @property
    def waiting(self) -> int:
        return len(self._entries)

    @property
    def waiting_bytes(self) -> int:
        return self._bytes

    def add(self, entry: Entry) -> None:
        self._entries.append(entry)
        self._bytes += len(entry.text)

    def wake(self) -> None:
        """There may be something to do."""
        if self._task is not None and not self._task.done():
            self._listener.notify()
        elif not self._shard.is_stopping and (self._entries or self.pieces or self._shard.window is not None):
            self._task = self._followed.spawn(self._work())

    async def finished(self) -> None:
        """Returns when nothing is under way any more."""
        while self._task is not None and not self._task.done():
            await asyncio.wait([self._task])

    # ---- what is to be done ------------------------------------------------------------------------------------------

    async def _work(self) -> None:
        while not self._shard.is_stopping:
            try:
                if not await self._step():
                    return
            except Exception as error:  # noqa: BLE001 - one mapping's trouble must not stop the others
                await self._bear(error)

    async def _step(self) -> bool:
        """Does what is due, or waits for it. False where there is nothing."""
        now = self._clock.now()
        due_at, kind = self._due_at(now)
        if due_at > now:
            if due_at == NEVER and not (self._entries or self.pieces):
                return False
            await self._listener.wait(due_at, kind=kind, key=self._followed.subject.arn)
        elif self._is_window_over(now):
            if self._ends_by_clock() and await self._shard.is_behind():
                await self._listener.wait()  # a record of this window may be on its way
            else:
                await self._end_window()
        else:
            await self._try_next(now)
        return True

    def _due_at(self, now: Instant) -> tuple[Instant, str]:
        """When to look at what is next; now, where something is to be done at once."""
        kind = self._followed.subject.alarm_kind
        if self._is_window_over(now):
            assert self._shard.window is not None
            return self._shard.window.final.due_at, kind
        if self.pieces:
            if not self._shard.has_read(self.pieces[0].last):
                return NEVER, kind
            return min(self.pieces[0].due_at, self._expires_at()), kind
        window = self._shard.window
        ends_at = window.end if window is not None else NEVER
        if not self._entries:
            return ends_at, self._followed.subject.window_kind(TUMBLING)
        if self._settings.window_s == 0 or self._shard.is_read or self._is_full():
            return now, kind
        return min(self._entries[0].read_at + self._settings.window_s, ends_at), self._followed.subject.window_kind(BATCHING)

    def _is_full(self) -> bool:
        """Whether waiting longer would not make the next batch larger."""
        if self._bytes >= EVENT_BYTES_MAX or len(self._entries) >= self._settings.batch_size:
            return True
        tumbling_s = self._settings.tumbling_s
        return tumbling_s > 0 and not self._window_of(self._entries[0]).holds(self._entries[-1].arrived_at)

    def _expires_at(self) -> Instant:
        return (
            self._entries[0].arrived_at + self._settings.age_s_max if self._entries and self._settings.age_s_max > 0 else NEVER
        )

    # ---- batches -----------------------------------------------------------------------------------------------------

    async def _try_next(self, now: Instant) -> None:
        if self._settings.tumbling_s and self._shard.window is None and self._entries:
            self._shard.window = self._window_of(self._entries[0])
        batch = self._batch(self.pieces[0]) if self.pieces else self._cut()
        if not batch:  # it was trimmed away meanwhile
            self.pieces = self.pieces[1:]
            return
        if not self.pieces:
            self.pieces = (Piece(batch[-1].sequence),)
        too_old = pieces.expired([entry.arrived_at for entry in batch], self._settings.age_s_max, now)
        if not too_old and self.pieces[0].invokes and now - batch[0].arrived_at >= RETENTION_S_MIN:
            too_old = await self._trimmed(batch)
        if too_old:
            await self._discard_old(batch, too_old, now)
            return
        handler = await self._handler(self._expires_at())
        if handler is not None:
            await self._attempt(batch, handler)

    def _cut(self) -> list[Entry]:
        window = self._shard.window
        return stream_records.cut(
            self._entries,
            count_max=self._settings.batch_size,
            bytes_max=EVENT_BYTES_MAX - (len(window.state) + WINDOW_MEMBERS_BYTES if window is not None else 0),
            until=window.end if window is not None else NEVER,
        )

    def _batch(self, piece: Piece) -> list[Entry]:
        last, batch = int(piece.last), list[Entry]()
        for entry in self._entries:
            if int(entry.sequence) > last:
                break
            batch.append(entry)
        return batch

    async def _trimmed(self, batch: Sequence[Entry]) -> int:
        """How many of the records that are retried their stream has no more."""
        oldest = await self._followed.source.oldest(self._shard.id)
        if oldest is None:
            return len(batch)
        first = int(self._followed.dialect.sequence(oldest))
        return sum(int(entry.sequence) < first for entry in batch)

    async def _handler(self, until: Instant) -> Handler | None:
        """Who has room for one more; None after a wait, by ``until``, for meanwhile something else may be due."""
        handler = await self._followed.subject.consumer.find()
        await handler.ready()
        if handler.claim(self._listener.notify):
            handler.unclaim()
            return handler
        # A throttle: nothing has failed, and no retry is used up.
        await self._listener.wait(until, kind=self._followed.subject.alarm_kind, key=self._followed.subject.arn)
        return None

    async def _attempt(self, batch: Sequence[Entry], handler: Handler) -> None:
        handled = await self._handle(handler, batch, self._window_members(is_final=False))
        failed_at = min(handled.failed, default=None)
        self._followed.count("InvokedEventCount", len(batch))
        if handled.state is not None and failed_at != 0 and self._shard.window is not None:
            self._shard.window = self._shard.window.after(handled.state)
        if failed_at is None:
            await self._settle(batch, self.pieces[1:], consumer.OK)
            return
        self._followed.count("FailedInvokeEventCount", len(batch) - failed_at)
        piece, now = self.pieces[0], self._clock.now()
        step = pieces.after_failure(piece, [entry.sequence for entry in batch], failed_at, self._settings, now)
        posts: Sequence[Post] = ()
        if step.given_up:
            why, invokes = pieces.RETRY_EXHAUSTED, piece.invokes + 1
            failure = Failure(why, invokes, handled.request_id, now, handled.version, handled.error)
            posts = await self._posts(batch[step.handled :], failure, handler)
        done = batch[: step.handled + step.given_up]
        await self._settle(done, step.pieces + self.pieces[1:], consumer.FAILED, posts)

    async def _handle(self, handler: Handler, batch: Sequence[Entry], members: bytes) -> Handled:
        """Raises what kept the batch from being tried."""
        handled = await handler.handle(Batch([entry.text for entry in batch], [entry.sequence for entry in batch], members))
        self._troubles, self._followed.health.problem = 0, ""
        return handled

    async def _discard_old(self, batch: Sequence[Entry], count: int, now: Instant) -> None:
        """Gives up what has become too old; the rest of the batch is tried."""
        piece = self.pieces[0]
        failure = Failure(pieces.AGE_EXCEEDED, piece.invokes, ids.uuid4(), now)
        posts = await self._posts(batch[:count], failure, None)
        left = self.pieces if count < len(batch) else self.pieces[1:]
        await self._settle(batch[:count], left, consumer.FAILED if piece.invokes else self._followed.health.last_result, posts)

    async def _settle(self, done: Sequence[Entry], left: tuple[Piece, ...], result: str, posts: Sequence[Post] = ()) -> None:
        for entry in done:
            first = self._entries.popleft()
            assert first is entry, "records are handled in order"
            self._bytes -= len(entry.text)
        self.pieces = left
        await self._shard.handled(done, result=result, posts=posts)

    async def _posts(self, entries: Sequence[Entry], failure: Failure, handler: Handler | None) -> Sequence[Post]:
        """What is told of records that are given up."""
        self._followed.count("DroppedEventCount", len(entries))
        return await self._followed.subject.consumer.posts_of(self._shard.id, entries, failure, handler)

    # ---- tumbling windows --------------------------------------------------------------------------------------------

    def _window_of(self, entry: Entry) -> Window:
        return windows.of(entry.arrived_at, self._settings.tumbling_s)

    def _window_members(self, *, is_final: bool) -> bytes:
        window = self._shard.window
        if window is None or not self._settings.tumbling_s:
            return b""
        return windows.members(window, shard_id=self._shard.id, source_arn=self._followed.stream_arn, is_final=is_final)

    def _is_window_over(self, now: Instant) -> bool:
        """Whether all of its records are handled, or it ends early."""
        window = self._shard.window
        if window is None:
            return False
        if window.is_terminated:
            return True
        if self.pieces:
            return False
        if self._entries:
            return not window.holds(self._entries[0].arrived_at)
        return self._shard.is_read or now >= window.end

    def _ends_by_clock(self) -> bool:
        """Whether it is the clock alone that says that the window is over."""
        window = self._shard.window
        return not (self._entries or self._shard.is_read) and window is not None and not window.is_terminated

    async def _end_window(self) -> None:
        """Invokes once more, without records and with the state, of which nothing is kept then."""
        window = self._shard.window
        assert window is not None
        if not self._settings.tumbling_s:  # the mapping has no windows any more
            await self._close_window(consumer.OK)
            return
        handler = await self._handler(NEVER)  # whatever grows too old meanwhile is of another window
        if handler is None:
            return
        handled = await self._handle(handler, (), self._window_members(is_final=True))
        if handled.error is None:
            await self._close_window(consumer.OK)
            return
        step = pieces.after_failure(window.final, (), 0, self._settings, self._clock.now())
        if step.pieces:
            self._shard.window = replace(window, final=step.pieces[0])
            await self._shard.handled((), result=consumer.FAILED)
        else:
            await self._close_window(consumer.FAILED)

    async def _close_window(self, result: str) -> None:
        """The next record opens its own, which is the same with a fresh state where this one has ended early."""
        self._shard.window = None
        await self._shard.handled((), result=result)

    # ---- trouble -----------------------------------------------------------------------------------------------------

    async def _bear(self, error: Exception) -> None:
        """Waits until trying again may help: nothing has reached the consumer, and no retry is used up."""
        self._troubles += 1
        if isinstance(error, ServiceError):
            self._followed.health.problem = f"PROBLEM: {error.message}"
        else:
            log.error("follower.failed", error=error, of=self._followed.subject.arn)
            self._followed.health.problem = consumer.PLATFORM_FAILED
        # In the background: a clock may not run on for what may never end. A change of the consumer may wake.
        until = min(self._clock.now() + pieces.delay_s(self._troubles), max(self._expires_at(), self._clock.now() + 1))
        await self._listener.wait(
            until, is_background=True, kind=self._followed.subject.alarm_kind, key=self._followed.subject.arn
        )
