"""The Database protocol: plain functions run inside transactions, and nothing is acknowledged before it is durable.

Statements are written once, in the dialect that SQLite and PostgreSQL share, with ``?`` for parameters.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Concatenate, ParamSpec, Protocol, TypeVar, overload

Value = str | int | float | bytes | None
Row = tuple[Value, ...]

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")


class Transaction(Protocol):
    """One transaction. Only ``tables.py`` modules talk to it; engines pass it on."""

    def run(self, statement: str, parameters: Sequence[Value] = ()) -> int:
        """Executes a statement and returns how many rows it changed."""
        ...

    def run_many(self, statement: str, rows: Iterable[Sequence[Value]]) -> None: ...

    @overload
    def one(self, statement: str, parameters: Sequence[Value] = ()) -> Row | None: ...
    @overload
    def one(self, statement: str, parameters: Sequence[Value] = (), *, into: Callable[..., R]) -> R | None:
        """The first row, given column by column to ``into``, or None."""
        ...

    @overload
    def all(self, statement: str, parameters: Sequence[Value] = ()) -> list[Row]: ...
    @overload
    def all(self, statement: str, parameters: Sequence[Value] = (), *, into: Callable[..., R]) -> list[R]: ...

    def each(self, statement: str, parameters: Sequence[Value] = ()) -> Iterable[Row]:
        """The rows one by one, each read when it is asked for: who has enough stops. The next statement ends it."""
        ...

    def signal(self, topic: str) -> None:
        """Wakes who waits for ``topic`` after the commit, and never when the transaction rolls back."""
        ...


class Database(Protocol):
    """Runs functions in transactions. They never await, do no other input or output, and may be run again."""

    async def write(self, function: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs it in one transaction; returns when the change is durable. What it raises rolls it back alone."""
        ...

    def write_at_once(
        self, function: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> "asyncio.Future[T]":
        """As ``write``, for a small change on a hot path: where nothing else is being written and a commit does not wait for
        a disk, it is committed when this call returns, which spares waking the writer and being woken by it."""
        ...

    async def read(self, function: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs it on a snapshot; a statement that writes fails."""
        ...

    async def read_at_once(self, function: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As ``read``, for a small read on a hot path: it is done before this call first suspends, which spares waking a thread
        and being woken by it."""
        ...

    def on_signal(self, listener: Callable[[str], None]) -> None:
        """Calls ``listener(topic)`` on the event loop after each commit that signalled; durable.signals is the listener."""
        ...

    async def close(self) -> None: ...
