"""Reading in order out of batches that overlap, forward and backward, whole or in pages."""

import random

import pytest
from tests.unit.services.logs.conftest import SCOPE

from lambent.services.logs.engine import groups, reading
from lambent.services.logs.engine.positions import END, START, Position
from lambent.services.logs.engine.reading import Query


async def read(world, *, count_max=10_000, is_backward=False, **query):
    group = await world.store.read(groups.require, SCOPE, "g")
    return await world.store.read(reading.read, Query(group.id, **query), count_max=count_max, is_backward=is_backward)


async def read_all(world, *, count_max, is_backward=False, **query):
    """Page after page, as the rest of each says."""
    found = []
    start, end = query.pop("start", START), query.pop("end", END)
    while True:
        page = await read(world, count_max=count_max, is_backward=is_backward, start=start, end=end, **query)
        found += page.events
        if page.rest is None:
            return found
        start, end = (start, page.rest) if is_backward else (page.rest, end)


@pytest.fixture
async def overlapping(world):
    """400 events in batches that begin in any order and reach into one another; many share a millisecond."""
    chance = random.Random(7)
    for _ in range(80):
        begin = chance.randrange(0, 6_000)
        offsets = sorted(begin + chance.randrange(0, 1_900) for _ in range(5))
        await world.append(f"s{chance.randrange(4)}", [(offset // 3 * 3, f"{offset}") for offset in offsets])
    return world


async def test_events_come_in_order_of_time(overlapping):
    found = (await read(overlapping)).events
    assert len(found) == 400
    assert [event.position for event in found] == sorted(event.position for event in found)


async def test_backward_is_forward_turned_round(overlapping):
    forward = (await read(overlapping)).events
    assert (await read(overlapping, is_backward=True)).events == forward[::-1]


@pytest.mark.parametrize("is_backward", [False, True])
@pytest.mark.parametrize("count_max", [1, 7, 100])
async def test_pages_put_together_are_the_whole(overlapping, count_max, is_backward):
    whole = (await read(overlapping, is_backward=is_backward)).events
    assert await read_all(overlapping, count_max=count_max, is_backward=is_backward) == whole


@pytest.mark.parametrize("is_backward", [False, True])
async def test_what_one_request_scans_is_bounded_and_nothing_is_lost(overlapping, monkeypatch, is_backward):
    whole = (await read(overlapping, is_backward=is_backward)).events
    monkeypatch.setattr(reading, "SCANNED_EVENTS_MAX", 20)
    assert len((await read(overlapping, is_backward=is_backward)).events) < 400
    assert await read_all(overlapping, count_max=10_000, is_backward=is_backward) == whole


@pytest.mark.parametrize("is_backward", [False, True])
async def test_a_span_begins_with_its_start_and_ends_before_its_end(overlapping, is_backward):
    whole = (await read(overlapping)).events
    start, end = Position(overlapping.now_ms + 2_000), Position(overlapping.now_ms + 3_000)
    found = (await read(overlapping, start=start, end=end, is_backward=is_backward)).events
    wanted = [event for event in whole if start <= event.position < end]
    assert found == (wanted[::-1] if is_backward else wanted)
    assert wanted


@pytest.mark.parametrize("wanted", [{1}, {1, 3}, set()])
async def test_only_the_streams_asked_for_are_read(overlapping, wanted):
    whole = (await read(overlapping)).events
    assert (await read(overlapping, stream_ids=wanted)).events == [event for event in whole if event.stream_id in wanted]


async def test_only_what_matches_is_found(overlapping):
    found = (await read(overlapping, matches=lambda message: message.endswith("7"))).events
    assert found
    assert all(event.message.endswith("7") for event in found)


async def test_a_page_is_bounded_in_bytes_but_has_one_event_at_least(world):
    await world.append("s", [(number, "x" * 600_000) for number in range(3)])
    page = await read(world)
    assert len(page.events) == 1
    assert len(await read_all(world, count_max=10)) == 3


async def test_many_events_of_one_millisecond_do_not_hold_a_reader_up(world, monkeypatch):
    monkeypatch.setattr(reading, "SCANNED_EVENTS_MAX", 3)
    for _ in range(10):
        await world.append("s", [(0, "a")])
    assert len(await read_all(world, count_max=10_000)) == 10
    assert len(await read_all(world, count_max=10_000, is_backward=True)) == 10
