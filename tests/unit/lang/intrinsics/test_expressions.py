"""Where expressions look."""

import pytest

from lambent.lang.intrinsics import InvalidExpression, Source, ValueNotFound, compiled, compiled_path

CONTEXT = {"Execution": {"Id": "arn"}, "Map": {"Item": {"Index": 2}}}
VARIABLES = {"x": {"y": [7, 8]}, "nothing": None}


@pytest.mark.parametrize(
    ("text", "source", "value"),
    [
        ("$", Source.INPUT, {"a": 1}),
        ("$.a", Source.INPUT, 1),
        ("$['a']", Source.INPUT, 1),
        ("$$", Source.CONTEXT, CONTEXT),
        ("$$.Map.Item.Index", Source.CONTEXT, 2),
        ("$$['Execution'].Id", Source.CONTEXT, "arn"),
        ("$x", Source.VARIABLE, {"y": [7, 8]}),
        ("$x.y[1]", Source.VARIABLE, 8),
        ("$x['y'][*]", Source.VARIABLE, [7, 8]),
        ("$nothing", Source.VARIABLE, None),
        ("States.Array($.a, $$.Execution.Id, $x.y[0])", Source.FUNCTION, [1, "arn", 7]),
    ],
)
def test_an_expression_looks_where_it_says(text, source, value):
    expression = compiled(text)
    assert expression.source is source
    assert expression.evaluate({"a": 1}, CONTEXT, VARIABLES) == value


@pytest.mark.parametrize(
    ("text", "document"), [("$.no", {"a": 1}), ("$$.no", CONTEXT), ("$x.no", VARIABLES["x"]), ("$unknown", {"a": 1})]
)
def test_what_is_not_found_is_told_with_where_it_was_sought(text, document):
    with pytest.raises(ValueNotFound) as missed:
        compiled(text).evaluate({"a": 1}, CONTEXT, VARIABLES)
    assert (missed.value.text, missed.value.document, missed.value.is_argument) == (text, document, False)


def test_an_argument_that_is_not_found_is_told_as_one():
    with pytest.raises(ValueNotFound) as missed:
        compiled("States.Array($.no)").evaluate({"a": 1}, {}, {})
    assert (
        missed.value.sentence("x.$") == "The JsonPath argument for the field '$.no' could not be found in the input '{\"a\":1}'"
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [("$.a", set()), ("$x.y", {"x"}), ("States.Format('{} {}', $a, States.Array($b[0], $.c, $$.d))", {"a", "b"})],
)
def test_an_expression_knows_the_variables_it_reads(text, names):
    assert compiled(text).variables == names


def test_an_expression_knows_whether_it_is_a_reference():
    assert [compiled(text).is_reference for text in ("$.a[0]", "$.a[*]", "$x.y", "States.UUID()")] == [True, False, True, False]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a.b",
        "$.",
        "$$.",
        "$$x",
        "$x.",
        "$1x",
        "$x y",
        "States.No()",
        "States.UUID(1)",
        "States.Hash('a')",
        "States.Array($.)",
    ],
)
def test_what_is_neither_path_nor_function_is_refused(text):
    with pytest.raises(InvalidExpression):
        compiled(text)


def test_a_path_is_asked_for_where_no_function_may_stand():
    assert compiled_path("$.a") is compiled("$.a")
    with pytest.raises(InvalidExpression):
        compiled_path("States.UUID()")
