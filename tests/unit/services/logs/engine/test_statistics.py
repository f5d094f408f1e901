"""Counting: each batch once, whenever somebody asks."""

from tests.unit.services.logs.conftest import CONTEXT, SCOPE

from lambent.services.logs.engine import statistics, streams
from lambent.services.logs.tables import groups


async def stream(world):
    page = await world.store.write(streams.page, SCOPE, "g", streams.Order(by_time=False, is_descending=False), 50)
    return page.streams[0]


async def stored_bytes(world):
    await world.store.write(statistics.catch_up)
    return (await world.store.read(groups.find, SCOPE.account, SCOPE.region, "g")).stored_bytes


async def test_a_stream_knows_its_first_and_its_last_event(world):
    await world.append("s", [(5, "b"), (9, "c")])
    await world.append("s", [(1, "a")])
    found = await stream(world)
    assert (found.first_event_ms, found.last_event_ms) == (world.now_ms + 1, world.now_ms + 9)
    assert found.last_ingested_ms == world.now_ms


async def test_a_stream_without_events_has_no_times(world):
    await world.group("g", "s")
    assert (await stream(world)).last_event_ms == 0


async def test_bytes_are_counted_once(world):
    await world.append("s", [(0, "x" * 1000)])
    once = await stored_bytes(world)
    assert 1000 < once < 1100
    assert await stored_bytes(world) == once
    await world.append("s", [(0, "x" * 1000)])
    assert await stored_bytes(world) == 2 * once


async def test_bytes_go_with_a_deleted_stream(world):
    await world.append("other", [(0, "y")])
    before = await stored_bytes(world)
    await world.append("s", [(0, "x" * 1000)])
    await stored_bytes(world)
    await world.logs.delete_log_stream(CONTEXT, {"logGroupName": "g", "logStreamName": "s"})
    assert await stored_bytes(world) == before


async def test_a_little_at_a_time_counts_all(world, monkeypatch):
    monkeypatch.setattr(statistics, "BATCHES_AT_ONCE", 2)
    for number in range(5):
        await world.append("s", [(number, "x")])
    steps = 0
    while await world.store.read(statistics.is_anything_uncounted):
        await world.store.write(statistics.catch_up_some)
        steps += 1
    assert steps == 3
    assert (await stream(world)).last_event_ms == world.now_ms + 4
