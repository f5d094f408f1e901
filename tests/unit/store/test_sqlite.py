"""SqliteDatabase: what is acknowledged is there, a failing write fails alone, reads see snapshots."""

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambent.core.clock import Busy
from lambent.core.errors import Defect
from lambent.store import sqlite
from lambent.store.sqlite import SqliteDatabase
from lambent.store.writer import CommitPoint


def add(tx, text, account="1"):
    tx.run("INSERT INTO notes (account, region, text) VALUES (?, '', ?)", (account, text))


def add_then_fail(tx, text):
    add(tx, text)
    tx.signal("failed")
    raise ValueError(text)


def texts(tx):
    return [text for (text,) in tx.all("SELECT text FROM notes ORDER BY id")]


async def test_what_a_write_returns_is_what_its_function_returned(database):
    assert await database.write(lambda tx, a, *, b: (a, b), 1, b=2) == (1, 2)


async def test_a_read_sees_every_acknowledged_write(database):
    for number in range(20):
        await database.write(add, str(number))
        assert len(await database.read(texts)) == number + 1


async def test_a_read_sees_every_acknowledged_write_though_the_read_before_left_rows_unread(database):
    for number in range(10):
        await database.write(add, str(number))
    for _ in range(2 * sqlite.READERS):
        assert await database.read(lambda tx: tx.one("SELECT text FROM notes ORDER BY id")) == ("0",)
    await database.write(add, "new")
    for _ in range(2 * sqlite.READERS):
        assert (await database.read(texts))[-1] == "new"


async def test_a_read_at_once_sees_every_acknowledged_write_and_never_suspends(database):
    for number in range(10):
        await database.write(add, str(number))
        reading = database.read_at_once(texts)
        with pytest.raises(StopIteration) as done:
            reading.send(None)
        assert len(done.value.value) == number + 1


async def test_a_read_at_once_that_left_rows_unread_or_failed_holds_up_nobody(database):
    await database.write(add, "a")
    await database.write(add, "b")
    assert await database.read_at_once(lambda tx: tx.one("SELECT text FROM notes ORDER BY id")) == ("a",)
    with pytest.raises(sqlite3.OperationalError):
        await database.read_at_once(add, "never")
    await database.write(add, "c")
    assert await database.read_at_once(texts) == ["a", "b", "c"]


async def test_a_write_may_look_at_one_of_many_rows_it_returns(database):
    await database.write(add, "a")
    await database.write(add, "b")
    assert await database.write(lambda tx: tx.one("DELETE FROM notes RETURNING text")) == ("a",)
    assert await database.read(texts) == []


async def test_what_was_written_is_there_after_opening_again(database, schemas):
    await database.write(add, "kept")
    await database.close()
    again = SqliteDatabase.open(database.path, schemas)
    assert await again.read(texts) == ["kept"]
    await again.close()


async def test_writes_that_wait_together_share_a_commit(tmp_path, schemas):
    commits = []
    began, gate = threading.Event(), threading.Event()

    def probe(point):
        commits.append(point)
        began.set()
        gate.wait()

    database = SqliteDatabase.open(tmp_path / "state.db", schemas, probe=probe)
    first = asyncio.create_task(database.write(add, "first"))
    await asyncio.to_thread(began.wait)
    others = [asyncio.create_task(database.write(add, str(number))) for number in range(100)]
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(first, *others)
    assert commits == [CommitPoint.BEFORE, CommitPoint.AFTER] * 2
    await database.close()


async def test_a_failing_write_fails_its_own_caller_only(database):
    writes = [database.write(add_then_fail if number % 3 == 0 else add, str(number)) for number in range(30)]
    results = await asyncio.gather(*writes, return_exceptions=True)
    assert [isinstance(result, ValueError) for result in results] == [number % 3 == 0 for number in range(30)]
    assert await database.read(texts) == [str(number) for number in range(30) if number % 3]


async def test_a_constraint_that_fails_at_the_commit_fails_its_own_caller_only(database):
    def tag_nothing(tx):
        tx.run("INSERT INTO tags (account, region, note) VALUES ('1', '', 99)")

    results = await asyncio.gather(
        database.write(add, "a"), database.write(tag_nothing), database.write(add, "b"), return_exceptions=True
    )
    assert [type(result) for result in results] == [type(None), sqlite3.IntegrityError, type(None)]
    assert sorted(await database.read(texts)) == ["a", "b"]


async def test_a_transaction_that_sqlite_rolled_back_whole_costs_the_others_nothing(database):
    def give_up(tx):
        tx.run("INSERT OR ROLLBACK INTO notes (account, region, text) SELECT '1', '', text FROM notes LIMIT 1")

    await database.write(add, "there")
    results = await asyncio.gather(
        *[database.write(add, str(number)) for number in range(5)],
        database.write(give_up),
        *[database.write(add, str(number)) for number in range(5, 10)],
        return_exceptions=True,
    )
    assert [type(result) for result in results if result is not None] == [sqlite3.IntegrityError]
    assert sorted(await database.read(texts)) == sorted(["there", *map(str, range(10))])


