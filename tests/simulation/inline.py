"""The same database without threads: everything runs on the event loop, in an order that a seed decides. For simulations."""

import asyncio
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from lambent.store.connection import SqliteTransaction, connect_reader
from lambent.store.database import Transaction
from lambent.store.sqlite import SqliteDatabase
from lambent.store.writer import Job

P = ParamSpec("P")
T = TypeVar("T")


class InlineDatabase(SqliteDatabase):
    """Blocks the event loop while it works. What is written in one turn of it shares a commit, as on the thread."""

    async def write(self, function: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = self._loop or self._start()
        future: asyncio.Future[T] = loop.create_future()
        self._busy.began()
        self._jobs.put(Job(function, args, kwargs, future))
        loop.call_soon(self._write_waiting)
        return await future

    async def read(self, function: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        await asyncio.sleep(0)  # as on a thread: others may run before the snapshot is taken
        connection = connect_reader(self.path)
        connection.execute("BEGIN")
        try:
            return function(SqliteTransaction(connection), *args, **kwargs)
        finally:
            connection.close()

    def _start(self) -> asyncio.AbstractEventLoop:
        self._loop = loop = asyncio.get_running_loop()
        return loop

    def _write_waiting(self) -> None:
        job = self._next_job()
        if job is not None:
            self._acknowledge(*self._writer.run_batch(job, self._next_job))
