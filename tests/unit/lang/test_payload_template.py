"""Payload templates: what is evaluated and what stays as it is."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambent.lang.intrinsics import IntrinsicFailure, ValueNotFound
from lambent.lang.payload_template import NESTING_MAX, InvalidTemplate, TemplateFailure, compile_template

INPUT = {"a": 1, "items": [{"x": 1}, {"x": 2}]}


def made(template, *, context=None, variables=None):
    return compile_template(template).evaluate(INPUT, context or {}, variables or {})


@pytest.mark.parametrize("template", [1, "$.a", None, [], {}, {"a": "$.a", "b": [{"c": "States.UUID()"}], "$": 1}])
def test_what_has_no_key_of_that_ending_stays_as_it_is(template):
    assert made(template) == template


def test_keys_of_that_ending_are_evaluated_wherever_they_stand():
    template = {
        "one.$": "$.a",
        "two": {"deep": [{"three.$": "$.items[*].x"}, "$.a"]},
        "four.$": "$$.Execution.Id",
        "five.$": "$v",
    }
    assert made(template, context={"Execution": {"Id": "arn"}}, variables={"v": [0]}) == {
        "one": 1,
        "two": {"deep": [{"three": [1, 2]}, "$.a"]},
        "four": "arn",
        "five": [0],
    }


def test_fields_keep_their_order():
    assert list(made({"z": 1, "b.$": "$.a", "a": 2})) == ["z", "b", "a"]


def test_a_template_makes_a_new_value_each_time_and_stays_as_it_is():
    template = {"a": {"b.$": "$.a"}, "c": [1]}
    before = copy.deepcopy(template)
    compiled = compile_template(template)
    first = compiled.evaluate(INPUT, {}, {})
    first["a"]["b"] = "changed"
    assert compiled.evaluate({"a": 2}, {}, {}) == {"a": {"b": 2}, "c": [1]}
    assert template == before


def test_a_path_that_finds_nothing_is_told_with_its_field():
    with pytest.raises(TemplateFailure) as failed:
        made({"deep": [{"value.$": "$.no"}]})
    assert isinstance(failed.value.failure, ValueNotFound)
    assert failed.value.sentence == (
        "The JSONPath '$.no' specified for the field 'value.$' could not be found in the input"
        ' \'{"a":1,"items":[{"x":1},{"x":2}]}\''
    )


def test_a_function_that_fails_is_told_with_its_call():
    with pytest.raises(TemplateFailure) as failed:
        made({"value.$": "States.MathAdd($.a, 'x')"})
    assert isinstance(failed.value.failure, IntrinsicFailure)
    assert failed.value.sentence.startswith("The function 'States.MathAdd($.a, 'x')' had the following error: ")


@pytest.mark.parametrize(
    ("template", "location", "reason"),
    [
        ({"a": [{"b.$": 1}]}, "/a[0]/b.$", "The value for the field 'b.$' must be a STRING that contains a JSONPath"),
        ({"b.$": "x"}, "/b.$", "The value for the field 'b.$' must be a valid JSONPath or a valid intrinsic function call"),
        ({"b.$": "$.["}, "/b.$", "The value for the field 'b.$' must be a valid JSONPath or a valid intrinsic function call"),
    ],
)
def test_what_is_no_expression_is_refused_with_its_place(template, location, reason):
    with pytest.raises(InvalidTemplate) as refused:
        compile_template(template)
    assert (refused.value.location, refused.value.reason) == (location, reason)


def test_a_template_is_not_nested_without_bound():
    deep: object = 1
    for _ in range(NESTING_MAX):
        deep = [deep]
    with pytest.raises(InvalidTemplate):
        compile_template(deep)


def test_a_template_knows_the_variables_it_reads():
    assert compile_template({"a.$": "$x", "b": [{"c.$": "States.Array($y.z)"}], "d": "$no"}).variables == {"x", "y"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None)
@given(JSON, JSON)
def test_the_whole_input_can_stand_anywhere(document, other):
    template = {"x.$": "$", "y": [other, {"z.$": "$"}]}
    try:
        compiled = compile_template(template)
    except InvalidTemplate:
        return
    found = compiled.evaluate(document, {}, {})
    assert found["x"] == document
    assert found["y"][1] == {"z": document}
