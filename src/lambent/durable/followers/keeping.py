"""Keeps a follower for each row that is to be followed: takes changes up after their commits, and all rows after a start."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from lambent.durable.followers.queue_follower import QueueFollower
from lambent.durable.followers.stream_follower import StreamFollower
from lambent.durable.followers.subject import Neighbours, Subject
from lambent.durable.signals import Listener
from lambent.store.database import Transaction


class Follower(Protocol):
    """Follows one subject's source. Built with the subject, the neighbours and a TaskGroup."""

    @property
    def problem(self) -> str:
        """Why nothing is handled now; empty where all is well."""
        ...

    def follow(self, subject: Subject) -> None:
        """Begins, or goes on with changed settings."""
        ...

    def end(self) -> None:
        """Starts nothing any more."""
        ...

    async def leave(self) -> None:
        """Ends, and returns once nothing more is taken from the source. What was taken is still handled."""
        ...

    def wake(self) -> None:
        """The consumer may have changed: look again."""
        ...


FOLLOWERS: dict[str, Callable[[Subject, Neighbours, asyncio.TaskGroup], Follower]] = {
    "sqs": QueueFollower,
    "kinesis": StreamFollower,
    "dynamodb": StreamFollower,
}
"""By the services that sources' ARNs name."""

Key = tuple[str, str, str]
"""Account, region and id of a row."""


class Row(Protocol):
    """What has a source followed. ``is_settling``: the last change of it was not taken up yet."""

    @property
    def key(self) -> Key: ...
    @property
    def is_enabled(self) -> bool: ...
    @property
    def is_settling(self) -> bool: ...
    @property
    def is_ending(self) -> bool:
        """Whether it goes as soon as nobody follows it."""
        ...


R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Book(Generic[R]):
    """Where the rows stand, of all accounts. ``topic`` is signalled when one of them is to be taken up.

    ``settle`` marks changes taken up, and returns the rows as they stand then; what was reset meanwhile is left out.
    """

    topic: str
    enabled: Callable[[Transaction], list[R]]
    to_take_up: Callable[[Transaction], list[R]]
    settle: Callable[[Transaction, Sequence[R]], list[R]]
    subject: Callable[[R], Subject]


@dataclass(slots=True)
class _Kept(Generic[R]):
    row: R
    follower: Follower
    is_following: bool = False


class Keeping(Generic[R]):
    """One worker for the rows of all accounts."""

    def __init__(self, book: Book[R], near: Neighbours) -> None:
        self._book = book
        self._near = near
        self._store = near.store
        self._kept: dict[Key, _Kept[R]] = {}

    async def run(self) -> None:
        self._kept.clear()
        with self._near.signals.listen(self._book.topic) as listener:
            async with asyncio.TaskGroup() as tasks:
                try:
                    await self._keep_up(listener, tasks)
                finally:
                    # Before the tasks are cancelled: a cancelled worker leaves room, of which others would be told.
                    for kept in self._kept.values():
                        kept.follower.end()

    async def _keep_up(self, listener: Listener, tasks: asyncio.TaskGroup) -> None:
        for row in await self._store.read(self._book.enabled):
            if not row.is_settling:
                self._follow(row, tasks)
        while True:
            rows = await self._store.read(self._book.to_take_up)
            if rows:
                await self._take_up(rows, tasks)
            else:
                await listener.wait()

    def problem(self, row: R) -> str:
        """Why nothing is handled now, in words for LastProcessingResult."""
        kept = self._kept.get(row.key)
        return kept.follower.problem if kept is not None and kept.is_following else ""

    def followed(self) -> Iterator[tuple[R, Follower]]:
        """All that have a follower."""
        return ((kept.row, kept.follower) for kept in self._kept.values())

    async def forget(self, account: str | None) -> None:
        """Stops following what an account (None: all) had, after a reset."""
        keys = [key for key in self._kept if account in (None, key[0])]
        for kept in [self._kept.pop(key) for key in keys]:
            await kept.follower.leave()

    async def _take_up(self, rows: list[R], tasks: asyncio.TaskGroup) -> None:
        for row in rows:
            kept = self._kept.get(row.key)
            if kept is not None and not row.is_enabled:
                kept.is_following = False
                await kept.follower.leave()
                if row.is_ending:
                    self._kept.pop(row.key, None)  # a reset may have been quicker
        # Told as settled first: what was deleted by a reset meanwhile is not among them, and is not followed.
        for row in await self._store.write(self._book.settle, rows):
            if row.is_enabled:
                self._follow(row, tasks)

    def _follow(self, row: R, tasks: asyncio.TaskGroup) -> None:
        subject, kept = self._book.subject(row), self._kept.get(row.key)
        if kept is None:
            kept = self._kept[row.key] = _Kept(row, FOLLOWERS[subject.source.service](subject, self._near, tasks))
        kept.row, kept.is_following = row, True
        kept.follower.follow(subject)
