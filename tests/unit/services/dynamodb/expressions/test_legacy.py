"""Legacy parameters: the same conditions, updates and projections in older words."""

import pytest

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine.keys import KeyAttribute, KeySchema
from lambent.services.dynamodb.expressions import KeyRange, legacy
from lambent.services.dynamodb.expressions import legacy_errors as refused

ITEM = {"n": {"N": "5"}, "s": {"S": "abc"}, "ss": {"SS": ["a", "b"]}, "l": {"L": [{"S": "x"}]}}
INVALID = "One or more parameter values were invalid: "


def compare(operator, *arguments):
    return {"ComparisonOperator": operator} | ({"AttributeValueList": list(arguments)} if arguments else {})


@pytest.mark.parametrize(
    ("name", "test", "holds"),
    [
        ("n", compare("EQ", {"N": "5.0"}), True),
        ("n", compare("NE", {"N": "5"}), False),
        ("gone", compare("NE", {"N": "5"}), True),
        ("n", compare("LT", {"N": "10"}), True),
        ("n", compare("GE", {"N": "10"}), False),
        ("n", compare("BETWEEN", {"N": "1"}, {"N": "5"}), True),
        ("n", compare("IN", {"N": "1"}, {"N": "5"}), True),
        ("gone", compare("NULL"), True),
        ("n", compare("NOT_NULL"), True),
        ("s", compare("BEGINS_WITH", {"S": "ab"}), True),
        ("ss", compare("CONTAINS", {"S": "a"}), True),
        ("ss", compare("NOT_CONTAINS", {"S": "a"}), False),
        ("gone", compare("NOT_CONTAINS", {"S": "a"}), False),
        ("l", compare("EQ", {"L": [{"S": "x"}]}), True),
    ],
)
def test_an_operator_holds_of_an_item(name, test, holds):
    assert legacy.filter({name: test}, None).holds(ITEM) is holds
    assert legacy.condition({name: test}, None).holds(ITEM) is holds


def test_conditions_are_joined_by_and_or_by_or():
    tests = {"n": compare("EQ", {"N": "5"}), "s": compare("EQ", {"S": "x"})}
    assert not legacy.filter(tests, None).holds(ITEM)
    assert not legacy.filter(tests, "AND").holds(ITEM)
    assert legacy.filter(tests, "OR").holds(ITEM)


def test_a_value_or_its_absence_is_expected():
    assert legacy.condition({"n": {"Value": {"N": "5"}}}, None).holds(ITEM)
    assert legacy.condition({"n": {"Value": {"N": "5"}, "Exists": True}, "gone": {"Exists": False}}, None).holds(ITEM)
    assert not legacy.condition({"n": {"Exists": False}}, None).holds(ITEM)
    assert legacy.condition({"n": {"ComparisonOperator": "GT", "Value": {"N": "4"}}}, None).holds(ITEM)
    assert legacy.condition({"leaseOwner": {"Exists": False}}, None).holds(None)


@pytest.mark.parametrize(
    ("expected", "operator", "message"),
    [
        ({}, "AND", "ConditionalOperator cannot be used without Filter or Expected"),
        (
            {"a": compare("NULL")},
            "OR",
            "ConditionalOperator can only be used when Filter or Expected has two or more elements",
        ),
        (
            {"a": {"Exists": True, "ComparisonOperator": "NULL"}},
            None,
            INVALID + "Exists and ComparisonOperator cannot be used together for Attribute: a",
        ),
        (
            {"a": {"Value": {"S": "x"}, "AttributeValueList": []}},
            None,
            INVALID + "Value and AttributeValueList cannot be used together for Attribute: a",
        ),
        (
            {"a": compare("EQ")},
            None,
            INVALID + "Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: a",
        ),
        (
            {"a": {"AttributeValueList": [{"S": "x"}]}},
            None,
            INVALID + "AttributeValueList can only be used with a ComparisonOperator for Attribute: a",
        ),
        ({"a": {}}, None, INVALID + "Value must be provided when Exists is null for Attribute: a"),
        ({"a": {"Exists": True}}, None, INVALID + "Value must be provided when Exists is true for Attribute: a"),
        (
            {"a": {"Exists": False, "Value": {"S": "x"}}},
            None,
            INVALID + "Value cannot be used when Exists is false for Attribute: a",
        ),
        (
            {"a": compare("BETWEEN", {"N": "1"})},
            None,
            INVALID + "Invalid number of argument(s) for the BETWEEN ComparisonOperator",
        ),
        (
            {"a": compare("IN", {"N": "1"}, {"S": "x"})},
            None,
            INVALID + "AttributeValues inside AttributeValueList must be of same type",
        ),
        (
            {"a": compare("LT", {"SS": ["x"]})},
            None,
            INVALID + "ComparisonOperator LT is not valid for SS AttributeValue type",
        ),
        (
            {"a": compare("BETWEEN", {"N": "2"}, {"N": "1"})},
            None,
            "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound",
        ),
        ({"a": compare("EQ", {"N": "x"})}, None, "The parameter cannot be converted to a numeric value: x"),
    ],
)
def test_what_cannot_be_expected_is_refused_in_awss_words(expected, operator, message):
    with pytest.raises(errors.ValidationFailed) as failure:
        legacy.condition(expected, operator)
    assert failure.value.message == message


