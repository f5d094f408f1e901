"""The names and values of a request, and what its expressions do with them."""

import pytest

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.expressions import Expressions

V = {":v": {"N": "1"}}


@pytest.mark.parametrize(
    ("names", "values", "message"),
    [
        ({}, None, "ExpressionAttributeNames must not be empty"),
        (None, {}, "ExpressionAttributeValues must not be empty"),
        ({"n": "a"}, None, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "n"'),
        ({"#": "a"}, None, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "#"'),
        (None, {"v": {"N": "1"}}, 'ExpressionAttributeValues contains invalid key: Syntax error; key: "v"'),
        (
            None,
            {":v": {}},
            "ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty, "
            "must contain exactly one of the supported datatypes for key :v",
        ),
        (
            {"#n": ""},
            None,
            "ExpressionAttributeNames contains invalid value: "
            "One or more parameter values were invalid: Attribute name must not be empty for key #n",
        ),
    ],
)
def test_names_and_values_are_checked(names, values, message):
    with pytest.raises(errors.ValidationFailed) as failure:
        Expressions(names, values)
    assert failure.value.message == message


def test_a_placeholder_has_at_most_255_bytes():
    Expressions({"#" + "n" * 254: "a"})
    with pytest.raises(errors.PlaceholderTooLong):
        Expressions({"#" + "n" * 255: "a"})


def test_what_no_expression_uses_is_refused():
    given = Expressions({"#a": "a", "#b": "b"}, V | {":w": {"N": "1"}})
    given.filter("#a = :v")
    with pytest.raises(errors.UnusedPlaceholders) as failure:
        given.finish()
    assert failure.value.message == "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}"
    given.condition("#b = :v")
    with pytest.raises(errors.UnusedPlaceholders) as failure:
        given.finish()
    assert failure.value.message == "Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}"
    given.condition("#b = :w")
    given.finish()


def test_values_are_normalised():
    assert Expressions(values={":v": {"N": "1.0"}}).filter("a = :v").holds({"a": {"N": "1"}})


def test_a_text_is_bound_anew_for_each_request():
    text = "#n = :v"
    assert Expressions({"#n": "a"}, V).filter(text).holds({"a": {"N": "1"}})
    assert Expressions({"#n": "b"}, {":v": {"S": "x"}}).filter(text).holds({"b": {"S": "x"}})


def test_errors_name_the_parameter():
    given = Expressions(values=V)
    for method, kind in [
        ("condition", "ConditionExpression"),
        ("filter", "FilterExpression"),
        ("key_condition", "KeyConditionExpression"),
        ("projection", "ProjectionExpression"),
        ("update", "UpdateExpression"),
    ]:
        with pytest.raises(errors.EmptyExpression) as failure:
            getattr(given, method)("")
        assert failure.value.message == f"Invalid {kind}: The expression can not be empty;"
