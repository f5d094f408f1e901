"""Updates as text: what they say, and AWS' words where they say nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.expressions.nodes import Add, Call, Delete, Path, Placeholder, Remove, Set, Sum
from lambent.services.dynamodb.expressions.update_parser import parse_update

KIND = "UpdateExpression"
A, B, V = Path(("a",)), Path(("b",)), Placeholder(":v")


def says(text):
    return parse_update(KIND, text)


def test_clauses_hold_actions():
    assert says("set a = :v, b.c[0] = a REMOVE #r, d[1] add n :v, m :v DELETE s :v") == (
        Set(A, V), Set(Path(("b", "c", 0)), A), Remove(Path(("#r",))), Remove(Path(("d", 1))),
        Add(Path(("n",)), V), Add(Path(("m",)), V), Delete(Path(("s",)), V),
    )  # fmt: skip


def test_a_value_is_an_operand_a_sum_or_a_function():
    assert says("SET a = b + :v, b = (a - :v)") == (Set(A, Sum("+", B, V)), Set(B, Sum("-", A, V)))
    assert says("SET a = if_not_exists(b, :v) + :v") == (Set(A, Sum("+", Call("if_not_exists", (B, V)), V)),)
    assert says("SET a = list_append(if_not_exists(a, :v), :v)") == (
        Set(A, Call("list_append", (Call("if_not_exists", (A, V)), V))),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SET " + "a" * 4093, "Expression size has exceeded the maximum allowed size;"),
        ("SET", 'Syntax error; token: "<EOF>", near: "SET"'),
        ("a = :v", 'Syntax error; token: "a", near: "a ="'),
        ("SET a = :v, SET b = :v", 'Syntax error; token: "SET", near: ", SET b"'),
        ("SET a = b + :v - :v", 'Syntax error; token: "-", near: ":v - :v"'),
        ("SET a = (b + :v) + :v", 'Syntax error; token: "+", near: ") + :v"'),
        ("ADD a b", 'Syntax error; token: "b", near: "a b"'),
        ("SET a = 5", 'Syntax error; token: "5", near: "= 5"'),
        ("SET a = :v SET b = :v", 'The "SET" section can only be used once in an update expression;'),
        ("SET a = foo(:v)", "Invalid function name; function: foo"),
        ("SET a = size(b)", "The function is not allowed in an update expression; function: size"),
        ("SET name = :v", "Attribute name is a reserved keyword; reserved keyword: name"),
        ("SET a = ((b))", "The expression has redundant parentheses;"),
    ],
)
def test_what_is_wrong_is_told_in_awss_words(text, message):
    with pytest.raises(errors.InvalidExpression) as failure:
        says(text)
    assert failure.value.message == f"Invalid {KIND}: {message}"


WORDS = ["SET", "REMOVE", "ADD", "DELETE", "a", "#n", ":v", "=", "+", "-", ",", "(", ")", "if_not_exists", ".", "[", "0", "]"]


@given(st.lists(st.sampled_from(WORDS), max_size=25))
def test_nothing_but_a_validation_error_comes_of_any_words(words):
    try:
        says(" ".join(words))
    except errors.InvalidExpression:
        pass