async def test_a_read_cannot_write(database):
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await database.read(add, "never")
    assert await database.read(texts) == []


async def test_a_read_is_one_snapshot(database):
    loop = asyncio.get_running_loop()
    await database.write(add, "before")

    def look_twice(tx):
        before = texts(tx)
        asyncio.run_coroutine_threadsafe(database.write(add, "between"), loop).result()
        return before, texts(tx)

    assert await database.read(look_twice) == (["before"], ["before"])
    assert await database.read(texts) == ["before", "between"]


async def test_a_coroutine_function_is_a_defect(database):
    async def asynchronous(tx):
        add(tx, "never")

    with pytest.raises(Defect, match="coroutine"):
        await database.write(asynchronous)
    assert await database.read(texts) == []


async def test_signals_come_after_the_commit_and_once_a_batch(database):
    heard = []
    database.on_signal(heard.append)

    def add_and_signal(tx, text):
        add(tx, text)
        tx.signal("notes")
        tx.signal("notes")

    await database.write(add_and_signal, "a")
    await asyncio.sleep(0)
    assert heard == ["notes"]


async def test_a_write_that_rolls_back_signals_nothing(database):
    heard = []
    database.on_signal(heard.append)
    await asyncio.gather(database.write(add, "a"), database.write(add_then_fail, "b"), return_exceptions=True)
    await asyncio.sleep(0)
    assert heard == []


async def test_a_cancelled_caller_leaves_the_database_working(database):
    task = asyncio.create_task(database.write(add, "a"))
    await asyncio.sleep(0)
    task.cancel()
    await database.write(add, "b")
    assert "b" in await database.read(texts)


async def test_closing_finishes_the_writes_that_wait(database, schemas):
    writes = [asyncio.create_task(database.write(add, str(number))) for number in range(50)]
    await asyncio.sleep(0)
    await database.close()
    await asyncio.gather(*writes)
    again = SqliteDatabase.open(database.path, schemas)
    assert len(await again.read(texts)) == 50
    await again.close()


async def test_who_comes_after_a_start_that_failed_is_not_left_waiting(database, monkeypatch):
    def fail(_):
        raise sqlite3.OperationalError("unable to open database file")

    with monkeypatch.context() as broken:
        broken.setattr(sqlite, "connect_reader", fail)
        for _ in range(2):
            with pytest.raises(sqlite3.OperationalError):
                await asyncio.wait_for(database.write(add, "early"), 5)
    await database.write(add, "now")
    assert await database.read(texts) == ["now"]


async def test_a_closed_database_refuses(database):
    await database.close()
    with pytest.raises(Defect, match="closed"):
        await database.write(add, "late")


async def test_closing_folds_the_log_into_the_file(database):
    await database.write(add, "a")
    await database.close()
    assert [path.name for path in database.path.parent.iterdir()] == ["state.db"]


async def test_the_log_stays_bounded_while_writers_never_pause(database, monkeypatch):
    monkeypatch.setattr(sqlite, "CHECKPOINT_EVERY_ROWS", 20)
    monkeypatch.setattr(sqlite, "LOG_PAGES_MAX", 100)
    log = Path(f"{database.path}-wal")

    async def client(name):
        for number in range(150):
            await database.write(add, f"{rounds} {name} {number} " + "x" * 4000)

    written, rounds = 0, 0
    # On a busy machine the thread of checkpoints may have to wait for its turn.
    while rounds == 0 or (log.stat().st_size >= written and rounds < 20):  # noqa: ASYNC240
        await asyncio.gather(*[client(name) for name in range(8)])
        written, rounds = written + 8 * 150 * 4096, rounds + 1
    assert log.stat().st_size < written  # noqa: ASYNC240


async def test_work_in_flight_is_counted(tmp_path, schemas):
    busy = Busy()
    database = SqliteDatabase.open(tmp_path / "state.db", schemas, busy=busy)
    write, read = asyncio.create_task(database.write(add, "a")), asyncio.create_task(database.read(texts))
    await asyncio.sleep(0)
    assert busy.count > 0
    await asyncio.gather(write, read)
    assert busy.count == 0
    await database.close()


async def test_a_reset_deletes_an_account_from_every_table_and_leaves_the_others(database):
    def fill(tx):
        for account in ("1", "2"):
            add(tx, f"of {account}", account)
            tx.run("INSERT INTO tags SELECT account, region, id FROM notes WHERE account = ?", (account,))
        tx.run("INSERT INTO constants VALUES ('kept')")

    def count(tx):
        tables = ("notes", "tags", "constants")
        return [tx.one(f"SELECT count(*) FROM {table}")[0] for table in tables]

    await database.write(fill)
    await database.reset("1")
    assert await database.read(count) == [1, 1, 1]
    await database.reset(None)
    assert await database.read(count) == [0, 0, 1]


