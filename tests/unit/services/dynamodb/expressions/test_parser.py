"""What all expressions share: size, syntax, paths, and the order in which mistakes are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.expressions.nodes import Path
from lambent.services.dynamodb.expressions.parser import parse_projection

KIND = "ProjectionExpression"


def test_a_projection_is_paths_with_commas():
    assert parse_projection(KIND, "a, #b.c[0][1], d") == (Path(("a",)), Path(("#b", "c", 0, 1)), Path(("d",)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The expression can not be empty;"),
        ("a b", 'Syntax error; token: "b", near: "a b"'),
        ("a, ", 'Syntax error; token: "<EOF>", near: ", "'),
        ("a[b]", 'Syntax error; token: "b", near: "[b]"'),
        ("a[1000000000]", 'Syntax error; token: "1000000000", near: "[1000000000]"'),
        ("first-name", 'Syntax error; token: "-", near: "first-name"'),
        ("a.:b", 'Syntax error; token: ":b", near: ".:b"'),
        ("a, Name", "Attribute name is a reserved keyword; reserved keyword: Name"),
        ("a" * 4097, "Expression size has exceeded the maximum allowed size; expression size: 4097"),
    ],
)
def test_what_is_wrong_is_told_in_awss_words(text, message):
    with pytest.raises(errors.InvalidExpression) as failure:
        parse_projection(KIND, text)
    assert failure.value.message == f"Invalid {KIND}: {message}"


@given(st.text(alphabet="a#:b.[]0, ()=<>-\n", max_size=40))
def test_nothing_but_a_validation_error_comes_of_any_text(text):
    try:
        parse_projection(KIND, text)
    except errors.InvalidExpression:
        pass
