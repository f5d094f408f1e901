"""The rows of timers and outbox."""

from lambent.core.clock import NEVER
from lambent.durable import tables


def set_timer(tx, key, due_at):
    tables.upsert_timer(tx, kind="k", key=key, due_at=due_at, payload=None, account="", region="")


async def test_the_next_timer_is_the_first_that_is_due(world):
    assert await world.store.read(tables.next_timer_due_at) == NEVER
    for key, due_at in (("a", 20.0), ("b", 0.0), ("c", 10.0)):
        await world.store.write(set_timer, key, due_at)
    assert await world.store.read(tables.next_timer_due_at) == 0.0


async def test_a_timer_that_was_moved_is_not_taken(world):
    await world.store.write(set_timer, "a", 10.0)
    (timer,) = await world.store.read(tables.due_timers, 10.0, 10)
    await world.store.write(set_timer, "a", 20.0)
    assert await world.store.write(tables.take_timer, timer.id, 10.0) is None
    taken = await world.store.write(tables.take_timer, timer.id, 20.0)
    assert (taken.key, taken.due_at) == ("a", 20.0)


async def test_a_look_passes_over_what_is_in_flight_and_tells_the_next_instant(world, context):
    def fill(tx):
        for number, due_at in enumerate((1.0, 2.0, 3.0, 50.0)):
            tables.insert_entry(
                tx,
                context=context,
                service="s",
                operation=str(number),
                parameters={},
                retries=tables.Retries(),
                ordering_key="",
                on_end="",
                now=0.0,
                due_at=due_at,
            )

    await world.store.write(fill)
    look = await world.store.read(tables.look, 10.0, in_flight=frozenset({1}), count_max=1)
    assert ([entry.operation for entry in look.entries], look.next_due_at) == (["1"], 50.0)
