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


def test_many_rows_are_written_in_their_order_however_many_go_a_statement(tx):
    tx.run("CREATE TABLE u (id INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT)")
    for count in (1, 4, 5, 85, 200):
        before = len(tx.all("SELECT id FROM u"))
        rows = [(f"{count}/{number}",) for number in range(count)]
        tx.run_many("INSERT INTO u (b) VALUES (?)", iter(rows))
        assert tx.all("SELECT b FROM u WHERE id > ? ORDER BY id", (before,)) == rows


def test_rows_that_are_there_are_updated_and_deleted_many_a_statement(tx):
    tx.run_many("INSERT INTO t VALUES (?, 'x')", [(number,) for number in range(100)])
    tx.run_many("INSERT INTO t VALUES (?, ?) ON CONFLICT (a) DO UPDATE SET b = excluded.b", [(n, "y") for n in range(70)])
    tx.run_many(
        "UPDATE t SET b = new.column2 FROM (VALUES (?, ?)) AS new WHERE a = new.column1", [(n, f"z{n}") for n in range(6)]
    )
    tx.run_many("DELETE FROM t WHERE a IN (VALUES (?))", [(n,) for n in range(1, 70)])
    tx.run_many("DELETE FROM t WHERE a = ? AND b = 'x'", [(n,) for n in range(80, 100)])
    assert tx.all("SELECT a, b FROM t ORDER BY a") == [(0, "z0"), *((n, "x") for n in range(70, 80))]


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
