"""The one writer: runs functions in order, many to a transaction (group commit), and acknowledges them after the commit.

All work that waits when a commit starts shares the next transaction. Most functions that fail do so before they have written
anything, and then there is nothing to undo. When one fails later, the transaction is rolled back and the others are run again,
with each function in a savepoint of its own, so that a failing one rolls back alone. That is rare, and savepoints for all would
cost two statements a function: each lets other threads have the interpreter, and has to wait for it.
"""

import enum
import sqlite3
from asyncio import Future
from collections.abc import Callable
from types import CoroutineType
from typing import Any

from msgspec import Struct

from lambent.core.errors import Defect
from lambent.core.log import Log
from lambent.store.connection import SqliteTransaction

BATCH_MAX = 512  # functions in one transaction: bounds how long the first of them waits
CAREFUL_BATCHES = 64  # in which each function has its savepoint at once, after one had to be run again for want of them
log = Log("store")

_IO_ERROR = sqlite3.SQLITE_IOERR


class Job(Struct, frozen=True):
    """One function to run, and who waits for it."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    future: Future[Any]


class Done(Struct, frozen=True):
    """What came of one function; acknowledged on the event loop after the commit."""

    future: Future[Any]
    result: Any
    error: Exception | None


class CommitPoint(enum.Enum):
    """Where a probe may look at the files, or end the process: what a crash there leaves is what recovery must cope with."""

    BEFORE = "before"
    AFTER = "after"  # committed, not yet acknowledged


class Writer:
    """Owns the writing connection. Called by one thread at a time."""

    def __init__(self, connection: sqlite3.Connection, *, probe: Callable[[CommitPoint], None] | None = None) -> None:
        self._connection = connection
        self._tx = SqliteTransaction(connection)
        self._execute = self._tx.execute
        self._probe = probe
        self._failure: str = ""
        self._careful_batches = 0  # still to come
        self.commits = 0

    def fail(self, reason: str) -> None:
        """Refuses everything from here on, saying why."""
        self._failure = reason

    def run_batch(self, first: Job, more: Callable[[], Job | None]) -> tuple[list[Done], list[str]]:
        """Runs ``first`` and what ``more`` gives until it gives None, commits, and tells the results and the signals."""
        if self._failure:
            return [Done(first.future, None, Defect(self._failure))], []
        taken = [first]

        def take() -> Job | None:
            job = more()
            if job is not None:
                taken.append(job)
            return job

        try:
            is_careful = self._careful_batches > 0
            self._careful_batches -= is_careful
            return self._run(first, take, is_careful=is_careful)
        except Exception as error:  # noqa: BLE001 - nobody may wait for ever because the writer itself is at fault
            self._give_up(error)
            return [Done(job.future, None, Defect(self._failure)) for job in taken], []

    def run_alone(self, job: Job) -> tuple[Done, list[str]]:
        """As ``run_batch``, of a batch that is this one: nothing can fail but with it."""
        if self._failure:
            return Done(job.future, None, Defect(self._failure)), []
        topics = self._tx.topics = []
        try:
            try:
                result = self._run_one(job, is_apart=False)
            except Exception as error:  # noqa: BLE001 - whatever it raises is its caller's
                self._undo(is_alone=True)
                return Done(job.future, None, error), []
            failure = self._commit()
        except Exception as error:  # noqa: BLE001 - as in run_batch
            self._give_up(error)
            return Done(job.future, None, Defect(self._failure)), []
        return Done(job.future, result, failure), [] if failure is not None else topics

    def _give_up(self, error: Exception) -> None:
        """The writer itself is at fault."""
        self._failure = f"the store's writer failed ({error!r}); restart Lambent"
        log.error("writer.failed", error=error)
        if self._connection.in_transaction:
            self._connection.rollback()

    def _run(self, first: Job, more: Callable[[], Job | None], *, is_careful: bool = False) -> tuple[list[Done], list[str]]:
        connection = self._connection
        topics: list[str] = []
        self._tx.topics = topics
        done: list[Done] = []
        jobs: list[Job] = []  # those that succeeded and wait for the commit
        job: Job | None = first
        while job is not None:
            is_apart = is_careful and bool(jobs)
            topic_count, changes = len(topics), connection.total_changes
            try:
                result = self._run_one(job, is_apart=is_apart)
            except Exception as error:  # noqa: BLE001 - whatever it raises is its caller's, and only its
                del topics[topic_count:]
                if is_apart or not jobs:
                    is_undone = self._undo(is_alone=not jobs)
                elif connection.in_transaction and connection.total_changes != changes:
                    self._execute("ROLLBACK")
                    return self._run_carefully(jobs, [*done, Done(job.future, None, error)], more)
                else:
                    is_undone = connection.in_transaction
                done.append(Done(job.future, None, error))
                if not is_undone:
                    return self._run_singly(jobs, done)
            else:
                jobs.append(job)
                done.append(Done(job.future, result, None))
            job = more() if len(done) < BATCH_MAX else None
        if jobs and (failure := self._commit()) is not None:
            if len(jobs) == 1 or self._failure:
                return [Done(each.future, None, each.error or failure) for each in done], []
            return self._run_singly(jobs, [each for each in done if each.error is not None])
        return done, topics

    def _run_one(self, job: Job, *, is_apart: bool) -> Any:
        if not self._connection.in_transaction:
            self._execute("BEGIN IMMEDIATE")
        if is_apart:
            self._execute("SAVEPOINT job")
        result = job.function(self._tx, *job.args, **job.kwargs)
        if type(result) is CoroutineType:
            result.close()
            raise Defect(f"{job.function!r} is a coroutine function: a transaction never awaits")
        if is_apart:
            self._execute("RELEASE job")
        return result

    def _run_carefully(self, jobs: list[Job], done: list[Done], more: Callable[[], Job | None]) -> tuple[list[Done], list[str]]:
        """After one function failed that had written already: the others again, each so that it can be undone alone."""
        self._careful_batches = CAREFUL_BATCHES
        waiting = iter(jobs)
        again, topics = self._run(next(waiting), lambda: next(waiting, None) or more(), is_careful=True)
        return [each for each in done if each.error is not None] + again, topics

    def _commit(self) -> sqlite3.Error | None:
        """Commits, or rolls back and tells why it could not."""
        if self._probe is not None:
            self._probe(CommitPoint.BEFORE)
        try:
            self._execute("COMMIT")
        except sqlite3.Error as error:
            if error.sqlite_errorcode & 0xFF == _IO_ERROR:
                # What a failed fsync left on the disk is unknown, and a second fsync may claim success for lost pages:
                # nothing may be acknowledged any more until a restart has read back what is really there.
                self._failure = f"the disk failed during a commit ({error}); restart Lambent when it is well again"
            if self._connection.in_transaction:
                self._execute("ROLLBACK")
            return error
        self.commits += 1
        if self._probe is not None:
            self._probe(CommitPoint.AFTER)
        return None

    def _undo(self, is_alone: bool) -> bool:
        """Rolls one function back; False when SQLite itself has rolled back the whole transaction (a full disk, say)."""
        if not self._connection.in_transaction:
            return is_alone
        if is_alone:
            self._execute("ROLLBACK")
            return True
        try:
            self._execute("ROLLBACK TO job")
            self._execute("RELEASE job")
        except sqlite3.Error:  # the savepoint itself had failed
            self._execute("ROLLBACK")
            return False
        return True

    def _run_singly(self, jobs: list[Job], done: list[Done]) -> tuple[list[Done], list[str]]:
        """After a transaction failed as a whole: each of its functions again, alone, so that only the guilty one fails."""
        failed = [each for each in done if each.error is not None]
        topics: list[str] = []
        for job in jobs:
            alone, signalled = self._run(job, _nothing)
            failed += alone
            topics += signalled
        return failed, topics


def _nothing() -> None:
    return None
