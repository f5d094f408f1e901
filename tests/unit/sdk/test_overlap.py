"""Calls on threads: that they overlap, and that nothing is asked for without need."""

import itertools
import threading

import pytest

from lambent.sdk.overlap import AHEAD, Here, Threads

WAIT_S = 20


def all_of(work):
    found = []
    while True:
        try:
            found.append(work.next())
        except StopIteration:
            return found


def threads(call, items, concurrency=4, *, is_ordered=True, is_patient=False):
    return Threads(call, iter(items), concurrency=concurrency, is_ordered=is_ordered, is_patient=is_patient)


def test_as_many_calls_overlap_as_are_allowed():
    together = threading.Barrier(4)

    def call(item):
        together.wait(WAIT_S)  # breaks unless four are there at once
        return -item

    assert [result for _, _, result, _ in all_of(threads(call, range(8)))] == [0, -1, -2, -3, -4, -5, -6, -7]


def test_no_more_calls_are_under_way_than_are_allowed():
    lock, under_way, most = threading.Lock(), 0, 0

    def call(item):
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        with lock:
            under_way -= 1
        return item

    all_of(threads(call, range(200), 3))
    assert most <= 3


def test_results_come_in_order_or_as_they_are_there():
    gate = threading.Event()

    def call(item):
        if item == 0:
            gate.wait(WAIT_S)
        return item

    work = threads(call, range(3), is_ordered=False)
    assert {work.next()[0], work.next()[0]} == {1, 2}
    gate.set()
    assert work.next()[0] == 0


def test_items_are_asked_for_only_as_there_is_room_for_their_results():
    asked = itertools.count()
    work = threads(lambda item: item, asked, 4)
    assert work.next()[0] == 0
    work.stop()
    assert next(asked) <= 1 + AHEAD * 4 + 1


def test_a_failure_is_told_at_once_though_earlier_calls_go_on():
    gate = threading.Event()

    def call(item):
        if item == 0:
            gate.wait(WAIT_S)
        elif item == 1:
            raise ValueError("one")
        return item

    work = threads(call, range(3))
    index, item, _, error = work.next()
    gate.set()
    assert (index, item, repr(error)) == (1, 1, "ValueError('one')")


def test_whoever_is_patient_is_told_of_failures_in_their_turn():
    def call(item):
        raise ValueError(item)

    assert [index for index, *_ in all_of(threads(call, range(5), is_patient=True))] == [0, 1, 2, 3, 4]


def test_what_the_items_raise_is_raised():
    def items():
        yield 1
        raise KeyError("lost")

    outcomes = threads(lambda item: item, items(), 2)
    while (error := outcomes.next()[3]) is None:
        pass
    assert repr(error) == "KeyError('lost')"


def test_cancelled_work_wakes_who_waits():
    from concurrent.futures import CancelledError

    begun, gate = threading.Event(), threading.Event()

    def call(item):
        begun.set()
        gate.wait(WAIT_S)

    work = threads(call, range(3))
    canceller = threading.Thread(target=lambda: (begun.wait(WAIT_S), work.cancel()))
    canceller.start()
    with pytest.raises(CancelledError):
        work.next()
    canceller.join()
    gate.set()


def test_without_threads_a_call_is_made_when_its_result_is_wanted():
    made = []
    work = Here(lambda item: made.append(item), iter(range(3)))
    work.next()
    assert made == [0]
