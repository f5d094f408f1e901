"""SQLite behind the Database protocol: one writer thread with group commit, a few reader threads, checkpoints beside them."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from lambent.core.clock import Busy
from lambent.core.errors import Defect, StartupError
from lambent.core.log import Log
from lambent.store import migrations, tables
from lambent.store.blobs import sync_folder
from lambent.store.connection import APPLICATION_ID, SqliteTransaction, connect, connect_reader
from lambent.store.database import Transaction
from lambent.store.schema import Schema
from lambent.store.writer import CommitPoint, Done, Job, Writer

P = ParamSpec("P")
T = TypeVar("T")

READERS = 2
CHECKPOINT_EVERY_ROWS = 2_000  # changed since the last one: often enough that each is short
LOG_PAGES_MAX = 16_000  # past these the writer itself finishes a checkpoint, so that the log can begin anew
SQLITE_VERSION_MIN = (3, 35, 0)  # RETURNING

log = Log("store")


class SqliteDatabase:
    """One database file. Made on any thread, used on one event loop (the first that writes or reads).

    A caller that is cancelled while it waits for ``write`` does not stop the write: it may still commit.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, *, durability: str, busy: Busy, writer: Writer) -> None:
        self.path = path
        self._durability = durability
        self._connection = connection
        self._busy = busy
        self._writer = writer
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._reads: SimpleQueue[Job | None] = SimpleQueue()
        self._listeners: list[Callable[[str], None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._at_once: SqliteTransaction | None = None  # for reads on the event loop
        self._threads: list[threading.Thread] = []
        self._checkpoint_wanted = threading.Event()
        self._checkpointed_rows = 0
        self._is_log_long = False
        self._writing = threading.Lock()  # held by whoever uses the writing connection
        self._queued = 0  # writes that are not acknowledged yet
        self._is_closed = False

    @classmethod
    def open(
        cls,
        path: Path,
        schemas: Sequence[Schema],
        *,
        durability: str = "power",
        busy: Busy | None = None,
        probe: Callable[[CommitPoint], None] | None = None,
    ) -> Self:
        """Opens or makes the file and brings every component up to its newest version.

        ``durability``: "power" (acknowledged survives a power cut) or "os" (survives the end of the process only).
        ``busy`` is told of work in flight (a virtual clock waits for it); ``probe`` is called around every commit, on the
        writer's thread (crash tests). Raises StartupError for a file that is damaged, foreign or newer; it is left as it was.
        """
        connection = _open_checked(path, schemas, durability=durability)
        writer = Writer(connection, probe=probe)
        return cls(path, connection, durability=durability, busy=busy or Busy(), writer=writer)

    async def write(self, function: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = self._loop or self._start()
        future: asyncio.Future[T] = loop.create_future()
        self._queue(Job(function, args, kwargs, future))
        return await future

    def write_at_once(
        self, function: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> "asyncio.Future[T]":
        loop = self._loop or self._start()
        future: asyncio.Future[T] = loop.create_future()
        job = Job(function, args, kwargs, future)
        # Only behind all writes that were asked for before, so that the order stays; and never where a commit waits for a disk.
        if self._durability == "power" or self._queued or self._is_log_long or not self._writing.acquire(blocking=False):
            self._queue(job)
            return future
        self._busy.began()
        try:
            done, topics = self._writer.run_alone(job)
            self._want_checkpoint()
        finally:
            self._writing.release()
        self._acknowledge([done], topics)
        return future

    async def read(self, function: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = self._loop or self._start()
        future: asyncio.Future[T] = loop.create_future()
        self._busy.began()
        self._reads.put(Job(function, args, kwargs, future))
        return await future

    async def read_at_once(self, function: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._at_once is None:
            if self._loop is None:
                self._loop = self._start()
            self._at_once = SqliteTransaction(connect_reader(self.path))
        execute = self._at_once.execute
        execute("BEGIN")
        try:
            return function(self._at_once, *args, **kwargs)
        finally:
            self._at_once.topics.clear()
            execute("ROLLBACK")

    def on_signal(self, listener: Callable[[str], None]) -> None:
        self._listeners.append(listener)

    async def reset(self, account: str | None) -> None:
        """Deletes what an account keeps, or (None) what all keep, in one transaction."""
        await self.write(_reset, account)

    def kill(self) -> None:
        """From here on nothing is committed: the files hold what the end of the process would leave. ``close`` is still due."""
        with self._writing:
            self._writer.fail(f"{self.path.name} is as if its process had been killed")

    async def close(self) -> None:
        """Finishes what was asked, folds the log into the database file, and ends the threads. Closing twice is fine."""
        if self._is_closed:
            return
        loop, self._loop, self._is_closed = self._loop, None, True
        self._jobs.put(None)
        for _ in range(READERS):
            self._reads.put(None)
        self._checkpoint_wanted.set()
        if self._at_once is not None:
            self._at_once.close()
        if loop is not None:
            await asyncio.to_thread(self._join)
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()

    # ---- on the event loop -------------------------------------------------------------------------------------------

    def _start(self) -> asyncio.AbstractEventLoop:
        """The threads start with the first use: only then is the event loop known."""
        if self._is_closed:
            raise Defect(f"{self.path} is closed")
        loop = asyncio.get_running_loop()
        # All connections are made here, where a failure has a caller who hears of it, and the next one tries anew.
        with contextlib.ExitStack() as made:
            checkpoints = made.enter_context(contextlib.closing(connect(self.path, durability=self._durability)))
            readers = [made.enter_context(contextlib.closing(connect_reader(self.path))) for _ in range(READERS)]
            made.pop_all()
        self._loop = loop
        self._run_thread("writer", self._write_forever, loop)
        self._run_thread("checkpoints", self._checkpoint_forever, checkpoints)
        for number, reader in enumerate(readers):
            self._run_thread(f"reader-{number}", self._read_forever, loop, reader)
        return loop

    def _queue(self, job: Job) -> None:
        self._busy.began()
        self._queued += 1
        self._jobs.put(job)

    def _run_thread(self, name: str, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, name=f"{self.path.name}-{name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _acknowledge(self, done: list[Done], topics: list[str]) -> None:
        """Runs on the event loop once a batch, not once a write: waking the loop is the dearer part."""
        for each in done:
            future, error = each.future, each.error
            if future.cancelled():
                continue
            if error is None:
                future.set_result(each.result)
            elif isinstance(error, StopIteration):  # no future takes one: an engine's own next() went too far
                future.set_exception(Defect(f"StopIteration left a transaction: {error!r}"))
            else:
                future.set_exception(error)
        self._busy.ended(len(done))
        for topic in dict.fromkeys(topics):
            for listener in self._listeners:
                listener(topic)

    def _acknowledge_queued(self, done: list[Done], topics: list[str]) -> None:
        self._queued -= len(done)
        self._acknowledge(done, topics)

    # ---- on threads --------------------------------------------------------------------------------------------------

    def _write_forever(self, loop: asyncio.AbstractEventLoop) -> None:
        while (job := self._jobs.get()) is not None:
            with self._writing:
                done, topics = self._writer.run_batch(job, self._next_job)
                _tell(loop, self._acknowledge_queued, done, topics)
                self._want_checkpoint()
                if self._is_log_long:
                    self._is_log_long = False
                    _checkpoint(self._connection)

    def _want_checkpoint(self) -> None:
        if self._connection.total_changes - self._checkpointed_rows >= CHECKPOINT_EVERY_ROWS:
            self._checkpointed_rows = self._connection.total_changes
            self._checkpoint_wanted.set()

    def _next_job(self) -> Job | None:
        try:
            job = self._jobs.get_nowait()
        except Empty:
            return None
        if job is None:
            self._jobs.put(None)  # closing: the sentinel is for the loop above, after this batch
        return job

    def _read_forever(self, loop: asyncio.AbstractEventLoop, connection: sqlite3.Connection) -> None:
        tx = SqliteTransaction(connection)
        execute = tx.execute
        while (job := self._reads.get()) is not None:
            try:
                execute("BEGIN")
                done = Done(job.future, job.function(tx, *job.args, **job.kwargs), None)
            except Exception as error:  # noqa: BLE001 - whatever it raises is its caller's
                done = Done(job.future, None, error)
            tx.topics.clear()
            if connection.in_transaction:
                execute("ROLLBACK")
            _tell(loop, self._acknowledge, [done], [])
            del job, done
        connection.close()

    def _checkpoint_forever(self, connection: sqlite3.Connection) -> None:
        """Moves pages from the log to the file beside the writer: a passive checkpoint waits for nobody and blocks nobody."""
        while self._checkpoint_wanted.wait() and not self._is_closed:
            self._checkpoint_wanted.clear()
            log_pages = _checkpoint(connection)
            # Commits went on meanwhile, so the log is never wholly copied from here. The few pages left are the writer's to
            # copy, between two commits: then its next commit starts the log over instead of growing it.
            self._is_log_long = log_pages > LOG_PAGES_MAX
        connection.close()

    def _join(self) -> None:
        for thread in self._threads:
            thread.join()


def _checkpoint(connection: sqlite3.Connection) -> int:
    """Copies what it can without waiting. Returns how many pages the log has; 0 when it could not tell."""
    try:
        _, log_pages, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    except sqlite3.Error as error:
        log.error("checkpoint.failed", error=error)  # the log only grows: what is committed stays committed
        return 0
    return int(log_pages)


def _reset(tx: Transaction, account: str | None) -> None:
    tx.run("PRAGMA defer_foreign_keys = ON")
    tables.delete_account(tx, account)


def _open_checked(path: Path, schemas: Sequence[Schema], *, durability: str) -> sqlite3.Connection:
    if sqlite3.sqlite_version_info < SQLITE_VERSION_MIN:
        raise StartupError(f"SQLite {sqlite3.sqlite_version} is too old: Lambent needs a Python with SQLite 3.35 or later.")
    migrations.refuse_unusable(path, schemas)
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = not path.exists()
    connection = migrations.checked(path, lambda: connect(path, durability=durability))
    try:
        migrations.checked(path, lambda: _mark(path, connection))
        _migrate(connection, schemas)
    except BaseException:
        connection.close()
        raise
    if is_new:
        sync_folder(path.parent)
    return connection


def _mark(path: Path, connection: sqlite3.Connection) -> None:
    # Before the log exists, so that from the first byte the file says whose it is.
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise StartupError(
            f"The file system of {path} cannot share memory between connections, which SQLite's log needs (a network "
            "drive, perhaps). Choose a data directory on a local disk with --data."
        )


def _migrate(connection: sqlite3.Connection, schemas: Sequence[Schema]) -> None:
    tx = SqliteTransaction(connection)
    tx.run("BEGIN IMMEDIATE")
    try:
        migrations.migrate(tx, schemas)
    except BaseException:
        tx.run("ROLLBACK")
        raise
    tx.run("COMMIT")


def _tell(loop: asyncio.AbstractEventLoop, callback: Callable[..., None], *args: Any) -> None:
    try:
        loop.call_soon_threadsafe(callback, *args)
    except RuntimeError:
        if not loop.is_closed():
            raise
        # The loop ended without closing the store: what was committed stays committed, and nobody waits for the answer.
