"""A step for each of many items."""

import pytest

from lambent import function
from lambent.sdk.mapping import Map, step_of
from lambent.sdk.results import Results


@function
def add(a, b=1):
    return a + b


@function
def double(number):
    return 2 * number


def test_with_items_it_runs_and_without_it_is_a_step():
    assert isinstance(double.map(range(3)), Results)
    assert list(double.map(range(3))) == double.map()(range(3)) == [0, 2, 4]


def test_starmap_takes_lists_of_arguments():
    assert list(add.starmap([(1, 2), [3]])) == add.starmap()([[1, 2], [3]]) == [3, 4]


def test_filter_flat_map_and_reduce_take_the_step_as_their_function():
    assert list(double.filter([0, 1, 2])) == double.filter()([0, 1, 2]) == [1, 2]
    twice = step_of(lambda number: [number, number])
    assert list(twice.flat_map([1, 2])) == twice.flat_map()([1, 2]) == [1, 1, 2, 2]
    assert add.reduce([1, 2, 3]) == add.reduce()([1, 2, 3]) == 6
    assert add.reduce([], initial=5) == 5


def test_threads_are_used_here_where_concurrency_is_asked_for():
    import threading

    together = threading.Barrier(2)

    @function
    def meet(_):
        return together.wait(20) in (0, 1)

    assert list(meet.map([1, 2], concurrency=2)) == [True, True]


def test_options_that_mean_nothing_are_refused():
    for options in ({"concurrency": 0}, {"expected": -1}, {"concurrency": 1.5}):
        with pytest.raises(ValueError, match=r"whole number"):
            double.map(**options)
    with pytest.raises(TypeError, match="expected"):
        double.map([1], expected=1)


def test_a_map_takes_lists_only():
    with pytest.raises(TypeError, match="map double takes a list, not object"):
        double.map()({"a": 1})


def test_what_cannot_be_called_is_no_step():
    with pytest.raises(TypeError, match="a step is a function"):
        step_of(5)


def test_maps_read_as_they_are_written():
    assert repr(Map(double)) == "double.map()"
    assert repr(Map(double >> double)) == "(double >> double).map()"
    assert repr(add.starmap()) == "add.starmap()"
