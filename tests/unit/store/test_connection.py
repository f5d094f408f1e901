"""Connections and the transaction object that runs on one."""

import sqlite3

import pytest

from lambent.store.connection import SqliteTransaction, connect, connect_reader


@pytest.fixture
def connection(tmp_path):
    opened = connect(tmp_path / "state.db", durability="os")
    opened.execute("PRAGMA journal_mode = WAL")
    yield opened
    opened.close()


@pytest.fixture
def tx(connection):
    made = SqliteTransaction(connection)
    made.run("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)")
    return made


def test_run_tells_how_many_rows_changed(tx):
    tx.run_many("INSERT INTO t VALUES (?, ?)", [(number, "x") for number in range(5)])
    assert tx.run("UPDATE t SET b = 'y' WHERE a >= ?", (2,)) == 3
    assert tx.run("DELETE FROM t WHERE a = 99") == 0


def test_rows_come_column_by_column_into_what_is_named(tx):
    tx.run_many("INSERT INTO t VALUES (?, ?)", [(1, "x"), (2, "y")])
    assert tx.all("SELECT a, b FROM t ORDER BY a", into=lambda a, b: f"{a}{b}") == ["1x", "2y"]
    assert tx.one("SELECT a, b FROM t WHERE a = ?", (2,), into=lambda a, b: f"{a}{b}") == "2y"
    assert tx.one("SELECT a, b FROM t WHERE a = ?", (2,)) == (2, "y")
    assert tx.one("SELECT a FROM t WHERE a = 99", into=lambda a: a) is None


def test_a_statement_with_returning_changes_every_row_though_one_is_fetched(tx):
    tx.run_many("INSERT INTO t VALUES (?, ?)", [(1, "x"), (2, "x")])
    assert tx.one("UPDATE t SET b = 'z' RETURNING a", into=int) == 1
    assert tx.all("SELECT b FROM t") == [("z",), ("z",)]


def test_rows_are_read_one_by_one_until_the_next_statement(tx):
    tx.run_many("INSERT INTO t VALUES (?, ?)", [(number, "x") for number in range(5)])
    rows = iter(tx.each("SELECT a FROM t ORDER BY a"))
    assert [next(rows), next(rows)] == [(0,), (1,)]
    assert tx.one("SELECT 7") == (7,)
    assert list(rows) == []


def test_a_half_read_select_does_not_hold_a_snapshot_open(tx, connection, tmp_path):
    tx.run_many("INSERT INTO t VALUES (?, ?)", [(number, "x") for number in range(100)])
    reading = connect_reader(tmp_path / "state.db")
    reader = SqliteTransaction(reading)
    reader.run("BEGIN")
    assert reader.one("SELECT a FROM t") == (0,)
    reader.run("COMMIT")
    tx.run("DELETE FROM t")
    assert reader.one("SELECT count(*) FROM t") == (0,)
    assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    reading.close()


def test_a_reader_cannot_write(tx, tmp_path):
    reading = connect_reader(tmp_path / "state.db")
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        SqliteTransaction(reading).run("INSERT INTO t VALUES (1, 'x')")
    reading.close()


def test_foreign_keys_are_enforced(connection):
    assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
