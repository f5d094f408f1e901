"""Streams: made once, listed by name or by their last events in both directions."""

import pytest
from tests.unit.services.logs.conftest import SCOPE

from lambent.services.logs import errors
from lambent.services.logs.engine import streams
from lambent.services.logs.engine.streams import Order


async def listed(world, order, count_max=50):
    """All names, page after page."""
    seen, after = [], None
    while True:
        page = await world.store.write(streams.page, SCOPE, "g", Order(**order, after=after), count_max)
        seen += [stream.name for stream in page.streams]
        if not page.is_truncated:
            return seen
        after = (page.streams[-1].last_event_ms, page.streams[-1].name)


@pytest.fixture
async def four(world):
    """Streams whose order by name is not that of their events; d has none."""
    await world.group("g", "d")
    for name, at_ms in (("a", 30), ("b", 10), ("c", 20)):
        await world.append(name, [(at_ms, name)])
    return world


async def test_a_stream_is_made_once(world):
    await world.group("g", "s")
    with pytest.raises(errors.StreamAlreadyExists):
        await world.store.write(streams.create, SCOPE, "g", "s", now_ms=1)


@pytest.mark.parametrize("count_max", [1, 3, 50])
async def test_streams_are_listed_in_each_order_whatever_the_page(four, count_max):
    assert await listed(four, {"by_time": False, "is_descending": False}, count_max) == ["a", "b", "c", "d"]
    assert await listed(four, {"by_time": False, "is_descending": True}, count_max) == ["d", "c", "b", "a"]
    assert await listed(four, {"by_time": True, "is_descending": False}, count_max) == ["d", "b", "c", "a"]
    assert await listed(four, {"by_time": True, "is_descending": True}, count_max) == ["a", "c", "b", "d"]


@pytest.mark.parametrize("is_descending", [False, True])
async def test_a_prefix_bounds_the_list(world, is_descending):
    await world.group("g", "2026/01/x", "2026/02/a", "2026/02/b", "2026/03/x")
    names = await listed(world, {"by_time": False, "is_descending": is_descending, "prefix": "2026/02/"}, 1)
    assert sorted(names) == ["2026/02/a", "2026/02/b"]


async def test_a_deleted_stream_takes_its_events_along(four):
    await four.store.write(streams.delete, SCOPE, "g", "a")
    assert await listed(four, {"by_time": False, "is_descending": False}) == ["b", "c", "d"]
    with pytest.raises(errors.NoSuchStream):
        await four.messages("a")
