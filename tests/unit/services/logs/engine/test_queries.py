"""GetLogEvents' tokens at both ends, FilterLogEvents' bounds, and what retention hides."""

import pytest
from tests.unit.services.logs.conftest import CONTEXT, SCOPE

from lambent.services.logs import errors
from lambent.services.logs.engine import queries
from lambent.services.logs.engine.queries import Filter, Times

NO_TIMES = Times(None, None)


async def get(world, token="", *, from_head=False, count_max=2, times=NO_TIMES):
    wanted = {"times": times, "token": token, "from_head": from_head, "count_max": count_max, "now_ms": world.now_ms}
    return await world.store.read(queries.get, SCOPE, "g", "s", **wanted)


def messages(page):
    return [event.message for event in page.events]


@pytest.fixture
async def five(world):
    await world.append("s", [(number * 10, f"{number}") for number in range(5)])
    return world


async def test_the_latest_events_come_first_unless_the_head_is_asked_for(five):
    assert messages(await get(five)) == ["3", "4"]
    assert messages(await get(five, from_head=True)) == ["0", "1"]


async def test_tokens_lead_both_ways(five):
    last = await get(five)
    middle = await get(five, last.backward_token)
    assert messages(middle) == ["1", "2"]
    assert messages(await get(five, middle.backward_token)) == ["0"]
    assert messages(await get(five, middle.forward_token)) == ["3", "4"]


async def test_at_the_end_the_token_comes_back_as_it_was_given(five):
    last = await get(five)
    end = await get(five, last.forward_token)
    assert messages(end) == []
    assert end.forward_token == last.forward_token
    assert messages(await get(five, end.backward_token)) == ["3", "4"]


async def test_at_the_beginning_the_token_comes_back_as_it_was_given(five):
    first = await get(five, from_head=True)
    beginning = await get(five, first.backward_token)
    assert messages(beginning) == []
    assert beginning.backward_token == first.backward_token
    assert messages(await get(five, beginning.forward_token)) == ["0", "1"]


async def test_a_token_kept_at_the_end_finds_what_is_written_later(five):
    end = await get(five, (await get(five)).forward_token)
    await five.append("s", [(100, "later")])
    assert messages(await get(five, end.forward_token)) == ["later"]


async def test_an_empty_stream_gives_a_token_that_finds_the_first_event(world):
    await world.group("g", "s")
    empty = await get(world)
    await world.append("s", [(0, "first")])
    assert messages(await get(world, empty.forward_token)) == ["first"]


async def test_the_end_time_is_excluded_when_getting_and_included_when_filtering(five):
    times = Times(five.now_ms + 10, five.now_ms + 30)
    assert messages(await get(five, times=times, count_max=10)) == ["1", "2"]
    page = await five.store.read(queries.filter_events, SCOPE, "g", Filter(times), token="", count_max=10, now_ms=five.now_ms)
    assert messages(page) == ["1", "2", "3"]


async def test_what_is_past_its_retention_is_hidden_before_it_is_deleted(five):
    await five.logs.put_retention_policy(CONTEXT, {"logGroupName": "g", "retentionInDays": 1})
    await five.clock.advance(24 * 3_600 + 0.025)
    assert messages(await get(five, count_max=10)) == ["3", "4"]


async def test_filtering_backward_shows_the_latest_first(five):
    wanted = Filter(NO_TIMES, is_backward=True)
    page = await five.store.read(queries.filter_events, SCOPE, "g", wanted, token="", count_max=2, now_ms=five.now_ms)
    assert messages(page) == ["4", "3"]
    # The token's own direction counts from now on.
    rest = await five.store.read(
        queries.filter_events, SCOPE, "g", Filter(NO_TIMES), token=page.token, count_max=9, now_ms=five.now_ms
    )
    assert messages(rest) == ["2", "1", "0"]


async def test_a_stream_that_is_not_there_is_told(five):
    wanted = Filter(NO_TIMES, stream_names=("s", "none"))
    with pytest.raises(errors.NoSuchStream):
        await five.store.read(queries.filter_events, SCOPE, "g", wanted, token="", count_max=2, now_ms=five.now_ms)


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (Filter(NO_TIMES, stream_names=("s",), stream_prefix="s"), errors.NamesAndPrefix),
        (Filter(Times(2, 1)), errors.StartIsAfterEnd),
        (Filter(Times(1, None), is_backward=True), errors.BackwardTooFar),
    ],
)
def test_contradictions_are_refused(wanted, error):
    with pytest.raises(error):
        queries.check(wanted)
