"""Preconditions and ranges."""

from datetime import UTC, datetime, timedelta

import pytest

from lambent.services.s3 import errors
from lambent.services.s3.engine import conditions
from lambent.services.s3.engine.conditions import ReadConditions, Span, WriteConditions
from lambent.services.s3.tables.objects import ObjectVersion

AT = datetime(2026, 1, 1, tzinfo=UTC)
FOUND = ObjectVersion("key", 1, "null", etag="abc", modified_at=AT.timestamp(), sha256="0")
MARKER = ObjectVersion("key", 2, "null", is_delete_marker=True)
LATER, EARLIER = AT + timedelta(seconds=1), AT - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("asked_for", "first", "last"),
    [("bytes=0-4", 0, 4), ("bytes=5-", 5, 9), ("bytes=-3", 7, 9), ("bytes=8-100", 8, 9), ("bytes=-100", 0, 9)],
)
def test_a_range_is_part_of_the_object(asked_for: str, first: int, last: int):
    assert conditions.span_of(asked_for, 10) == Span(first, last, 10, is_part=True)


@pytest.mark.parametrize("asked_for", [None, "bytes=a-b", "bytes=-", "items=0-1", "bytes=0-1,3-4", "bytes=5-2"])
def test_a_range_that_cannot_be_read_asks_for_all(asked_for: str | None):
    assert conditions.span_of(asked_for, 10) == Span(0, 9, 10)


@pytest.mark.parametrize(("asked_for", "size"), [("bytes=10-", 10), ("bytes=-0", 10), ("bytes=0-0", 0)])
def test_a_range_behind_the_end_is_refused(asked_for: str, size: int):
    with pytest.raises(errors.InvalidRange) as refused:
        conditions.span_of(asked_for, size)
    assert refused.value.members == {"RangeRequested": asked_for, "ActualObjectSize": str(size)}


def test_a_range_tells_itself_as_http_does():
    assert conditions.span_of("bytes=2-4", 10).content_range == "bytes 2-4/10"


@pytest.mark.parametrize("asked_for", ["bytes=0-10", "bytes=5-", "bytes=-5", "0-5"])
def test_a_range_of_a_copy_must_lie_within_its_source(asked_for: str):
    with pytest.raises(errors.InvalidArgument):
        conditions.copy_span_of(asked_for, 10)


@pytest.mark.parametrize(
    "demands",
    [
        ReadConditions(match='"abc"'),
        ReadConditions(match="*"),
        ReadConditions(match='"x", "abc"'),
        ReadConditions(none_match='"x"'),
        ReadConditions(modified_since=EARLIER),
        ReadConditions(unmodified_since=AT),
        ReadConditions(match='"abc"', unmodified_since=EARLIER),
        ReadConditions(none_match='"x"', modified_since=LATER),
    ],
)
def test_conditions_that_hold_let_the_reader_through(demands: ReadConditions):
    conditions.check_read(demands, FOUND)


@pytest.mark.parametrize("demands", [ReadConditions(match='"x"'), ReadConditions(unmodified_since=EARLIER)])
def test_a_reader_that_wants_another_state_is_refused(demands: ReadConditions):
    with pytest.raises(errors.PreconditionFailed):
        conditions.check_read(demands, FOUND)


@pytest.mark.parametrize("demands", [ReadConditions(none_match='"abc"'), ReadConditions(modified_since=AT)])
def test_a_reader_whose_copy_is_good_is_told_so_but_a_copy_is_refused(demands: ReadConditions):
    with pytest.raises(errors.NotModified) as told:
        conditions.check_read(demands, FOUND)
    assert told.value.headers == {"ETag": '"abc"', "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
    with pytest.raises(errors.PreconditionFailed):
        conditions.check_read(demands, FOUND, is_copy=True)


def test_a_writer_may_demand_that_nothing_is_there():
    demands = WriteConditions(none_match="*")
    conditions.check_write(demands, None, "key")
    conditions.check_write(demands, MARKER, "key")
    with pytest.raises(errors.PreconditionFailed):
        conditions.check_write(demands, FOUND, "key")


def test_a_writer_may_demand_what_is_there():
    conditions.check_write(WriteConditions(match='"abc"'), FOUND, "key")
    with pytest.raises(errors.PreconditionFailed):
        conditions.check_write(WriteConditions(match='"x"'), FOUND, "key")
    with pytest.raises(errors.NoSuchKey):
        conditions.check_write(WriteConditions(match='"abc"'), MARKER, "key")
