"""What a platform has in memory of one function's events."""

import pytest

from lambent.core.clock import NEVER
from lambent.core.context import Scope
from lambent.services.lambda_.engine.identifiers import FunctionName
from lambent.services.lambda_.operations import lanes
from lambent.services.lambda_.operations.lanes import Lane
from lambent.services.lambda_.tables.async_events import AsyncEvent

SCOPE = Scope("111111111111", "us-east-1")


def event(request_id: str = "id", payload: bytes = b"1") -> AsyncEvent:
    return AsyncEvent(SCOPE, request_id, "f", None, payload, "trace", "arn", "url", 0.0, 0.0)


@pytest.fixture
def lane() -> Lane:
    return Lane(FunctionName(SCOPE, "f"))


def test_what_waits_comes_out_as_it_went_in(lane):
    for request_id in ("a", "b"):
        lane.push(event(request_id))
    assert [lane.pop().request_id, lane.pop().request_id] == ["a", "b"]
    assert lane.held == {"a", "b"}  # until their ends are written


@pytest.mark.parametrize("name", ["has_rows", "is_reading"])
def test_an_accepted_event_waits_behind_those_that_are_rows_only(lane, name):
    assert lane.takes_more
    setattr(lane, name, True)
    assert not lane.takes_more


def test_memory_has_a_limit_by_count_and_by_size(lane, monkeypatch):
    monkeypatch.setattr(lanes, "QUEUED_MAX", 2)
    monkeypatch.setattr(lanes, "QUEUED_BYTES_MAX", 10)
    lane.push(event("a", b"123456789"))
    assert lane.takes_more
    lane.push(event("b"))
    assert not lane.takes_more
    lane.pop()
    assert lane.takes_more
    lane.push(event("c", b"0123456789"))
    lane.pop()
    assert not lane.takes_more


def test_a_forgotten_queue_is_read_again_and_what_runs_is_not(lane):
    for request_id in ("runs", "waits"):
        lane.push(event(request_id))
    lane.pop()
    lane.forget_queue()
    assert (list(lane.queue), lane.held, lane.queued_bytes, lane.has_rows) == ([], {"runs"}, 0, True)


def test_only_so_many_start_at_once(lane):
    for number in range(lanes.STARTING_MAX):
        assert lane.starts_wait_s(5.0) == 0.0
        lane.starting[str(number)] = 5.0
    assert lane.starts_wait_s(5.0 + lanes.STARTING_S / 2) == pytest.approx(lanes.STARTING_S / 2)
    assert lane.starts_wait_s(5.001 + lanes.STARTING_S) == 0.0
    assert lane.starting == {}


def test_one_that_has_ended_makes_room_for_another_start(lane):
    lane.starting = {str(number): 5.0 for number in range(lanes.STARTING_MAX)}
    del lane.starting["3"]
    assert lane.starts_wait_s(5.0) == 0.0


def test_a_lane_is_needed_while_anything_is_to_come(lane):
    assert not lane.is_needed
    lane.next_row_at = 60.0
    assert lane.is_needed
    lane.next_row_at = NEVER
    lane.push(event())
    lane.pop()
    assert lane.is_needed
    lane.held.clear()
    assert not lane.is_needed


def test_a_lane_is_woken_by_whatever_comes_first(lane):
    lane.next_row_at, lane.room_at, lane.too_old_at = 3.0, 2.0, 1.0
    assert lane.wake_at == 1.0
