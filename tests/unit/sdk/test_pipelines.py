"""Steps put together, called in this process."""

import threading
from concurrent.futures import Future

import pytest

from lambent import NotDeployed, compose, distinct_by, function, gather, partial
from lambent.sdk.pipelines import Pipeline


@function
def double(number):
    return 2 * number


@function
def inc(number):
    return number + 1


@function
def power(base, exponent, *, offset=0):
    return base**exponent + offset


def test_pipelines_among_the_steps_dissolve():
    pipeline = compose(double >> inc, compose(double), inc)
    assert len(pipeline.steps) == 4
    assert pipeline(1) == 7
    assert repr(pipeline) == "double >> inc >> double >> inc"


def test_compose_wants_steps():
    for steps in ((), (1,), (double, None)):
        with pytest.raises(TypeError, match="step"):
            compose(*steps)


def test_partial_knows_some_arguments():
    assert partial(power, exponent=2)(3) == 9
    assert partial(power, 2)(3) == 8
    assert partial(power, exponent=2).map()([1, 2]) == [1, 4]
    assert (double >> partial(power, exponent=2) >> inc)(2) == 17
    assert partial(power, 2, 3)(None) == 8  # nothing is left that a value could be for
    assert partial(round, 2.567)(1) == 2.6


def test_what_partial_does_not_know_may_be_several_as_an_object():
    assert compose(partial(power, offset=1))({"base": 2, "exponent": 3}) == 9
    with pytest.raises(TypeError, match="an object with base, exponent"):
        compose(partial(power, offset=1))(2)


def test_partial_refuses_arguments_that_the_function_does_not_take():
    with pytest.raises(TypeError, match="unexpected"):
        partial(power, size=1)
    with pytest.raises(TypeError, match="a function"):
        partial(3)


def test_partial_of_a_builtin_is_as_functools():
    assert partial(max, 3)(5) == 5


def test_gather_gives_one_value_to_each():
    assert gather(double, inc)(3) == [6, 4]
    assert gather(twice=double, more=inc)(3) == {"twice": 6, "more": 4}
    assert (double >> gather(double, str))(3) == [12, "6"]


def test_gather_waits_for_futures():
    assert gather(double.submit(1), inc.submit(1)) == [2, 2]
    assert gather(a=double.submit(1)) == {"a": 2}


def test_the_first_failure_is_raised_at_once_and_the_rest_cancelled():
    never, failed = Future(), Future()
    failed.set_exception(ValueError("at once"))
    with pytest.raises(ValueError, match="at once"):
        gather(never, failed)
    assert never.cancelled()


def test_gather_takes_one_kind_of_things():
    for given in ((), (double, Future()), (1,)):
        with pytest.raises(TypeError, match=r"gather takes|a step is"):
            gather(*given)
    with pytest.raises(TypeError, match="gather takes"):
        gather(double, named=inc)


def test_branches_that_leave_the_process_overlap():
    together = threading.Barrier(2)

    class Elsewhere(Pipeline):
        is_remote = True

        def apply(self, value):
            return together.wait(20) in (0, 1)

    assert gather(Elsewhere(()), Elsewhere(()))(1) == [True, True]


def test_a_function_of_several_parameters_takes_them_out_of_an_object():
    assert compose(power)({"base": 2, "exponent": 5}) == 32
    with pytest.raises(TypeError, match="exponent"):
        compose(power)({"base": 2})


def test_what_is_not_deployed_cannot_be_started():
    with pytest.raises(NotDeployed, match="deploy"):
        (double >> inc).start(1)


HELD = compose(double, inc)


def test_a_pipeline_is_named_for_the_variable_that_holds_it():
    assert HELD.name.endswith("test_pipelines-HELD")
    assert compose(double, distinct_by("id")).name == "double-distinct_by-id"
    assert compose(double, name="mine").name == (double >> inc).named("mine").name == "mine"
    assert len(compose(*[double] * 40).name) <= 80


def test_a_pipeline_runs_here_though_its_functions_are_deployed():
    from lambent.sdk.deploying import Deployment

    here = function(lambda number: number + 1).bind(
        Deployment("f", "arn:aws:lambda:us-east-1:111122223333:function:f", "us-east-1")
    )
    assert compose(here, here.map.__self__).local(1) == 3
