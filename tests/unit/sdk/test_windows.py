"""Calls for many items, as their futures settle."""

import threading
from concurrent.futures import CancelledError

import pytest

from lambent.sdk import windows
from lambent.sdk.futures import Future
from lambent.sdk.windows import REFILL, Window


class Calls:
    """Notes what begins; the test settles it."""

    def __init__(self):
        self.futures: dict[object, Future] = {}

    def begin(self, item):
        if item == "unsendable":
            raise TypeError("no JSON form")
        self.futures[item] = Future()
        return self.futures[item]

    def window(self, items, size=4, is_ordered=True, is_patient=False):
        return Window(self.begin, iter(items), size=size, is_ordered=is_ordered, is_patient=is_patient)


@pytest.fixture
def calls():
    return Calls()


def test_as_many_are_begun_as_there_is_room_for_and_results_come_in_order(calls):
    window = calls.window(range(10))
    waiting = threading.Thread(target=lambda: found.append(window.next()))
    found: list[object] = []
    waiting.start()
    while len(calls.futures) < 4:
        pass
    calls.futures[1].set_result(1)
    calls.futures[0].set_result(0)
    waiting.join(10)
    assert found == [(0, 0, 0, None)]
    assert window.next() == (1, 1, 1, None)
    assert sorted(calls.futures) == [0, 1, 2, 3, 4]  # filled up when a quarter was free
    assert 4 // REFILL == 1


def test_items_are_not_asked_for_before_the_first_result_is(calls):
    calls.window(iter(lambda: pytest.fail("asked"), None))
    assert calls.futures == {}


def test_results_come_as_they_are_there_where_that_is_asked_for(calls):
    window = calls.window(range(3), is_ordered=False)
    window._fill()
    for number in (2, 0, 1):
        calls.futures[number].set_result(number)
    assert [window.next()[0] for _ in range(3)] == [2, 0, 1]
    with pytest.raises(StopIteration):
        window.next()


def test_a_failure_is_told_at_once_before_what_came_first(calls):
    window = calls.window(range(4))
    window._fill()
    calls.futures[2].set_exception(ValueError("no"))
    index, item, _, error = window.next()
    assert (index, item, str(error)) == (2, 2, "no")


def test_a_patient_window_tells_a_failure_in_its_place(calls):
    window = calls.window(["a", "unsendable", "b"], is_patient=True)
    window._fill()
    calls.futures["a"].set_result(1)
    calls.futures["b"].set_exception(ValueError("no"))
    outcomes = [window.next() for _ in range(3)]
    assert [(index, item, result) for index, item, result, _ in outcomes] == [
        (0, "a", 1),
        (1, "unsendable", None),
        (2, "b", None),
    ]
    assert [type(error) for *_, error in outcomes] == [type(None), TypeError, ValueError]


def test_what_the_items_raise_comes_after_the_results_before_it(calls):
    def items():
        yield 1
        raise OSError("no more")

    window = calls.window(items())
    window._fill()
    calls.futures[1].set_result(1)
    assert window.next()[2] == 1
    with pytest.raises(OSError, match="no more"):
        window.next()


def test_stopping_cancels_what_has_not_been_sent_and_begins_nothing(calls):
    window = calls.window(range(10))
    window._fill()
    calls.futures[0].set_running_or_notify_cancel()
    window.stop()
    assert [calls.futures[number].cancelled() for number in range(4)] == [False, True, True, True]
    window._fill()
    assert len(calls.futures) == 4


def test_who_waits_is_woken_by_a_cancel(calls):
    window = calls.window(range(2))
    raised: list[BaseException] = []

    def wait():
        try:
            window.next()
        except CancelledError as error:
            raised.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    window.cancel()
    waiting.join(10)
    assert len(raised) == 1


@pytest.mark.parametrize("is_ordered", [True, False])
def test_a_result_that_is_there_does_not_wait_for_slow_items(calls, monkeypatch, is_ordered):
    monkeypatch.setattr(windows, "FILL_S_MAX", 0.0)

    def items():
        yield 0
        yield 1
        calls.futures[0].set_result("first")
        yield 2
        pytest.fail("asked")

    window = calls.window(items(), is_ordered=is_ordered)
    assert window.next() == (0, 0, "first", None)


def test_a_cancel_while_items_are_asked_for_begins_nothing_more(calls):
    def items():
        yield 0
        window.cancel()
        yield 1
        pytest.fail("asked")

    window = calls.window(items())
    with pytest.raises(CancelledError):
        window.next()
    assert calls.futures[0].cancelled()
    assert 1 not in calls.futures
