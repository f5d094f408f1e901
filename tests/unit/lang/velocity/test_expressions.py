"""Expressions read: what binds more than what."""

import pytest

from lambent.lang.velocity.nodes import Binary, Expression, Literal, Not
from lambent.lang.velocity.parsing import TemplateReader


def shape(expression: Expression) -> str:
    match expression:
        case Literal():
            return str(expression.value)
        case Not():
            return f"!{shape(expression.operand)}"
        case Binary():
            return f"({shape(expression.left)}{expression.operator}{shape(expression.right)})"
    raise AssertionError(expression)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("1 + 2 * 3", "(1+(2*3))"),
        ("(1 + 2) * 3", "((1+2)*3)"),
        ("1 - 2 - 3", "((1-2)-3)"),
        ("1 < 2 == 3 >= 4", "((1<2)==(3>=4))"),
        ("!true || false && not true", "(!True||(False&&!True))"),
        ("1 le 2 ne 3 gt 4", "((1<=2)!=(3>4))"),
        ("1 == 2 or 3 != 4", "((1==2)||(3!=4))"),
    ],
)
def test_operators_bind_as_in_java(text: str, read: str) -> None:
    assert shape(TemplateReader(text).expression()) == read
