"""Events accepted for later: kept, looked for, put off, ended."""

import pytest

from lambent.core.clock import NEVER
from lambent.core.context import Scope
from lambent.services.lambda_.engine import async_events as engine
from lambent.services.lambda_.tables import async_events as tables
from lambent.services.lambda_.tables.async_events import AsyncEvent, Failure, Response

SCOPE = Scope("111111111111", "us-east-1")
FAILURE = Failure(200, "no", Response(b'{"errorMessage":"no"}', "$LATEST", "Unhandled"))


def event(request_id: str = "id", due_at: float = 10.0, **more) -> AsyncEvent:
    payload = more.get("payload", b'{"a": 1}')
    return AsyncEvent(SCOPE, request_id, "f", more.get("qualifier"), payload, "trace", "arn", "url", 10.0, due_at)


def due(tx, *, until: float = NEVER, held: tuple[str, ...] = (), count_max: int = 9, bytes_max: int = 999):
    function = event().function
    return engine.due(tx, function, until=until, held=frozenset(held), count_max=count_max, bytes_max=bytes_max)


def ids(found) -> list[str]:
    return [each.request_id for each in found.events]


def test_an_event_is_kept_byte_for_byte(tx):
    accepted = event(qualifier="live")
    assert engine.accept(tx, accepted)
    assert tables.find_event(tx, SCOPE, "id") == accepted


def test_a_request_that_comes_again_under_its_id_changes_nothing(tx):
    engine.accept(tx, event())
    assert not engine.accept(tx, event(payload=b"2"))
    assert tables.find_event(tx, SCOPE, "id") == event()


def test_what_is_due_first_comes_first(tx):
    for request_id, due_at in (("late", 12.0), ("soon", 11.0)):
        engine.accept(tx, event(request_id, due_at))
    assert ids(due(tx)) == ["soon", "late"]
    assert engine.functions_waiting(tx) == [event().function]


def test_what_is_not_due_yet_is_told_by_its_time(tx):
    for request_id, due_at in (("now", 10.0), ("later", 70.0), ("last", 80.0)):
        engine.accept(tx, event(request_id, due_at))
    found = due(tx, until=10.0)
    assert (ids(found), found.next_due_at, found.has_more) == (["now"], 70.0, False)


def test_what_is_held_is_passed_over(tx):
    for request_id in ("a", "b", "c"):
        engine.accept(tx, event(request_id))
    found = due(tx, held=("a", "b"), count_max=1)
    assert (ids(found), found.has_more, found.next_due_at) == (["c"], False, NEVER)


def test_no_more_is_read_than_asked_for(tx):
    for request_id in ("a", "b", "c"):
        engine.accept(tx, event(request_id))
    found = due(tx, count_max=2)
    assert (len(found.events), found.has_more) == (2, True)


@pytest.mark.parametrize(("bytes_max", "count"), [(4, 1), (8, 1), (15, 1), (16, 2), (24, 3)])
def test_payloads_are_read_up_to_a_size_and_at_least_one(tx, bytes_max, count):
    for request_id in ("a", "b", "c"):
        engine.accept(tx, event(request_id))
    found = due(tx, bytes_max=bytes_max)
    assert (len(found.events), found.has_more) == (count, count < 3)


def test_a_function_error_is_counted_with_the_next_attempts_time(tx):
    engine.accept(tx, event())
    assert engine.retry(tx, event(), FAILURE, 70.0)
    kept = tables.find_event(tx, SCOPE, "id")
    assert (kept.due_at, kept.function_errors, kept.throttles, kept.failure) == (70.0, 1, 0, FAILURE)


def test_a_throttled_event_waits_and_counts_no_function_error(tx):
    engine.accept(tx, event())
    assert engine.postpone(tx, event(), Failure(429, "Rate Exceeded."), 20.0)
    kept = tables.find_event(tx, SCOPE, "id")
    assert (kept.due_at, kept.throttles, kept.function_errors) == (21.0, 1, 0)


def test_a_throttle_does_not_forget_the_functions_last_answer(tx):
    engine.accept(tx, event())
    engine.retry(tx, event(), FAILURE, 70.0)
    engine.postpone(tx, tables.find_event(tx, SCOPE, "id"), Failure(429, "Rate Exceeded."), 70.0)
    kept = tables.find_event(tx, SCOPE, "id")
    assert (kept.function_errors, kept.failure) == (1, Failure(429, "Rate Exceeded.", FAILURE.response))


def test_what_is_gone_is_not_put_off(tx):
    assert not engine.retry(tx, event(), FAILURE, 70.0)
    assert tables.count_events(tx, SCOPE) == 0


def test_a_finished_event_is_gone(tx):
    engine.accept(tx, event("a"))
    engine.accept(tx, event("b"))
    engine.accept(tx, event("c"))
    engine.end_many(tx, [event("a"), event("b")])
    assert ids(due(tx)) == ["c"]


def test_what_is_to_be_told_is_written_where_the_event_ends_and_nowhere_else(tx):
    told = []
    engine.accept(tx, event())
    assert engine.end(tx, event(), [lambda _: told.append("once")])
    assert not engine.end(tx, event(), [lambda _: told.append("twice")])
    assert told == ["once"]
