"""Templates with JSONata in them: what comes of them, and AWS' sentences for what does not."""

import sys
from contextlib import suppress
from subprocess import run

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambent.lang.jsonata import InvalidJsonata, JsonataFailure, compile_template, is_expression
from lambent.lang.jsonata.templates import NESTING_MAX

STATES = {
    "input": {"a": 1, "none": None, "list": [1, None], "one": [1], "items": [{"v": 1}, {"v": 2}]},
    "context": {"Id": "arn"},
}
VARIABLES = {"x": 5, "y": {"z": [7]}, "nothing": None}


def made(template, *, expected=None, field="Output"):
    return compile_template(template, field, expected=expected).evaluate(STATES, VARIABLES, 1_700_000_000.5)


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{% $states.input.a %}", 1),
        ("{%$states.input.a + $x%}", 6),
        ("{% $states.input.none %}", None),
        ("{% $states.input.list %}", [1, None]),
        ("{% $states.input.one %}", [1]),
        ("{% $states.input.items.v %}", [1, 2]),
        ("{% $states.input.items[v > 1] %}", {"v": 2}),
        ("{% $states.context.Id & '!' %}", "arn!"),
        ("{% $y.z %}", [7]),
        ("{% $nothing %}", None),
        ("{% ($x := $x + 1; $x) %}", 6),
        ("{% $now() %}", "2023-11-14T22:13:20.500Z"),
        ({"a": ["{% 1 %}", {"b": "{% 'c' %}"}, "{% "], "d": 2}, {"a": [1, {"b": "c"}, "{% "], "d": 2}),
        ("text", "text"),
        (" {% 1 %}", " {% 1 %}"),
    ],
)
def test_a_template_comes_to(template, value):
    assert made(template) == value


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        (
            "{% $doesNotExist %}",
            "The JSONata expression '$doesNotExist' specified for the field 'Output' returned nothing (undefined).",
        ),
        (
            {"a": {"b": [0, "{% $states.input.no %}"]}},
            "The JSONata expression '$states.input.no' specified for the field 'Output/a/b[1]' returned nothing (undefined).",
        ),
        (
            "{% $no() %}",
            "The JSONata expression '$no()' specified for the field 'Output' threw an error during evaluation."
            " T1006: Attempted to invoke a non-function",
        ),
        (
            "{% $error('mine') %}",
            "The JSONata expression '$error('mine')' specified for the field 'Output' threw an error during evaluation."
            " D3137: mine",
        ),
        ("{% $sum %}", "The JSONata expression '$sum' specified for the field 'Output' returned an unsupported result type."),
        (
            "{% [$sum] %}",
            "The JSONata expression '[$sum]' specified for the field 'Output' returned an unsupported result type.",
        ),
    ],
)
def test_what_fails_is_told_as_aws_tells_it(template, sentence):
    with pytest.raises(JsonataFailure) as failed:
        made(template)
    assert failed.value.sentence == sentence


@pytest.mark.parametrize(
    ("expected", "text", "found", "shown"),
    [
        ("array", "1", "number", "1"),
        ("number", "'1'", "string", '"1"'),
        ("boolean", "{'a':1}", "object", '{"a":1}'),
        ("string", "true", "boolean", "true"),
        ("object", "null", "null", "null"),
        ("integer", "1.5", "number", "1.5"),
    ],
)
def test_another_type_than_expected_is_told_with_the_value(expected, text, found, shown):
    with pytest.raises(JsonataFailure) as failed:
        made("{% " + text + " %}", expected=expected, field="Items")
    assert failed.value.sentence == (
        f"The JSONata expression '{text}' specified for the field 'Items' returned an unexpected result type."
        f" Expected '{expected}', but was '{found}' for value: {shown}"
    )


@pytest.mark.parametrize(("expected", "text"), [("array", "[]"), ("number", "1.5"), ("integer", "2"), ("boolean", "false")])
def test_the_expected_type_passes(expected, text):
    made("{% " + text + " %}", expected=expected)


@pytest.mark.parametrize(
    ("text", "code", "reason", "position"),
    [
        ("1 +", "INVALID_JSONATA_EXPRESSION", "S0207: Unexpected end of expression", 3),
        ("a[1,2)", "INVALID_JSONATA_EXPRESSION", "S0202: Expected ], got ,", 4),
        ("", "INVALID_JSONATA_EXPRESSION", "S0207: Unexpected end of expression", 0),
        ("phone", "UNSUPPORTED_JSONATA_EXPRESSION", "Reference to 'phone' at the top level is not supported.", 5),
        ("$$.phone", "UNSUPPORTED_JSONATA_EXPRESSION", "Reference to '$$' is not supported.", 2),
    ],
)
def test_what_does_not_parse_is_refused_with_its_place(text, code, reason, position):
    with pytest.raises(InvalidJsonata) as refused:
        compile_template({"a": ["{% " + text + " %}"]}, "Output")
    assert (refused.value.code, refused.value.reason, refused.value.position) == (code, reason, position)
    assert (refused.value.location, refused.value.expression) == ("/a[0]", text)


def test_a_template_knows_what_it_reads():
    template = compile_template(
        {"a": "{% ($q := $x; $map($y, function($v) { $v + $w })) %}", "b": "{% $states.input.a %}"}, "Output"
    )
    assert (template.variables, template.states, template.is_constant) == ({"x", "y", "w"}, {"input"}, False)
    assert compile_template("{% $states %}", "Output").states == {"*"}
    assert compile_template({"a": [1]}, "Output").is_constant


def test_a_template_makes_a_new_value_each_time():
    template = compile_template({"a": ["{% $x %}"], "b": {}}, "Output")
    first = template.evaluate(STATES, VARIABLES, 0.0)
    first["a"].append("changed")
    assert template.evaluate(STATES, {"x": 6}, 0.0) == {"a": [6], "b": {}}


@pytest.mark.parametrize(
    ("value", "is_one"), [("{% 1 %}", True), ("{%%}", True), ("{%}", False), ("{% 1 %} ", False), (1, False)]
)
def test_an_expression_is_wrapped_from_its_first_to_its_last_character(value, is_one):
    assert is_expression(value) is is_one


def test_a_template_is_not_nested_without_bound():
    deep: object = "{% 1 %}"
    for _ in range(NESTING_MAX):
        deep = [deep]
    with pytest.raises(InvalidJsonata):
        compile_template(deep, "Output")


def test_the_library_is_imported_when_it_is_needed_only():
    script = (
        "import sys; from lambent.lang.jsonata import compile_template as c; c([1], 'x'); sys.exit('jsonata' in sys.modules)"
    )
    assert run([sys.executable, "-c", script], check=False).returncode == 0


def test_the_library_leaves_the_limit_of_recursion_as_it_was():
    made("{% 1 + 1 %}")
    assert sys.getrecursionlimit() < 10_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=("Cs",)), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None)
@given(JSON)
def test_the_input_passes_through_the_language_unchanged(document):
    template = compile_template(
        {"way": "{% $states.input %}", "round": "{% $parse($string({'d': $states.input})) %}"}, "Output"
    )
    made = template.evaluate({"input": document}, {}, 0.0)
    assert made["way"] == document
    assert made["round"] == {"d": document}


@settings(deadline=None)
@given(st.text(st.sampled_from("$states.input (){}[]'\"1+-*/%&<>=?:;,~|@#^\\`.andor"), max_size=20))
def test_any_text_is_evaluated_or_refused(text):
    with suppress(InvalidJsonata, JsonataFailure):
        compile_template("{% " + text + " %}", "Output").evaluate(STATES, VARIABLES, 0.0)
