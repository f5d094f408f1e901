"""What PutLogEvents takes, what it refuses, and how events are cut into batches."""

import pytest
from tests.unit.services.logs.conftest import SCOPE

from lambent.core.ports import LogEvent
from lambent.services.logs import errors
from lambent.services.logs.engine import groups, ingestion
from lambent.services.logs.engine.ingestion import Rejected

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
NOW_MS = 1_767_225_600_000


def of(*events):
    return [LogEvent(at_ms, message) for at_ms, message in events]


def rejected(*offsets_ms, retention_days=0):
    events = [LogEvent(NOW_MS + offset_ms, "m") for offset_ms in offsets_ms]
    return ingestion.rejected_of(events, now_ms=NOW_MS, retention_days=retention_days)


def test_a_request_at_its_limit_is_taken():
    ingestion.check(of((0, "x" * (ingestion.REQUEST_BYTES_MAX - 26))))
    ingestion.check(of((0, "a"), (0, "b"), (DAY_MS, "c")))


def test_a_request_beyond_its_limit_is_refused_with_its_size():
    half = ingestion.REQUEST_BYTES_MAX // 2
    with pytest.raises(errors.BatchTooLarge, match="Upload too large: 1048629 bytes exceeds limit of 1048576"):
        ingestion.check(of((0, "x" * half), (0, "x" * (half + 1))))


def test_an_event_counts_its_utf8_bytes_and_26():
    with pytest.raises(errors.EventTooLarge, match="Log event too large: 1048577 bytes exceeds limit of 1048576"):
        ingestion.check(of((0, "é" * ((ingestion.EVENT_BYTES_MAX - 26) // 2) + "x")))


def test_events_must_be_in_order_of_time():
    with pytest.raises(errors.EventsOutOfOrder, match="must be in chronological order"):
        ingestion.check(of((2, "a"), (1, "b")))


def test_events_must_not_span_more_than_a_day():
    with pytest.raises(errors.EventsSpanTooLong):
        ingestion.check(of((0, "a"), (DAY_MS + 1, "b")))


def test_events_too_old_and_too_new_are_told_by_their_indexes():
    assert rejected(-15 * DAY_MS, -15 * DAY_MS + 1, 0, 3 * HOUR_MS) == Rejected(too_new_start=3, too_old_end=2)
    assert rejected(-14 * DAY_MS, 0, 2 * HOUR_MS) == Rejected()
    assert not rejected(0)


def test_events_past_the_retention_of_their_group_are_expired():
    assert rejected(-4 * DAY_MS, -2 * DAY_MS, 0, retention_days=3) == Rejected(expired_end=1)


async def test_only_what_is_not_rejected_is_kept(world):
    await world.group("g", "s")
    offsets = [-15 * DAY_MS, -1, 0, 3 * HOUR_MS]
    events = [LogEvent(world.now_ms + offset, f"{offset}") for offset in offsets]
    told = await world.store.write(ingestion.put, SCOPE, "g", "s", events, now_ms=world.now_ms)
    assert told == Rejected(too_new_start=3, too_old_end=1)
    assert await world.messages("s") == ["-1", "0"]


async def test_putting_into_what_is_not_there_says_which(world):
    with pytest.raises(errors.NoSuchGroup):
        await world.store.write(ingestion.put, SCOPE, "g", "s", [LogEvent(world.now_ms, "a")], now_ms=world.now_ms)
    await world.group("g")
    with pytest.raises(errors.NoSuchStream):
        await world.store.write(ingestion.put, SCOPE, "g", "s", [LogEvent(world.now_ms, "a")], now_ms=world.now_ms)
    assert (await world.store.read(groups.require, SCOPE, "g")).name == "g"


def test_a_batch_is_bounded_in_time_and_in_number():
    assert ingestion.cut(of((0, "a"), (2_000, "b"))) == [of((0, "a"), (2_000, "b"))]
    assert ingestion.cut(of((0, "a"), (2_001, "b"), (2_002, "c"))) == [of((0, "a")), of((2_001, "b"), (2_002, "c"))]
    assert [len(batch) for batch in ingestion.cut(of(*[(0, "a")] * 1_001))] == [500, 500, 1]


def test_events_are_put_in_order_and_keep_it_where_times_are_equal():
    assert ingestion.cut(of((2, "c"), (1, "a"), (1, "b"))) == [of((1, "a"), (1, "b"), (2, "c"))]
