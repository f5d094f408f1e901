"""SqliteDatabase.write_at_once: committed when it returns, where that is cheap, and in order with the other writes."""

import asyncio
import threading

import pytest
from tests.unit.store.test_sqlite import add, add_then_fail, texts

from lambent.core.errors import Defect
from lambent.store.sqlite import SqliteDatabase


@pytest.fixture
async def quick(tmp_path, schemas):
    opened = SqliteDatabase.open(tmp_path / "quick.db", schemas, durability="os")
    yield opened
    await opened.close()


async def test_it_is_committed_when_the_call_returns_where_commits_do_not_wait_for_the_disk(quick):
    assert quick.write_at_once(add, "now").done()
    assert await quick.read(texts) == ["now"]


async def test_it_waits_for_the_disk_like_any_write_with_durability_power(database):
    threads = []
    await database.write_at_once(lambda _: threads.append(threading.current_thread()))
    assert threads != [threading.current_thread()]


async def test_it_stays_behind_writes_that_were_asked_for_before(quick):
    earlier = asyncio.ensure_future(quick.write(add, "first"))
    await asyncio.sleep(0)
    await asyncio.gather(quick.write_at_once(add, "second"), earlier)
    assert await quick.read(texts) == ["first", "second"]


async def test_what_it_raises_rolls_it_back_and_reaches_the_caller(quick):
    with pytest.raises(ValueError, match="no"):
        await quick.write_at_once(add_then_fail, "no")
    await quick.write_at_once(add, "yes")
    assert await quick.read(texts) == ["yes"]


async def test_its_signals_are_heard_when_it_returns(quick):
    heard = []
    quick.on_signal(heard.append)
    await quick.write_at_once(lambda tx: tx.signal("topic"))
    assert heard == ["topic"]


async def test_a_closed_database_refuses_it(quick):
    await quick.close()
    with pytest.raises(Defect):
        await quick.write_at_once(add, "late")


async def test_many_kinds_of_writes_mixed_are_all_kept_in_the_order_of_their_kind(quick):
    async def all_of(write, name):
        for number in range(50):
            await write(add, f"{name}{number:02}")

    await asyncio.gather(all_of(quick.write, "a"), all_of(quick.write_at_once, "b"), all_of(quick.write_at_once, "c"))
    kept = await quick.read(texts)
    assert sorted(kept) == [f"{name}{number:02}" for name in "abc" for number in range(50)]
    for name in "abc":
        mine = [text for text in kept if text.startswith(name)]
        assert mine == sorted(mine)
