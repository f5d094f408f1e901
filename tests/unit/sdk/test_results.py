"""Results as an iterator: lazy, with failures raised or collected, also for coroutines."""

import io
import sys

import pytest

from lambent.sdk.results import Failure, Results


def refusing_three(number):
    if number == 3:
        raise ValueError("three")
    return number * 10


@pytest.mark.parametrize("concurrency", [1, 3])
def test_results_come_in_the_order_of_their_items(concurrency):
    assert list(Results(lambda number: number * 10, range(50), concurrency=concurrency)) == [
        number * 10 for number in range(50)
    ]


def test_nothing_is_called_before_a_result_is_asked_for():
    called = []
    results = Results(called.append, range(3))
    assert called == []
    next(results)
    assert called == [0]


@pytest.mark.parametrize("concurrency", [1, 3])
def test_a_failure_is_raised_with_its_place(concurrency):
    with pytest.raises(ValueError, match="three") as raised:
        list(Results(refusing_three, range(6), concurrency=concurrency, title="map f"))
    assert raised.value.__notes__ == ["in map f, at item 3"]


@pytest.mark.parametrize("concurrency", [1, 3])
def test_collected_failures_stand_in_the_place_of_results(concurrency):
    results = Results(refusing_three, range(5), concurrency=concurrency, errors="collect")
    found = list(results)
    assert [each for each in found if each is not found[3]] == [0, 10, 20, 40]
    assert isinstance(found[3], Failure)
    assert (found[3].index, found[3].item, str(found[3].error), bool(found[3])) == (3, 3, "three", False)
    assert results.failures == [found[3]]


def test_after_a_failure_nothing_comes_any_more():
    results = Results(refusing_three, [3, 4])
    with pytest.raises(ValueError, match="three"):
        next(results)
    assert list(results) == []


def test_a_with_block_ends_the_calls():
    with Results(lambda number: number, range(100), concurrency=2) as results:
        assert next(results) == 0
    assert list(results) == []


def test_cancelling_raises_where_results_are_waited_for():
    from concurrent.futures import CancelledError

    results = Results(refusing_three, range(100))
    next(results)
    results.cancel()
    with pytest.raises(CancelledError):
        next(results)


async def test_coroutines_go_through_results_as_well():
    assert [number async for number in Results(refusing_three, [1, 2])] == [10, 20]


def test_results_go_on_through_the_pure_steps():
    words = Results(str.upper, ["a", "b", "a", "c"])
    assert list(words.distinct().batched(2)) == [["A", "B"], ["C"]]
    records = Results(lambda number: {"id": number % 2, "n": number}, range(4))
    assert list(records.distinct_by("id", keep="last").sort_by("n", reverse=True)) == [{"id": 1, "n": 3}, {"id": 0, "n": 2}]
    assert [group["key"] for group in Results(lambda number: {"id": number % 2}, range(4)).group_by("id")] == [0, 1]


@pytest.mark.parametrize(
    "options", [{"concurrency": 0}, {"order": "random"}, {"errors": "ignore"}], ids=["concurrency", "order", "errors"]
)
def test_options_that_mean_nothing_are_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        Results(str, [], **options)


def test_a_bar_is_shown_where_it_is_asked_for_and_counts_failures(monkeypatch):
    monkeypatch.setattr("lambent.sdk.progress.FIRST_DRAWN_AFTER_S", 0)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    list(Results(refusing_three, range(5), errors="collect", progress=True, title="map f"))
    assert "map f [" in sys.stderr.getvalue()
    assert "5 of 5" in sys.stderr.getvalue()
    assert "1 failed" in sys.stderr.getvalue()
