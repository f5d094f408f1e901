"""What a state sees, and how values become JSON."""

import pytest

from lambent.lang.intrinsics import IntrinsicFailure, ValueNotFound
from lambent.services.stepfunctions.engine.definition.views import View, json_of, text_of, value_of

VIEW = View("S", 7, {"a": 1}, {"c": 2}, {}, 0.0)


def test_states_has_input_context_and_what_there_is_besides():
    assert VIEW.with_states(result=5).bindings() == {"input": {"a": 1}, "context": {"c": 2}, "result": 5}
    assert VIEW.bindings() == {"input": {"a": 1}, "context": {"c": 2}}


def test_failures_say_where_they_happened():
    where = "An error occurred while executing the state 'S' (entered at the event id #7). "
    failed = VIEW.field_failed("x.$", ValueNotFound("$.b", "Missing property in path $['b']", {"a": 1}))
    assert failed.failure.cause == (
        f"{where}The JSONPath '$.b' specified for the field 'x.$' could not be found in the input '{{\"a\":1}}'"
    )
    assert VIEW.field_failed("x.$", IntrinsicFailure("States.X()", "no")).failure.error == "States.IntrinsicFailure"


@pytest.mark.parametrize("value", [{"b": 1, "a": [None, True, "é"]}, 10**30, {"n": 2**64}, 1.5, "\ud800", {"\udfff": 1}])
def test_values_come_back_from_their_json(value: object):
    assert value_of(json_of(value)) == value
    assert " " not in text_of(value)


def test_a_number_of_more_digits_than_can_be_read_is_one_without_end():
    assert value_of("[" + "9" * 5_000 + "]") == value_of("[1e400]") == [float("inf")]
