"""Migrations: each section once and in order; what is not ours, not whole or newer is refused and left as it was."""

import asyncio
import sqlite3

import pytest

from lambent.core.errors import Defect, StartupError
from lambent.store import migrations
from lambent.store.schema import Schema
from lambent.store.sqlite import SqliteDatabase

ONE = Schema("plants", "-- version 1\nCREATE TABLE plants (account TEXT);\n")
TWO = Schema(
    "plants", ONE.sql + "-- version 2\nALTER TABLE plants ADD COLUMN height REAL;\nCREATE INDEX i ON plants (height);\n"
)
BROKEN = Schema("plants", ONE.sql + "-- version 2\nALTER TABLE plants ADD COLUMN height REAL;\nCREATE TABL oops;\n")


def open_and_close(path, *schemas):
    asyncio.run(SqliteDatabase.open(path, schemas).close())


def columns(path):
    connection = sqlite3.connect(path)
    try:
        return [row[1] for row in connection.execute("PRAGMA table_info(plants)")]
    finally:
        connection.close()


def test_sections_are_applied_once_and_in_order(tmp_path):
    path = tmp_path / "state.db"
    open_and_close(path, ONE)
    assert columns(path) == ["account"]
    open_and_close(path, TWO)
    open_and_close(path, TWO)
    assert columns(path) == ["account", "height"]


def test_a_section_that_fails_leaves_nothing_of_itself(tmp_path):
    path = tmp_path / "state.db"
    open_and_close(path, ONE)
    with pytest.raises(sqlite3.OperationalError):
        open_and_close(path, BROKEN)
    assert columns(path) == ["account"]
    open_and_close(path, TWO)


def test_a_database_of_a_newer_lambent_is_refused_and_left_as_it_was(tmp_path):
    path = tmp_path / "state.db"
    open_and_close(path, TWO)
    before = path.read_bytes()
    with pytest.raises(StartupError, match=r"newer Lambent .*plants is at version 2, this one knows 1.*Upgrade"):
        open_and_close(path, ONE)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_left_as_it_was(tmp_path):
    path = tmp_path / "state.db"
    path.write_bytes(b"my diary\n" * 1000)
    with pytest.raises(StartupError, match="is not a database"):
        open_and_close(path, ONE)
    assert path.read_bytes() == b"my diary\n" * 1000
    assert [each.name for each in tmp_path.iterdir()] == ["state.db"]


def test_another_applications_database_is_refused_and_left_as_it_was(tmp_path):
    path = tmp_path / "state.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE diary (entry TEXT)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StartupError, match="another application"):
        open_and_close(path, ONE)
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", [slice(100, 200), slice(4096, 4300), slice(8192, 8400), slice(12288, None)])
def test_a_damaged_database_is_refused_and_left_as_it_was(tmp_path, damage):
    path = tmp_path / "state.db"
    open_and_close(path, TWO)
    whole = bytearray(path.read_bytes())
    whole[damage] = b"\xa5" * len(whole[damage]) if damage.stop else b""
    path.write_bytes(whole)
    with pytest.raises(StartupError, match=r"is damaged|is not a database"):
        open_and_close(path, TWO)
    assert path.read_bytes() == whole


def test_an_empty_file_becomes_a_database(tmp_path):
    path = tmp_path / "state.db"
    path.touch()
    open_and_close(path, ONE)
    assert columns(path) == ["account"]


def test_what_a_crash_left_of_the_first_start_is_taken_up(tmp_path):
    path = tmp_path / "state.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    open_and_close(path, ONE)
    assert columns(path) == ["account"]


def test_semicolons_inside_a_trigger_do_not_end_it():
    sql = (
        "CREATE TABLE a (b);\nCREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM a; DELETE FROM a; END;\n-- the end; really\n"
    )
    assert [statement[:12] for statement in migrations.statements(sql)] == ["CREATE TABLE", "CREATE TRIGG"]


@pytest.mark.parametrize("sql", ["CREATE TABLE a (b);", "-- version 2\nCREATE TABLE a (b);", "-- version 1\n-- version 3\n"])
def test_sections_must_count_from_one(sql):
    with pytest.raises(Defect, match="sections must be"):
        migrations.sections(Schema("plants", sql))


def test_a_schema_that_ends_inside_a_statement_is_a_defect():
    with pytest.raises(Defect, match="ends inside a statement"):
        list(migrations.statements("CREATE TABLE a (b)"))


def test_a_path_that_cannot_be_opened_is_refused_with_a_reason(tmp_path):
    (tmp_path / "state.db").mkdir()
    with pytest.raises(StartupError, match="cannot be opened"):
        open_and_close(tmp_path / "state.db", ONE)
