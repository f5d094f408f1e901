"""WHERE: what it holds of, and AWS' words where it says nothing."""

import pytest

from lambent.services.dynamodb import errors as dynamodb_errors
from lambent.services.dynamodb.expressions.conditions import compiled
from lambent.services.dynamodb.partiql.conditions import ConditionReader

ITEM = {
    "n": {"N": "5"}, "s": {"S": "alpha"}, "ss": {"SS": ["a", "b"]}, "m": {"M": {"x": {"L": [{"N": "1"}]}}}, "z": {"NULL": True},
}  # fmt: skip
MALFORMED = "Statement wasn't well formed, can't be processed: "
INVALID_IN = (
    "IN operator must have a left hand argument of type Variable Reference "
    "and right hand argument of type Seq with at least one member"
)


def says(text, *parameters):
    reader = ConditionReader(text, parameters)
    condition = reader.condition()
    reader.finish()
    return compiled(condition)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("n = 5 AND s = 'alpha'", True),
        ("n <> 5 OR n != 5", False),
        ("5 <= n AND n > -1", True),
        ("n BETWEEN 1 AND 5 AND NOT n BETWEEN 6 AND 7", True),
        ("n NOT BETWEEN 1 AND 5", False),
        ("n IN [1, 5] AND n IN (5, 6) AND n NOT IN [1]", True),
        ("n in <<1, 5>>", True),
        ('m.x[0] = 1 AND "m"."x"[0] < n', True),
        ("gone IS MISSING AND n IS NOT MISSING", True),
        ("z IS NULL AND n IS NOT NULL AND n IS NUMERIC AND m IS TUPLE", True),
        ("z = null", True),
        ("begins_with(s, 'al') AND NOT begins_with(\"s\", 'zz') AND contains(ss, 'a')", True),
        ("attribute_exists(m.x) AND attribute_not_exists(gone) AND attribute_type(n, 'N')", True),
        ("attribute_exists(n) = true AND begins_with(s, 'x') = false AND contains(ss, 'z') <> true", True),
        ("size(s) = 5 AND SIZE(m.x) < 2", True),
        ("(n = 1 OR n = 5) AND NOT (s = 'x')", True),
        ("m = {'x': [1]} AND ss = <<'b', 'a'>>", True),
    ],
)
def test_a_condition_holds_of_an_item(text, holds):
    assert says(text).holds(ITEM) is holds


def test_parameters_stand_for_values():
    assert says("n = ? AND s IN [?, ?] AND n IN ?", {"N": "5.0"}, {"S": "x"}, {"S": "alpha"}, {"L": [{"N": "5"}]}).holds(ITEM)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("attribute_exists('ss')", "Operator or function requires a document path; operator or function: attribute_exists"),
        (
            "attribute_exists()",
            "Incorrect number of operands for operator or function; "
            "operator or function: attribute_exists, number of operands: 0",
        ),
        ("EXISTS(ss)", "Unrecognized function: exists at 1:1:6"),
        ("set_add(ss, <<'x'>>) = ss", "Unrecognized function: set_add at 1:1:7"),
        ("attribute_exists(m.inner)", "Statement wasn't well formed, can't be processed: Invalid path dot component"),
        ("a = MISSING", "MISSING must be compared using IS operator"),
        ("a", "WHERE clause must contain an expression that resolves to a boolean"),
        ("a IN []", INVALID_IN),
        ("1 IN [1]", INVALID_IN),
        ("a IN b", INVALID_IN),
        (
            "a IS INT4",
            "Unsupported data type for IS operator: INT4. "
            "Supported data types are [MISSING, NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]",
        ),
        ("(a = 1", "Statement wasn't well formed, can't be processed: Expected RIGHT_PAREN"),
        ("a = 1 b", "Statement wasn't well formed, can't be processed: Unexpected token after expression"),
        ("a = ", MALFORMED + "Missing right-hand side expression of infix operator"),
        ("a = 1 AND", MALFORMED + "Missing right-hand side expression of infix operator"),
        ("a = 1 OR", MALFORMED + "Missing right-hand side expression of infix operator"),
        ("", MALFORMED + "Unexpected term"),
        (";", MALFORMED + "Unexpected term"),
        ("NOT", MALFORMED + "Unexpected term"),
        ("(", MALFORMED + "Unexpected term"),
        ("ORDER BY pk", MALFORMED + "Unexpected keyword"),
        ("IS NULL", MALFORMED + "Unexpected operator"),
        ("a = LIKE", MALFORMED + "Unexpected operator"),
        ("a IS FUNNY", MALFORMED + "Expected type name"),
        ("EXISTS(SELECT a FROM b)", "EXISTS can only be used in ExecuteTransaction write requests."),
        ("NOT " * 200 + "a = 1", "Statement wasn't well formed, can't be processed: It is nested too deeply"),
        ("(" * 200, "Statement wasn't well formed, can't be processed: It is nested too deeply"),
    ],
)
def test_what_is_no_condition_is_refused_in_awss_words(text, message):
    with pytest.raises(dynamodb_errors.ValidationFailed) as failure:
        says(text)
    assert failure.value.message == message
