"""What operators and functions take."""

import pytest

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.expressions import Expressions

VALUES = {
    ":n": {"N": "1"}, ":m": {"N": "0"}, ":s": {"S": "x"}, ":b": {"BOOL": True}, ":l": {"L": []}, ":ss": {"SS": ["x"]},
}  # fmt: skip
TYPE = "Incorrect operand type for operator or function; operator or function: "
COUNT = "Incorrect number of operands for operator or function; operator or function: "
DISTINCT = "The first operand must be distinct from the remaining operands for this operator or function; operator: "


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("size(a, b) = :n", f"{COUNT}size, number of operands: 2"),
        ("attribute_exists(:s)", "Operator or function requires a document path; operator or function: attribute_exists"),
        ("begins_with(a, :n)", f"{TYPE}begins_with, operand type: N"),
        ("size(:n) = :n", f"{TYPE}size, operand type: N"),
        ("attribute_type(a, :n)", f"{TYPE}attribute_type, operand type: N"),
        ("attribute_type(a, :s)", "Invalid attribute type name found; type: x, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"),
        ("a < :b", f"{TYPE}<, operand type: BOOL"),
        ("contains(a, a)", f"{DISTINCT}contains, first operand: [a]"),
        ("a.b[0] = a.b[0]", f"{DISTINCT}=, first operand: [a, b, [0]]"),
        ("a BETWEEN :n AND :s", "The BETWEEN operator requires same data type for lower and upper bounds; "
            "lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:x}"),
        ("a BETWEEN :n AND :m", "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
            "lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {N:0}"),
        ("a IN (" + ",".join([":n"] * 101) + ")",
         "The IN operator is provided with too many operands; number of operands: 101"),
    ],
)  # fmt: skip
def test_conditions_take_what_fits(text, message):
    with pytest.raises(errors.InvalidExpression) as failure:
        Expressions(values=VALUES).condition(text)
    assert failure.value.message == f"Invalid ConditionExpression: {message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SET a = b + :s", "operator or function: +, operand type: S"),
        ("SET a = list_append(b, :n)", "operator or function: list_append, operand type: N"),
        ("SET a = list_append(b, c) - :n", "operator or function: -, operand type: L"),
        ("ADD a :s", "operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND"),
        ("DELETE a :n", "operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND"),
    ],
)
def test_updates_take_what_fits(text, message):
    with pytest.raises(errors.InvalidExpression) as failure:
        Expressions(values=VALUES).update(text)
    expected = f"Invalid UpdateExpression: Incorrect operand type for operator or function; {message}"
    assert failure.value.message == expected


def test_what_fits_is_taken():
    Expressions(values=VALUES).update("ADD a :n, b :ss DELETE c :ss SET d = if_not_exists(d, :n) + :n, e = list_append(e, :l)")
    Expressions(values=VALUES).condition("a BETWEEN :m AND :n AND size(:s) = size(b) AND contains(a, :b)")
