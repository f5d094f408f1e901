"""When an event is tried again: the recorded cases, and the numbers around them."""

import pytest

from lambent.core.context import Scope
from lambent.services.lambda_.engine import retries
from lambent.services.lambda_.engine.retries import Rules, Verdict
from lambent.services.lambda_.tables.event_invoke_configs import EventInvokeConfig


def after(function_errors: int, now: float, **rules) -> Verdict:
    return retries.after_function_error(0.0, Rules(**rules), function_errors=function_errors, now=now)


def config(**more) -> EventInvokeConfig:
    given = {"retries_max": None, "age_s_max": None, "on_success": "", "on_failure": ""} | more
    return EventInvokeConfig(Scope("1", "r"), "f", "$LATEST", modified_at=0.0, **given)


def test_an_event_is_tried_three_times_after_60_and_120_seconds():
    assert after(1, 1.0) == Verdict(None, 61.0)
    assert after(2, 61.0) == Verdict(None, 181.0)
    assert after(3, 181.0) == Verdict("RetriesExhausted")


@pytest.mark.parametrize("retries_max", [0, 1, 2])
def test_there_are_as_many_retries_as_were_asked_for(retries_max):
    assert after(retries_max + 1, 1.0, retries_max=retries_max).condition == "RetriesExhausted"
    if retries_max:
        assert after(retries_max, 1.0, retries_max=retries_max).condition is None


@pytest.mark.parametrize("at", [0.0, 0.3])
def test_an_event_of_60_seconds_ends_at_its_first_failure(at):
    """Recorded: within seconds, EventAgeExceeded, one attempt. Also where the clock stands still."""
    assert after(1, at, age_s_max=60) == Verdict("EventAgeExceeded")


@pytest.mark.parametrize("at", [0.0, 0.3])
def test_an_event_of_90_seconds_is_tried_exactly_once_more(at):
    """Recorded: EventAgeExceeded, two attempts."""
    assert after(1, at, age_s_max=90) == Verdict(None, at + 60.0)
    assert after(2, at + 60.0, age_s_max=90) == Verdict("EventAgeExceeded")


def test_the_last_failure_exhausts_the_retries_whatever_the_age():
    assert after(1, 100.0, retries_max=0, age_s_max=60) == Verdict("RetriesExhausted")


def test_age_is_looked_at_before_an_attempt():
    rules = Rules(age_s_max=60)
    assert retries.before_attempt(0.0, rules, reserved=None, now=59.9) is None
    assert retries.before_attempt(0.0, rules, reserved=5, now=60.0) == "EventAgeExceeded"


def test_a_function_that_is_switched_off_gets_no_attempt():
    assert retries.before_attempt(0.0, Rules(age_s_max=60), reserved=0, now=99.0) == "ZeroReservedConcurrency"


@pytest.mark.parametrize(("throttles", "delay_s"), [(0, 1), (1, 2), (5, 32), (9, 300), (500, 300)])
def test_throttles_wait_longer_each_time_up_to_five_minutes(throttles, delay_s):
    assert retries.throttle_delay_s(throttles) == delay_s


def test_without_a_config_there_are_two_retries_and_six_hours():
    assert retries.rules(None) == Rules(2, 21_600, "", "")


def test_what_a_config_leaves_open_is_as_without_one():
    assert retries.rules(config(retries_max=0)) == Rules(0, 21_600)
    assert retries.rules(config(age_s_max=60, on_failure="arn")) == Rules(2, 60, "", "arn")
