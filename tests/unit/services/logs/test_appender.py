"""The fast way in: groups and streams appear, appends share commits, deletions are not undone by what is remembered."""

import asyncio

import pytest
from tests.unit.services.logs.conftest import CONTEXT, SCOPE

from lambent.core.errors import Defect
from lambent.services.logs import appender
from lambent.services.logs.engine import groups, ingestion
from lambent.services.logs.errors import NoSuchGroup


async def test_the_first_append_makes_the_group_and_the_stream(world):
    await world.append("s", [(0, "a"), (1, "b")], group="new")
    assert await world.messages("s", group="new") == ["a", "b"]


async def test_appending_nothing_makes_nothing(world):
    await world.append("s", [], group="new")
    with pytest.raises(NoSuchGroup):
        await world.store.read(groups.require, SCOPE, "new")


async def test_what_is_appended_while_a_commit_is_under_way_shares_the_next_one(world, monkeypatch):
    commits = []
    monkeypatch.setattr(ingestion, "append", _counting(ingestion.append, commits))
    first = asyncio.ensure_future(world.append("s0", [(0, "first")]))
    for _ in range(100_000):
        if commits:
            break
        await asyncio.sleep(0)
    await asyncio.gather(first, *(world.append(f"s{number % 3}", [(number, f"{number}")]) for number in range(30)))
    assert [sorted(stream.stream for stream in each) for each in commits] == [["s0"], ["s0", "s1", "s2"]]


@pytest.mark.parametrize("last_is_patient", [True, False], ids=["a full round", "one in a hurry"])
async def test_patient_appends_are_committed_together_with(last_is_patient, world, monkeypatch):
    monkeypatch.setattr(appender, "PATIENT_S_MAX", 3_600.0)
    commits = []
    monkeypatch.setattr(ingestion, "append", _counting(ingestion.append, commits))
    patient = [
        asyncio.ensure_future(world.append(f"s{number}", [(0, "a")], is_patient=True))
        for number in range(appender.PATIENT_MAX - 1)
    ]
    for _ in range(100):
        await asyncio.sleep(0)
    assert commits == []
    await asyncio.gather(*patient, world.append("last", [(0, "b")], is_patient=last_is_patient))
    assert [len(each) for each in commits] == [appender.PATIENT_MAX]


async def test_a_patient_append_that_stays_alone_is_committed_all_the_same(world):
    await world.append("s", [(0, "a")], is_patient=True)
    assert await world.messages("s") == ["a"]


def _counting(function, commits):
    def append(tx, pending, known, *, now_ms):
        commits.append(dict(pending))
        return function(tx, pending, known, now_ms=now_ms)

    return append


async def test_an_append_that_is_given_up_does_not_take_the_others_along(world):
    waits = [asyncio.ensure_future(world.append("s", [(number, f"{number}")])) for number in range(3)]
    await asyncio.sleep(0)
    waits[1].cancel()
    results = await asyncio.gather(*waits, return_exceptions=True)
    assert [type(result) for result in results] == [type(None), asyncio.CancelledError, type(None)]
    assert await world.messages("s") == ["0", "1", "2"]


async def test_a_failing_commit_is_told_to_each_who_waits_and_the_next_append_works(world, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(ingestion, "append", _failing)
        results = await asyncio.gather(*(world.append("s", [(0, "lost")]) for _ in range(3)), return_exceptions=True)
    assert [str(result) for result in results] == ["disk full"] * 3
    await world.append("s", [(0, "kept")])
    assert await world.messages("s") == ["kept"]


def _failing(tx, pending, known, *, now_ms):
    raise OSError("disk full")


async def test_events_of_a_deleted_group_do_not_come_back_with_the_next_append(world):
    await world.append("s", [(0, "old")])
    await world.logs.delete_log_group(CONTEXT, {"logGroupName": "g"})
    await world.append("s", [(0, "new")])
    assert await world.messages("s") == ["new"]


async def test_appends_around_a_deletion_leave_no_rows_of_streams_that_are_gone(world):
    await world.append("s", [(0, "old")])
    parameters = {"logGroupName": "g", "logStreamName": "s"}
    await asyncio.gather(
        *(world.append("s", [(number, "before")]) for number in range(5)),
        world.logs.delete_log_stream(CONTEXT, parameters),
        *(world.append("s", [(number, "after")]) for number in range(5)),
    )
    orphans = "SELECT COUNT(*) FROM log_batches WHERE stream_id NOT IN (SELECT id FROM log_streams)"
    assert await world.store.read(lambda tx: tx.one(orphans)) == (0,)


async def test_half_a_surrogate_pair_is_kept_as_a_question_mark(world):
    await world.append("s", [(0, "a\ud800b")])
    assert await world.messages("s") == ["a?b"]


async def test_an_append_to_a_closed_store_is_told_so(world):
    await world.store.close()
    with pytest.raises(Defect, match="is closed"):
        await world.append("s", [(0, "a")])
