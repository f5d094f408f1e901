"""The same database without threads: everything runs on the event loop, in an order that a seed decides. For simulations."""

import asyncio
import sqlite3
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from lambent.store.connection import SqliteTransaction, connect_reader
from lambent.store.database import Transaction
from lambent.store.sqlite import SqliteDatabase
from lambent.store.writer import Job

P = ParamSpec("P")
T = TypeVar("T")


class InlineDatabase(SqliteDatabase):
    """Blocks the event loop while it works. What is written in one turn of it shares a commit, as on the thread."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reader: sqlite3.Connection | None = None

    async def read(self, function: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        await asyncio.sleep(0)  # as on a thread: others may run before the snapshot is taken
        if self._reader is None:
            self._reader = connect_reader(self.path)
        self._reader.execute("BEGIN")
        try:
            return function(SqliteTransaction(self._reader), *args, **kwargs)
        finally:
            self._reader.execute("ROLLBACK")

    async def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        await super().close()

    def _start(self) -> asyncio.AbstractEventLoop:
        self._loop = loop = asyncio.get_running_loop()
        return loop

    def _queue(self, job: Job) -> None:
        super()._queue(job)
        asyncio.get_running_loop().call_soon(self._write_waiting)

    def _write_waiting(self) -> None:
        job = self._next_job()
        if job is not None:
            self._acknowledge_queued(*self._writer.run_batch(job, self._next_job))
