"""One subscription a consumer and shard: the later one takes over, but not within five seconds."""

import pytest

from lambent.services.kinesis import subscriptions
from lambent.services.kinesis.subscriptions import Subscriptions


@pytest.fixture
def woken():
    return []


@pytest.fixture
def begin(monkeypatch, woken):
    """``begin(now, consumer=1, shard=0)``; the machine's clock stands still."""
    monkeypatch.setattr(subscriptions, "monotonic_s", lambda: 7.0)
    held = Subscriptions()

    def start(now, *, consumer=1, shard=0):
        return held.begin(consumer, shard, now, lambda: woken.append((consumer, shard)))

    start.held = held
    return start


def test_a_second_one_within_five_seconds_is_refused(begin, woken):
    first = begin(0.0)
    assert begin(4.9) is None
    assert (first.is_open, woken) == (True, [])


def test_a_later_one_takes_over(begin, woken):
    first = begin(0.0)
    second = begin(5.0)
    assert (first.is_open, first.was_taken_over, second.is_open) == (False, True, True)
    assert woken == [(1, 0)]


def test_the_machine_s_clock_counts_where_the_account_s_stands_still(begin, monkeypatch):
    begin(0.0)
    monkeypatch.setattr(subscriptions, "monotonic_s", lambda: 12.0)
    assert begin(0.0) is not None


def test_others_are_not_concerned(begin):
    assert all((begin(0.0), begin(0.0, shard=1), begin(0.0, consumer=2)))


def test_those_of_a_consumer_end_with_it_and_all_with_the_platform(begin, woken):
    mine, other = begin(0.0), begin(0.0, consumer=2)
    begin.held.end(1)
    assert (mine.is_open, mine.was_taken_over, other.is_open) == (False, False, True)
    begin.held.end(None)
    assert not other.is_open
    assert woken == [(1, 0), (2, 0)]


def test_those_that_are_over_are_forgotten_in_time(begin, monkeypatch):
    monkeypatch.setattr(subscriptions, "KNOWN_MAX", 2)
    begin(0.0).is_open = False
    begin(0.0, consumer=2)
    begin(0.0, consumer=3)
    assert set(begin.held._last) == {(2, 0), (3, 0)}
