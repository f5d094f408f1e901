"""The writer: batches, savepoints, and what becomes of a batch that fails as a whole."""

import asyncio
import sqlite3

import pytest

from lambent.core.errors import Defect
from lambent.store import writer as module
from lambent.store.connection import connect
from lambent.store.writer import Job, Writer


@pytest.fixture
def connection(tmp_path):
    opened = connect(tmp_path / "state.db", durability="os")
    opened.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)")
    yield opened
    opened.close()


@pytest.fixture
def future():
    """Makes one."""
    loop = asyncio.new_event_loop()
    yield loop.create_future
    loop.close()


def insert(tx, number):
    tx.run("INSERT INTO t VALUES (?)", (number,))
    tx.signal(str(number))
    return number


def insert_then_fail(tx, number):
    insert(tx, number)
    raise ValueError(number)


def run(writer, future, *calls):
    """The results in the order of the calls, of those that were taken."""
    jobs = [Job(function, args, {}, future()) for function, *args in calls]
    waiting = list(jobs)
    done, topics = writer.run_batch(waiting.pop(0), lambda: waiting.pop(0) if waiting else None)
    results = {id(each.future): each.result if each.error is None else type(each.error) for each in done}
    return [results[id(job.future)] for job in jobs if id(job.future) in results], topics


def rows(connection):
    return [number for (number,) in connection.execute("SELECT a FROM t ORDER BY a")]


@pytest.mark.parametrize("failing", [{0}, {1}, {2}, {0, 1}, {0, 2}, {1, 2}, {0, 1, 2}])
def test_those_that_fail_leave_nothing_wherever_they_stand(connection, future, failing):
    writer = Writer(connection)
    calls = [(insert_then_fail if number in failing else insert, number) for number in range(3)]
    results, topics = run(writer, future, *calls)
    survivors = [number for number in range(3) if number not in failing]
    assert results == [ValueError if number in failing else number for number in range(3)]
    assert topics == [str(number) for number in survivors]
    assert rows(connection) == survivors
    assert writer.commits == (1 if survivors else 0)


def test_who_fails_before_writing_costs_the_others_nothing(connection, future):
    runs = []

    def counted(tx, number):
        runs.append(number)
        return insert(tx, number)

    def look_and_fail(tx):
        tx.one("SELECT a FROM t")
        raise ValueError

    results, topics = run(Writer(connection), future, (counted, 1), (look_and_fail,), (counted, 2))
    assert results == [1, ValueError, 2]
    assert (runs, topics, rows(connection)) == ([1, 2], ["1", "2"], [1, 2])


def test_after_one_failed_late_the_next_batches_are_run_once(connection, future):
    runs = []

    def counted(tx, number):
        runs.append(number)
        return insert(tx, number)

    writer = Writer(connection)
    failing = []
    run(writer, future, (counted, 1), (lambda tx: failing.append(1) or insert_then_fail(tx, 2),), (counted, 3))
    assert (runs, failing) == ([1, 1, 3], [1])
    results, topics = run(writer, future, (counted, 4), (insert_then_fail, 5), (counted, 6))
    assert results == [4, ValueError, 6]
    assert (runs[3:], topics, rows(connection)) == ([4, 6], ["4", "6"], [1, 3, 4, 6])


def test_a_batch_has_a_limit(connection, future, monkeypatch):
    monkeypatch.setattr(module, "BATCH_MAX", 4)
    results, _ = run(Writer(connection), future, *[(insert, number) for number in range(10)])
    assert results == [0, 1, 2, 3]


def test_a_function_may_run_again_after_its_batch_failed_as_a_whole(connection, future):
    runs = []

    def counted(tx, number):
        runs.append(number)
        return insert(tx, number)

    def fail_all(tx):
        tx.run("INSERT OR ROLLBACK INTO t VALUES (1)")

    results, topics = run(Writer(connection), future, (counted, 1), (counted, 2), (fail_all,))
    assert sorted(map(str, results)) == sorted(["1", "2", str(sqlite3.IntegrityError)])
    assert (runs, topics, rows(connection)) == ([1, 2, 1, 2], ["1", "2"], [1, 2])


def test_a_writer_that_was_made_to_fail_refuses_everything(connection, future):
    writer = Writer(connection)
    assert run(writer, future, (insert, 1)) == ([1], ["1"])
    writer.fail("it is over")
    assert run(writer, future, (insert, 2)) == ([Defect], [])
    assert rows(connection) == [1]


def alone(writer, future, function, *args):
    """What came of one function, and its topics."""
    done, topics = writer.run_alone(Job(function, args, {}, future()))
    return done.result if done.error is None else type(done.error), topics


def test_what_runs_alone_is_committed_or_leaves_nothing(connection, future):
    writer = Writer(connection)
    assert alone(writer, future, insert, 1) == (1, ["1"])
    assert alone(writer, future, insert_then_fail, 2) == (ValueError, [])
    assert alone(writer, future, insert, 3) == (3, ["3"])
    assert (rows(connection), writer.commits, connection.in_transaction) == ([1, 3], 2, False)


def test_what_runs_alone_and_fails_with_its_commit_leaves_nothing(connection, future):
    connection.execute("CREATE TABLE u (a INTEGER REFERENCES t (a) DEFERRABLE INITIALLY DEFERRED)")

    def refer(tx):
        tx.run("INSERT INTO u VALUES (7)")
        tx.signal("7")

    writer = Writer(connection)
    assert alone(writer, future, refer) == (sqlite3.IntegrityError, [])
    assert (connection.execute("SELECT * FROM u").fetchall(), connection.in_transaction) == ([], False)
    assert alone(writer, future, insert, 7) == (7, ["7"])


def test_a_writer_that_fails_itself_says_so_and_refuses_everything(connection, future):
    def probe(_):
        raise RuntimeError("broken")

    writer = Writer(connection, probe=probe)
    assert alone(writer, future, insert, 1) == (Defect, [])
    assert alone(writer, future, insert, 1) == (Defect, [])
    assert run(writer, future, (insert, 2)) == ([Defect], [])
    assert (rows(connection), connection.in_transaction) == ([], False)
