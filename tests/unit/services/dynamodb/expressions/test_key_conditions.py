"""Conditions on keys: ranges of bytes, and AWS' words for what is no condition on a key."""

import pytest

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import keys
from lambent.services.dynamodb.engine.keys import KeyAttribute, KeySchema
from lambent.services.dynamodb.expressions import Expressions, KeyRange

SCHEMA = KeySchema(KeyAttribute("id", "S"), KeyAttribute("sk", "N"))
TEXTS = KeySchema(KeyAttribute("id", "S"), KeyAttribute("sk", "S"))
VALUES = {
    ":id": {"S": "a"}, ":n": {"N": "1"}, ":m": {"N": "20"}, ":s": {"S": "x"}, ":e": {"S": ""}, ":long": {"S": "x" * 1025},
}  # fmt: skip
REPEATED = "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key"


def chosen(text, schema=SCHEMA):
    return Expressions(values=VALUES).key_condition(text).for_keys(schema)


def test_a_partition_alone_is_chosen_whole():
    assert chosen(":id = id") == KeyRange({"S": "a"}, b"", None)


@pytest.mark.parametrize(
    ("test", "inside"),
    [
        ("sk = :n", ["1"]),
        ("sk < :m", ["-5", "0", "1", "19.9"]),
        (":m > sk", ["-5", "0", "1", "19.9"]),
        ("sk <= :n", ["-5", "0", "1"]),
        ("sk > :n", ["19.9", "20", "21"]),
        ("sk >= :m", ["20", "21"]),
        ("sk BETWEEN :n AND :m", ["1", "19.9", "20"]),
    ],
)
def test_a_range_of_the_sort_key_is_chosen(test, inside):
    found = chosen(f"id = :id AND {test}")
    numbers = ["-5", "0", "1", "19.9", "20", "21"]
    encoded = {number: keys.key_bytes({"N": number}) for number in numbers}
    assert [
        number for number in numbers if found.low <= encoded[number] and encoded[number] < (found.high or b"\xff")
    ] == inside


def test_a_prefix_of_the_sort_key_is_chosen():
    assert chosen("id = :id AND begins_with(sk, :s)", TEXTS) == KeyRange({"S": "a"}, b"x", b"y")
    assert chosen("id = :id AND begins_with(sk, :e)", TEXTS) == KeyRange({"S": "a"}, b"", None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sk = :n", "Query condition missed key schema element: id"),
        ("id = :id AND x = :n", "Query condition missed key schema element: sk"),
        ("id > :id", "Query key condition not supported"),
        ("id = :id AND sk > :n AND sk < :m", REPEATED),
        (
            "id = :id AND sk = :n AND x = :n",
            "The number of query conditions (3) exceeds the number of key attributes defined in the schema (2)",
        ),
        ("id = :n", "One or more parameter values were invalid: Condition parameter type does not match schema type"),
        ("id = :id OR sk = :n", "Invalid operator used in KeyConditionExpression: OR"),
        ("NOT id = :id", "Invalid operator used in KeyConditionExpression: NOT"),
        ("id <> :id", "Invalid operator used in KeyConditionExpression: <>"),
        ("id IN (:id)", "Invalid operator used in KeyConditionExpression: IN"),
        ("contains(id, :id)", "Invalid operator used in KeyConditionExpression: contains"),
        ("size(id) = :n", "KeyConditionExpressions cannot contain nested operations"),
        ("id.x = :id", "KeyConditionExpressions cannot have conditions on nested attributes"),
        ("id = sk", "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"),
        (":id = :id", "Invalid condition in KeyConditionExpression: No key attribute specified"),
        (
            "begins_with(:id, id)",
            "Invalid condition in KeyConditionExpression: "
            "begins_with operator must have the key attribute as its first operand",
        ),
        (
            ":n BETWEEN sk AND :m",
            "Invalid condition in KeyConditionExpression: BETWEEN operator must have the key attribute as its first operand",
        ),
        (
            "id = :e",
            "One or more parameter values are not valid. "
            "The AttributeValue for a key attribute cannot contain an empty string value. Key: id",
        ),
        (
            "id = :id AND sk BETWEEN :m AND :n",
            "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal to lower "
            "bound; lower bound operand: AttributeValue: {N:20}, upper bound operand: AttributeValue: {N:1}",
        ),
    ],
)
def test_what_is_no_condition_on_a_key_is_refused_in_awss_words(text, message):
    with pytest.raises(errors.ValidationFailed) as failure:
        chosen(text)
    assert failure.value.message == message


def test_a_key_has_no_condition_that_is_longer_than_it_can_be():
    with pytest.raises(errors.KeyConditionTooLong):
        chosen("id = :id AND sk = :long", TEXTS)


def test_a_table_without_sort_key_has_one_condition():
    with pytest.raises(errors.TooManyKeyConditions):
        chosen("id = :id AND sk = :n", KeySchema(KeyAttribute("id", "S")))
