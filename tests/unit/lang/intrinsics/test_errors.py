"""The sentences in which AWS tells what was not found."""

from lambent.lang.intrinsics import IntrinsicFailure, ValueNotFound


def test_a_value_that_is_not_found_is_told_with_the_field_and_the_input():
    error = ValueNotFound("$.x", "No results for path: $['x']", {"é": [1, None]})
    assert error.sentence("value.$") == (
        "The JSONPath '$.x' specified for the field 'value.$' could not be found in the input '{\"é\":[1,null]}'"
    )


def test_a_failing_function_is_told_with_its_call():
    error = IntrinsicFailure("States.Format('{}')", "Too few")
    assert error.sentence("value.$") == "The function 'States.Format('{}')' had the following error: Too few"
