"""Counts what runs."""

import pytest

from lambent.core.context import Scope
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine.identifiers import FunctionName
from lambent.services.lambda_.engine.ledger import Ledger

SCOPE = Scope("111111111111", "us-east-1")
ONE, TWO = FunctionName(SCOPE, "one"), FunctionName(SCOPE, "two")


def reason(error: errors.TooManyRequests) -> str:
    return error.members["Reason"]


def test_functions_without_a_reservation_share_what_is_left():
    ledger = Ledger()
    ledger.enter(ONE, reserved=None, unreserved=2)
    ledger.enter(TWO, reserved=None, unreserved=2)
    with pytest.raises(errors.TooManyRequests) as error:
        ledger.enter(ONE, reserved=None, unreserved=2)
    assert reason(error.value) == "ConcurrentInvocationLimitExceeded"
    assert (error.value.status, error.value.message) == (429, "Rate Exceeded.")
    ledger.leave(TWO, reserved=None)
    ledger.enter(ONE, reserved=None, unreserved=2)
    assert ledger.running(SCOPE) == 2


def test_a_reservation_is_a_limit_and_a_right():
    ledger = Ledger()
    ledger.enter(TWO, reserved=None, unreserved=1)
    ledger.enter(ONE, reserved=1, unreserved=1)
    with pytest.raises(errors.TooManyRequests) as error:
        ledger.enter(ONE, reserved=1, unreserved=1)
    assert reason(error.value) == "ReservedFunctionConcurrentInvocationLimitExceeded"


def test_a_reservation_of_0_turns_a_function_off():
    with pytest.raises(errors.TooManyRequests):
        Ledger().enter(ONE, reserved=0, unreserved=1000)


def test_who_left_leaves_no_trace():
    ledger = Ledger()
    ledger.enter(ONE, reserved=None, unreserved=1)
    ledger.leave(ONE, reserved=None)
    with pytest.raises(AssertionError):
        ledger.leave(ONE, reserved=None)


def test_room_is_what_is_left_of_the_limit():
    ledger = Ledger()
    ledger.enter(ONE, reserved=3, unreserved=10)
    ledger.enter(TWO, reserved=None, unreserved=10)
    assert ledger.room(ONE, reserved=3, unreserved=10) == 2
    assert ledger.room(ONE, reserved=0, unreserved=10) == -1
    assert ledger.room(TWO, reserved=None, unreserved=10) == 9


def test_who_waits_for_room_is_told_when_somebody_leaves():
    ledger, told = Ledger(), []
    ledger.enter(ONE, reserved=1, unreserved=0)
    assert not ledger.claim(ONE, lambda: told.append("one"), reserved=1, unreserved=0)
    ledger.enter(TWO, reserved=None, unreserved=1)
    ledger.leave(TWO, reserved=None)
    assert told == []
    ledger.leave(ONE, reserved=1)
    assert told == ["one"]
    ledger.enter(ONE, reserved=1, unreserved=0)
    ledger.leave(ONE, reserved=1)
    assert told == ["one"]


def test_a_claim_keeps_others_from_claiming_and_nobody_from_entering():
    ledger, told = Ledger(), []
    assert ledger.claim(ONE, lambda: told.append("first"), reserved=1, unreserved=0)
    assert not ledger.claim(ONE, lambda: told.append("second"), reserved=1, unreserved=0)
    ledger.enter(ONE, reserved=1, unreserved=0)
    ledger.unclaim(ONE, reserved=1)
    assert told == ["second"]
    ledger.leave(ONE, reserved=1)
