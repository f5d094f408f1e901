"""Work in flight: what a virtual clock waits for before it goes on, and who meanwhile waits for the clock.

Whoever waits for the clock inside a request cannot be waited for: a function that long-polls a queue would hold the clock that
alone can end its poll. So the work for whose sake somebody waits is not counted while he waits (``resting``).
"""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar, Token
from typing import Any

_work: "ContextVar[Work | None]" = ContextVar("lambent_work", default=None)


class Busy:
    """Counts work in flight that the event loop cannot see: a transaction on the writer's thread, a function that runs.

    Only work that ends by itself, without the clock being turned, may be counted: a virtual clock stands still until it has
    ended. Used on the event loop only.
    """

    def __init__(self) -> None:
        self._begun = 0
        self._ended = 0
        self.runs: dict[str, Work] = {}  # functions that run, by the access key id that their code signs with
        self._idle_waiters: list[asyncio.Future[None]] = []

    @property
    def count(self) -> int:
        """How much is in flight."""
        return self._begun - self._ended

    @property
    def changes(self) -> int:
        """Grows with all that begins or ends: unchanged means that nothing happened."""
        return self._begun + self._ended

    def began(self) -> None:
        self._begun += 1

    def ended(self, count: int = 1) -> None:
        self._ended += count
        assert self._ended <= self._begun, "more work ended than began"
        if self._idle_waiters and self._ended == self._begun:
            waiters, self._idle_waiters = self._idle_waiters, []
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Counts the block as work in flight."""
        self.began()
        try:
            yield
        finally:
            self.ended()

    async def idle(self) -> None:
        """Returns when nothing is in flight."""
        while self.count:
            waiter = asyncio.get_running_loop().create_future()
            self._idle_waiters.append(waiter)
            await waiter


class Work:
    """One piece of work, as a block: whose time it lives by, for whose sake it is done, and where it is counted.

    Tasks that are started inside inherit it. ``is_request``: a client waits for it at the other end of a connection.
    ``shift_s``: how far ahead of the machine's time the code runs that this work runs.
    """

    __slots__ = ("_busy", "_is_over", "_resting", "_task", "_token", "account", "is_request", "parent", "shift_s")

    def __init__(self, account: str, *, busy: Busy | None = None, is_request: bool = False) -> None:
        self.account = account
        self.is_request = is_request
        self.parent = _work.get()
        self.shift_s = 0.0
        self._busy = busy
        self._resting = 0
        self._is_over = False

    def __enter__(self) -> "Work":
        self._task = _current_task()
        self._token: Token[Work | None] = _work.set(self)
        if self._busy is not None:
            self._busy.began()
        return self

    def __exit__(self, *_: object) -> None:
        _work.reset(self._token)
        if self._resting:
            self._count_again()  # whoever still rests was left behind
        self._is_over = True
        if self._busy is not None:
            self._busy.ended()

    @property
    def is_awaited(self) -> bool:
        """Whether a client waits for this work, or for work for whose sake it is done."""
        work: Work | None = self
        while work is not None and not work._is_over:
            if work.is_request:
                return True
            work = work.parent
        return False

    def rest(self) -> None:
        self._resting += 1
        if self._resting == 1 and not self._is_over:
            if self._busy is not None:
                self._busy.ended()
            if self.parent is not None:
                self.parent.rest()

    def resume(self) -> None:
        self._resting -= 1
        if self._resting == 0 and not self._is_over:
            self._count_again()

    def _count_again(self) -> None:
        if self._busy is not None:
            self._busy.began()
        if self.parent is not None:
            self.parent.resume()


def acting_for(account: str) -> AbstractContextManager[object]:
    """A block in which ``clock.now()`` is this account's time; costs little where that is so already."""
    work = _work.get()
    return _AS_IT_IS if work is not None and work.account == account else Work(account)


_AS_IT_IS = nullcontext()


class resting:  # noqa: N801 - a block, read as a sentence: with resting()
    """A block that waits for the clock: neither the work it belongs to nor what waits for that work counts as in flight.

    A task that was started inside the work does not wait in its stead: it rests only where it says so (``is_in_its_stead``).
    """

    __slots__ = ("_work",)

    def __init__(self, *, is_in_its_stead: bool = False) -> None:
        self._work = waiting_work(is_in_its_stead=is_in_its_stead)

    def __enter__(self) -> None:
        if self._work is not None:
            self._work.rest()

    def __exit__(self, *_: object) -> None:
        if self._work is not None:
            self._work.resume()


def waiting_work(*, is_in_its_stead: bool = False) -> Work | None:
    """The work that waits when the current task does."""
    work = _work.get()
    if work is None or (not is_in_its_stead and work._task is not _current_task()):
        return None
    return work


def _current_task() -> "asyncio.Task[Any] | None":
    try:
        return asyncio.current_task()
    except RuntimeError:  # outside of any loop
        return None


def current_work() -> Work | None:
    return _work.get()


def acting_account() -> str:
    """The account for which the current task acts; empty for the platform's own loops."""
    work = _work.get()
    return "" if work is None else work.account