def test_key_conditions_choose_a_range():
    schema = KeySchema(KeyAttribute("id", "S"), KeyAttribute("sk", "S"))
    given = {"id": compare("EQ", {"S": "a"}), "sk": compare("BEGINS_WITH", {"S": "x"})}
    assert legacy.key_condition(given).for_keys(schema) == KeyRange({"S": "a"}, b"x", b"y")


def test_key_conditions_are_of_keys():
    with pytest.raises(refused.OperatorNotIndexable):
        legacy.key_condition({"id": compare("NE", {"S": "a"})})
    with pytest.raises(errors.KeyConditionCount):
        legacy.key_condition({name: compare("EQ", {"S": "a"}) for name in "abc"})
    with pytest.raises(errors.KeyConditionCount):
        legacy.key_condition({})


def test_attributes_are_put_added_and_deleted():
    after = legacy.update(
        {
            "s": {"Value": {"S": "new"}},
            "n": {"Action": "ADD", "Value": {"N": "2"}},
            "ss": {"Action": "DELETE", "Value": {"SS": ["a"]}},
            "l": {"Action": "ADD", "Value": {"L": [{"S": "y"}]}},
            "a.b": {"Action": "PUT", "Value": {"N": "1.0"}},
            "gone": {"Action": "DELETE"},
        }
    ).apply(ITEM)
    assert after.item == {
        "s": {"S": "new"}, "n": {"N": "7"}, "ss": {"SS": ["b"]}, "l": {"L": [{"S": "x"}, {"S": "y"}]}, "a.b": {"N": "1"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"Action": "PUT"}, INVALID + "Only DELETE action is allowed when no attribute value is specified"),
        ({"Action": "DELETE", "Value": {"N": "1"}}, INVALID + "DELETE action with value is not supported for the type N"),
        ({"Action": "ADD", "Value": {"S": "x"}}, INVALID + "ADD action is not supported for the type S"),
        ({"Action": "ADD", "Value": {"N": "1"}}, "Type mismatch for attribute to update"),
        ({"Action": "ADD", "Value": {"L": []}}, "Type mismatch for attribute to update"),
    ],
)
def test_what_cannot_be_updated_is_refused_in_awss_words(given, message):
    with pytest.raises(errors.ValidationFailed) as failure:
        legacy.update({"s": given}).apply(ITEM)
    assert failure.value.message == message


def test_attributes_to_get_are_whole():
    assert legacy.projection(["n", "a.b"]).of(ITEM | {"a.b": {"S": "x"}}) == {"n": {"N": "5"}, "a.b": {"S": "x"}}
    with pytest.raises(refused.DuplicateAttribute):
        legacy.projection(["n", "n"])


QUERY = {
    "legacy": ("AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"),
    "expressions": ("ProjectionExpression", "FilterExpression", "KeyConditionExpression"),
}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"AttributesToGet": ["a"], "QueryFilter": {}, "FilterExpression": "x"},
            "Can not use both expression and non-expression parameters in the same request: "
            "Non-expression parameters: {AttributesToGet, QueryFilter} Expression parameters: {FilterExpression}",
        ),
        ({"ExpressionAttributeNames": {"#a": "a"}}, "ExpressionAttributeNames can only be specified when using expressions"),
        (
            {"ExpressionAttributeValues": {":a": {}}, "ProjectionExpression": "a"},
            "ExpressionAttributeValues can only be specified when using expressions: "
            "FilterExpression and KeyConditionExpression are null",
        ),
    ],
)
def test_old_and_new_parameters_do_not_mix(parameters, message):
    with pytest.raises(errors.ValidationFailed) as failure:
        legacy.check_parameters(parameters, **QUERY)
    assert failure.value.message == message


def test_old_key_conditions_go_with_a_new_filter():
    legacy.check_parameters({"KeyConditions": {}, "FilterExpression": "a"}, **QUERY)
