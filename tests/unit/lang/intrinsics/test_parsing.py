"""Calls of intrinsic functions, as they are read."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambent.lang.intrinsics import InvalidExpression
from lambent.lang.intrinsics.parsing import NESTING_MAX, Call, Literal, PathText, parse_call, unescaped


def test_arguments_are_literals_paths_and_calls():
    call = parse_call("States.Format('a {}', 1, -2.5, true, null, $.x, $$.y, $z, States.UUID())")
    assert call.name == "Format"
    assert call.arguments == (
        Literal("a {}", "a {}"),
        Literal(1, "1"),
        Literal(-2.5, "-2.5"),
        Literal(True, "true"),
        Literal(None, "null"),
        PathText("$.x"),
        PathText("$$.y"),
        PathText("$z"),
        Call("States.UUID()", "UUID", ()),
    )


def test_a_path_ends_at_the_first_comma_or_parenthesis_that_is_not_its_own():
    call = parse_call("States.Array($.a['x,y)'][?(@.b == 'q,')], $.n.sum() , $.c[0,1])")
    assert [argument.text for argument in call.arguments] == ["$.a['x,y)'][?(@.b == 'q,')]", "$.n.sum()", "$.c[0,1]"]


def test_a_backslash_stands_before_quotes_braces_and_backslashes():
    assert unescaped(r"it\'s \{\} \\ \n") == r"it's {} \ \n"


def test_functions_stand_ten_deep_in_one_another():
    deep = "States.Array(" * NESTING_MAX + ")" * NESTING_MAX
    assert parse_call(deep).name == "Array"
    with pytest.raises(InvalidExpression, match="nested more than 10 deep"):
        parse_call(f"States.Array({deep})")


@pytest.mark.parametrize(
    "text",
    [
        "States.",
        "States.Array",
        "States.Array(",
        "States.Array($.a",
        "States.Array('a)",
        "States.Array(a)",
        "States.Array(1 2)",
        "States.Array(1,)",
        "States.Array(,1)",
        "States.Array() x",
        "Array()",
        "States.Array(1x)",
        'States.Array("a")',
    ],
)
def test_what_is_no_call_is_refused(text):
    with pytest.raises(InvalidExpression):
        parse_call(text)


@settings(deadline=None)
@given(st.text(st.sampled_from("States.Fomt(){}',$[]1 -\\\""), max_size=30))
def test_any_text_is_a_call_or_refused(text):
    with suppress(InvalidExpression):
        parse_call("States.Format(" + text)
