"""The rows of timers, outbox and clocks."""

import sqlite3

import pytest

from lambent.core.clock import NEVER
from lambent.durable import tables
from lambent.durable.tables import KeptClock
from lambent.store.schema import schema_of


def set_timer(tx, key, due_at, account=""):
    tables.upsert_timer(tx, kind="k", key=key, due_at=due_at, payload=None, account=account, region="")


async def test_the_next_timer_is_the_first_that_is_due(world):
    assert await world.store.read(tables.next_timers_due_at) == {"": NEVER}
    for key, due_at in (("a", 20.0), ("b", 0.0), ("c", 10.0)):
        await world.store.write(set_timer, key, due_at)
    assert await world.store.read(tables.next_timers_due_at) == {"": 0.0}


async def test_timers_of_an_account_with_a_clock_of_its_own_are_apart(world):
    await world.store.write(tables.upsert_clock, KeptClock("", "virtual", 100.0, 0.0))
    await world.store.write(tables.upsert_clock, KeptClock("1", "virtual", 5.0, 0.0))
    for key, due_at, account in (("a", 20.0, ""), ("b", 3.0, "1"), ("c", 4.0, "1"), ("d", 30.0, "2"), ("e", 9.0, "1")):
        await world.store.write(set_timer, key, due_at, account)
    assert await world.store.read(tables.next_timers_due_at) == {"": 20.0, "1": 3.0}
    due = await world.store.read(tables.due_timers, {"": 100.0, "1": 5.0}, 10)
    assert [timer.key for timer in due] == ["a", "d", "b", "c"]
    assert len(await world.store.read(tables.due_timers, {"": 100.0, "1": 5.0}, 3)) == 3
    await world.store.write(tables.delete_clock, "1")
    assert await world.store.read(tables.next_timers_due_at) == {"": 3.0}
    assert await world.store.read(tables.list_clocks) == [KeptClock("", "virtual", 100.0, 0.0)]


@pytest.mark.parametrize("statement", [tables.NEXT_TIMER, tables.NEXT_TIMERS_OF_ACCOUNTS])
def test_where_no_account_has_its_own_clock_a_look_costs_the_same_however_many_timers_there_are(statement):
    def steps_with(count):
        connection = sqlite3.connect(":memory:")
        connection.executescript(schema_of("lambent.durable").sql)
        connection.execute(tables.UPSERT_CLOCK, ("", "virtual", 1.0, 0.0))
        for number in range(count):
            connection.execute(tables.UPSERT_TIMER, ("1", "r", "k", str(number), float(number), b"", ""))
        steps = []
        connection.set_progress_handler(lambda: steps.append(1), 1)
        connection.execute(statement, ("",)).fetchall()
        return len(steps)

    assert steps_with(1_000) == steps_with(10)


async def test_a_timer_that_was_moved_is_not_taken(world):
    await world.store.write(set_timer, "a", 10.0)
    (timer,) = await world.store.read(tables.due_timers, {"": 10.0}, 10)
    await world.store.write(set_timer, "a", 20.0)
    assert await world.store.write(tables.take_timer, timer.id, 10.0) is None
    taken = await world.store.write(tables.take_timer, timer.id, 20.0)
    assert (taken.key, taken.due_at) == ("a", 20.0)


async def test_a_look_passes_over_what_is_in_flight_and_tells_the_next_instant(world, context):
    def fill(tx):
        for number, due_at in enumerate((1.0, 2.0, 3.0, 50.0)):
            insert(tx, context, [str(number)], due_at=due_at)
        insert(tx, context, ["of another lane"], due_at=1.0, lane="other")

    await world.store.write(fill)
    look = await world.store.read(tables.look, {"": 10.0}, lane="", in_flight=frozenset({1}), count_max=1)
    assert ([entry.operation for entry in look.entries], look.next_due_at) == (["1"], {"": 50.0})


async def test_of_ordered_calls_written_at_once_only_the_first_of_each_key_is_due(world, context):
    def fill(tx):
        insert(tx, context, ["a1"], key="a")
        insert(tx, context, ["a2", "a3"], key="a")
        insert(tx, context, ["b1", "b2"], key="b")

    await world.store.write(fill)
    look = await world.store.read(tables.look, {"": 10.0}, lane="", in_flight=frozenset(), count_max=9)
    assert [entry.operation for entry in look.entries] == ["a1", "b1"]


def insert(tx, context, operations, *, due_at=0.0, lane="", key=""):
    calls = [tables.Call(context, "s", operation, {}, key) for operation in operations]
    moments = {context.account: 0.0}
    tables.insert_entries(tx, calls, retries=tables.Retries(), on_end="", lane=lane, moments=moments, delay_s=due_at)
