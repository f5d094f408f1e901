"""A tail shows what came in after it began, of the streams it follows, in order of the commits."""

import pytest
from tests.unit.services.logs.conftest import CONTEXT, SCOPE

from lambent.services.logs import errors
from lambent.services.logs.engine import tailing
from lambent.services.logs.engine.tailing import Tail


async def begin(world, **wanted):
    start = await world.store.read(tailing.start, SCOPE, ["g"])
    return Tail(groups=start.groups, **wanted), start.after_id


async def look(world, tail, after_id):
    seen, until_id = await world.store.read(tailing.look, tail, after_id)
    return [event.message for event in seen], until_id


async def test_what_was_there_before_is_not_shown(world):
    await world.append("s", [(0, "before")])
    tail, after_id = await begin(world)
    await world.append("s", [(5, "late")])
    await world.append("s", [(1, "later")])
    assert (await look(world, tail, after_id))[0] == ["late", "later"]


async def test_nothing_is_shown_twice(world):
    await world.group("g")
    tail, after_id = await begin(world)
    await world.append("s", [(0, "a")])
    _, until_id = await look(world, tail, after_id)
    assert await look(world, tail, until_id) == ([], until_id)


async def test_other_groups_and_streams_are_not_shown(world):
    await world.group("g")
    by_name, after_id = await begin(world, stream_names=frozenset({"a1"}))
    by_prefix, _ = await begin(world, stream_prefixes=("a",))
    for stream in ("a1", "a2", "b1"):
        await world.append(stream, [(0, stream)])
    await world.append("a1", [(0, "other")], group="h")
    assert (await look(world, by_name, after_id))[0] == ["a1"]
    assert (await look(world, by_prefix, after_id))[0] == ["a1", "a2"]


async def test_only_what_matches_is_shown(world):
    await world.group("g")
    tail, after_id = await begin(world, matches=lambda message: "yes" in message)
    await world.append("s", [(0, "yes"), (1, "no")])
    assert (await look(world, tail, after_id))[0] == ["yes"]


async def test_one_look_is_bounded_and_the_next_goes_on(world, monkeypatch):
    monkeypatch.setattr(tailing, "BATCHES_AT_ONCE", 2)
    await world.group("g")
    tail, after_id = await begin(world)
    for number in range(3):
        await world.append("s", [(0, f"{number}")])
    first, until_id = await look(world, tail, after_id)
    rest, _ = await look(world, tail, until_id)
    assert (first, rest) == (["0", "1"], ["2"])


async def test_events_of_a_stream_that_was_deleted_meanwhile_are_left_out(world):
    await world.group("g")
    tail, after_id = await begin(world)
    await world.append("s", [(0, "gone")])
    await world.logs.delete_log_stream(CONTEXT, {"logGroupName": "g", "logStreamName": "s"})
    assert (await look(world, tail, after_id))[0] == []


def test_contradictions_are_refused():
    with pytest.raises(errors.NamesAndPrefix):
        tailing.check(1, ["a"], ["b"])
    with pytest.raises(errors.StreamsOfManyGroups):
        tailing.check(2, ["a"], [])
    tailing.check(2, [], [])