async def test_an_error_of_the_disk_stops_all_writing(database):
    class FailingDisk:
        """Stands before the connection and fails the next commit as a failed fsync does."""

        def __init__(self, execute):
            self.execute = execute

        def __call__(self, statement):
            if statement == "COMMIT":
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
                raise error
            return self.execute(statement)

    await database.write(add, "safe")
    writer = database._writer
    writer._execute = FailingDisk(writer._execute)
    results = await asyncio.gather(database.write(add, "a"), database.write(add, "b"), return_exceptions=True)
    assert all(isinstance(result, sqlite3.OperationalError | Defect) for result in results)
    with pytest.raises(Defect, match="restart Lambent"):
        await database.write(add, "c")
    assert await database.read(texts) == ["safe"]


async def test_a_full_disk_fails_the_writes_it_has_no_room_for_and_no_others(database):
    await database.write(add, "first")
    await database.write(lambda tx: tx.one("PRAGMA max_page_count = 40"))
    results = await asyncio.gather(
        *[database.write(add, f"{number}" + "x" * 3000) for number in range(100)], return_exceptions=True
    )
    kept = [f"{number}" + "x" * 3000 for number, result in enumerate(results) if result is None]
    assert {str(result) for result in results if result is not None} == {"database or disk is full"}
    assert sorted(await database.read(texts)) == sorted(["first", *kept])
    assert kept
    await database.write(lambda tx: tx.one("PRAGMA max_page_count = 100000"))
    await database.write(add, "room again")


async def test_another_process_that_holds_the_file_fails_writes_and_stops_nothing(database):
    await database.write(lambda tx: tx.one("PRAGMA busy_timeout = 1"))
    other = sqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        await database.write(add, "a")
    other.execute("ROLLBACK")
    other.close()
    await database.write(add, "b")
    assert await database.read(texts) == ["b"]


async def test_a_writer_that_is_itself_at_fault_leaves_nobody_waiting(tmp_path, schemas):
    def probe(point):
        if point is CommitPoint.BEFORE:
            raise RuntimeError("at fault")

    database = SqliteDatabase.open(tmp_path / "state.db", schemas, probe=probe)
    results = await asyncio.gather(*[database.write(add, str(number)) for number in range(10)], return_exceptions=True)
    assert {type(result) for result in results} == {Defect}
    with pytest.raises(Defect, match="restart Lambent"):
        await database.write(add, "later")
    assert await database.read(texts) == []
    await database.close()


async def test_a_stop_iteration_that_leaves_a_transaction_is_a_defect(database):
    results = await asyncio.gather(
        database.write(add, "a"), database.write(lambda tx: next(iter(()))), database.write(add, "b"), return_exceptions=True
    )
    assert [type(result) for result in results] == [type(None), Defect, type(None)]


async def test_power_syncs_every_commit_and_os_does_not(tmp_path, schemas):
    modes = {}
    for durability in ("power", "os"):
        database = SqliteDatabase.open(tmp_path / f"{durability}.db", schemas, durability=durability)
        modes[durability] = await database.write(lambda tx: tx.one("PRAGMA synchronous")[0])
        await database.close()
    assert modes == {"power": 2, "os": 1}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["add", "fail", "duplicate"]), st.integers(0, 9)), max_size=60))
def test_any_mix_of_writes_at_once_equals_the_same_writes_one_by_one(operations):
    import tempfile

    from tests.unit.store.conftest import NOTES

    def apply(tx, what, key):
        if what == "fail":
            add_then_fail(tx, f"fail {key}")
        add(tx, str(key))
        if what == "duplicate":
            add(tx, str(key))

    expected = []
    for what, key in operations:
        if what == "add" and str(key) not in expected:
            expected.append(str(key))

    async def run(folder):
        database = SqliteDatabase.open(Path(folder) / "state.db", [NOTES], durability="os")
        await asyncio.gather(*[database.write(apply, *operation) for operation in operations], return_exceptions=True)
        found = await database.read(texts)
        await database.close()
        return found

    with tempfile.TemporaryDirectory() as folder:
        assert asyncio.run(run(folder)) == expected


async def test_a_database_that_is_killed_keeps_what_was_acknowledged_and_nothing_more(database, schemas):
    await database.write(add, "before")
    database.kill()
    for write in (database.write, database.write_at_once):
        with pytest.raises(Defect, match="as if its process had been killed"):
            await write(add, "after")
    assert await database.read(texts) == ["before"]
    await database.close()
    reopened = SqliteDatabase.open(database.path, schemas)
    assert await reopened.read(texts) == ["before"]
    await reopened.close()
