"""Conditions as text: what they say, and AWS' words where they say nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.expressions.condition_parser import parse_condition
from lambent.services.dynamodb.expressions.nodes import And, Between, Call, Comparison, In, Not, Or, Path, Placeholder

KIND = "ConditionExpression"
A, B, V = Path(("a",)), Path(("b",)), Placeholder(":v")


def says(text):
    return parse_condition(KIND, text)


def refused(text):
    with pytest.raises(errors.InvalidExpression) as failure:
        says(text)
    return failure.value.message.removeprefix(f"Invalid {KIND}: ")


def test_and_binds_closer_than_or_and_not_closest():
    is_v = Comparison("=", A, V)
    assert says("a = :v OR NOT a = :v and b < :v") == Or((is_v, And((Not(is_v), Comparison("<", B, V)))))


def test_parentheses_group_and_may_stand_around_operands():
    assert says("(a = :v OR b = :v) AND a <> b").parts[0] == Or((Comparison("=", A, V), Comparison("=", B, V)))
    assert says("(a) = (:v)") == Comparison("=", A, V)
    assert says("(a.b)[0] = :v") == Comparison("=", Path(("a", "b", 0)), V)
    assert says("((a) = :v)") == Comparison("=", A, V)
    assert says("((a = :v) AND (b = :v))") == And((Comparison("=", A, V), Comparison("=", B, V)))


def test_between_in_and_functions():
    assert says("a BETWEEN :v and b") == Between(A, V, B)
    assert says("a in (:v, b)") == In(A, (V, B))
    assert says("size(a) >= :v") == Comparison(">=", Call("size", (A,)), V)
    assert says("begins_with(a, :v)") == Call("begins_with", (A, V))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = ", 'Syntax error; token: "<EOF>", near: "= "'),
        ("a = 2016 and b = :v", 'Syntax error; token: "2016", near: "= 2016 and"'),
        ("a = :v AND __typename = :v", 'Syntax error; token: "_", near: "AND __"'),
        ("a", 'Syntax error; token: "<EOF>", near: "a"'),
        ("(a)", 'Syntax error; token: "<EOF>", near: ")"'),
        ("(a AND b)", 'Syntax error; token: "AND", near: "a AND b"'),
        ("a = :v)", 'Syntax error; token: ")", near: ":v)"'),
        ("a BETWEEN :v OR :v", 'Syntax error; token: "OR", near: ":v OR :v"'),
        ("a = NOT b", 'Syntax error; token: "NOT", near: "= NOT b"'),
        ("a = 'x'", 'Syntax error; token: "\'", near: "= \'x"'),
        ("((a = :v))", "The expression has redundant parentheses;"),
        ("((a)) = :v", "The expression has redundant parentheses;"),
        ("foo(a)", "Invalid function name; function: foo"),
        ("a = if_not_exists(a, :v)", "The function is not allowed in a condition expression; function: if_not_exists"),
        ("size(a)", "The function is not allowed to be used this way in an expression; function: size"),
        ("contains(a, :v) = :v", "The function is not allowed to be used this way in an expression; function: contains"),
        ("a = :v and Status = :v", "Attribute name is a reserved keyword; reserved keyword: Status"),
        ("status = ((foo(:v)))", "The expression has redundant parentheses;"),
    ],
)
def test_what_is_wrong_is_told_in_awss_words(text, message):
    assert refused(text) == message


def test_an_expression_has_at_most_300_operators():
    assert isinstance(says(" OR ".join(["a<:v"] * 150)), Or)
    assert refused(" OR ".join(["a<:v"] * 151)) == "The expression contains too many operators; operator count: 301"


@pytest.mark.parametrize("text", ["(" * 2000, "NOT " * 1000 + "a=:v", "size(" * 700, "a IN " + "(" * 2000])
def test_depth_has_a_limit(text):
    with pytest.raises(errors.ExpressionTooDeep):
        says(text)


WORDS = [
    "a",
    "#n",
    ":v",
    "AND",
    "OR",
    "NOT",
    "(",
    ")",
    "=",
    "<>",
    "BETWEEN",
    "IN",
    ",",
    "size",
    "contains",
    ".",
    "[",
    "0",
    "]",
    "'",
]


@given(st.lists(st.sampled_from(WORDS), max_size=25))
def test_nothing_but_a_validation_error_comes_of_any_words(words):
    try:
        says(" ".join(words))
    except errors.InvalidExpression:
        pass
