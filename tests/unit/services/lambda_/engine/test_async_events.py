"""Events accepted for later."""

import pytest

from lambent.services.lambda_.engine import async_events
from lambent.services.lambda_.engine.identifiers import Scope
from lambent.services.lambda_.tables.async_events import AsyncEvent

SCOPE = Scope("111111111111", "us-east-1")


def event(request_id: str = "id", due_at: float = 10.0, **more) -> AsyncEvent:
    return AsyncEvent(SCOPE, request_id, "f", more.get("qualifier"), b'{"a": 1}', "trace", "arn", "url", 10.0, due_at)


def test_an_event_is_kept_byte_for_byte(tx):
    accepted = event(qualifier="live")
    async_events.accept(tx, accepted)
    assert async_events.load(tx, SCOPE, "id") == accepted


def test_what_is_due_first_comes_first(tx):
    for request_id, due_at in (("late", 12.0), ("soon", 11.0)):
        async_events.accept(tx, event(request_id, due_at))
    assert [due.request_id for due in async_events.next_due(tx, event().function, 9)] == ["soon", "late"]
    assert async_events.functions_waiting(tx) == [event().function]


def test_a_finished_event_is_gone(tx):
    async_events.accept(tx, event())
    async_events.finish(tx, event())
    assert async_events.load(tx, SCOPE, "id") is None


@pytest.mark.parametrize(("throttles", "delay_s"), [(0, 1), (1, 2), (5, 32), (9, 300), (500, 300)])
def test_throttles_wait_longer_each_time_up_to_five_minutes(throttles, delay_s):
    assert async_events.throttle_delay_s(throttles) == delay_s


def test_a_throttled_event_waits_and_counts_no_function_error(tx):
    async_events.accept(tx, event())
    assert async_events.postpone(tx, event(), 20.0)
    kept = async_events.load(tx, SCOPE, "id")
    assert (kept.due_at, kept.throttles, kept.function_errors) == (21.0, 1, 0)


def test_an_event_waits_for_at_most_six_hours(tx):
    async_events.accept(tx, event())
    assert not async_events.postpone(tx, event(), 10.0 + 21_600)
    assert async_events.load(tx, SCOPE, "id") is None
