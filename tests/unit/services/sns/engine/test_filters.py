"""Filter policies: limits in AWS' words, and what attributes and bodies look like to them."""

import json

import pytest

from lambent.services.sns import errors
from lambent.services.sns.engine import filters
from lambent.services.sns.engine.filters import ON_ATTRIBUTES, ON_BODY

COMPLEX = "Invalid parameter: Attributes Reason: FilterPolicy: Filter policy is too complex"


def refusal(policy, scope=ON_ATTRIBUTES):
    with pytest.raises(errors.InvalidParameter) as refused:
        filters.checked(policy if isinstance(policy, str) else json.dumps(policy), scope, "Attributes Reason: ")
    return refused.value.message


def values(count):
    return [str(number) for number in range(count)]


def test_an_empty_policy_filters_nothing():
    assert filters.checked("", ON_ATTRIBUTES, "") == filters.checked(" {} ", ON_ATTRIBUTES, "") == ""
    assert filters.compiled("", ON_ATTRIBUTES) is None


def test_five_keys_are_the_most():
    assert filters.checked(json.dumps({str(key): ["a"] for key in range(5)}), ON_ATTRIBUTES, "")
    assert refusal({str(key): ["a"] for key in range(6)}) == (
        "Invalid parameter: Attributes Reason: FilterPolicy: Filter policy can not have more than 5 keys"
    )


def test_a_hundred_and_fifty_combinations_are_the_most():
    assert filters.checked(json.dumps({"a": values(15), "b": values(10)}), ON_ATTRIBUTES, "")
    assert refusal({"a": values(151)}) == COMPLEX
    assert refusal({"a": values(16), "b": values(10)}) == COMPLEX


def test_depth_multiplies():
    """The example of the guide: 3 values two levels deep and 4 three levels deep are 3 x 2 x 4 x 3 = 72."""
    policy = {"a": {"b": {"c": values(4)}}, "d": {"e": values(3)}}
    assert filters.checked(json.dumps(policy), ON_BODY, "")
    policy["d"]["e"] = values(7)
    assert refusal(policy, ON_BODY) == COMPLEX


def test_the_ways_of_or_add_up():
    """Recorded: 4 x 6 + 4 x 4 x 4 + 4 x 4 x 4 = 152, and 24 + 72 + 16 + 48 = 160, are too many."""
    flat = {
        "source": values(4),
        "$or": [{"name": values(6)}, {"type": values(4), "$or": [{"id": values(4)}, {"space": values(4)}]}],
    }
    assert refusal(flat) == COMPLEX
    nested = {
        "$or": [{"name": values(3)}, {"space": values(2)}],
        "detail": {"scope": values(2), "$or": [{"source": values(1)}, {"type": values(3)}]},
    }
    assert refusal(nested, ON_BODY) == COMPLEX


def test_attributes_do_not_nest():
    message = (
        "Invalid parameter: Attributes Reason: Filter policy scope MessageAttributes does not support nested filter policy"
    )
    assert refusal({"a": {"b": ["c"]}}) == message
    assert refusal({"$or": [{"a": ["b"]}, {"a": {"b": ["c"]}}]}) == message
    assert filters.checked('{"a": {"b": ["c"]}}', ON_BODY, "")


def test_what_the_language_refuses_is_refused_in_its_words():
    assert refusal('{"key":[{"wrong-operator":true}]}') == (
        "Invalid parameter: Attributes Reason: FilterPolicy: Unrecognized match type wrong-operator"
    )


def test_attributes_are_judged_by_what_they_are_worth():
    attributes = {
        "text": {"DataType": "String", "StringValue": "a"},
        "custom": {"DataType": "String.mine", "StringValue": "[1]"},
        "number": {"DataType": "Number", "StringValue": "3.015e2"},
        "many": {"DataType": "String.Array", "StringValue": '["a", 1, true, null]'},
        "broken": {"DataType": "String.Array", "StringValue": "["},
        "bytes": {"DataType": "Binary", "BinaryValue": b"a"},
    }
    assert filters.event_of_attributes(attributes) == {
        "text": "a",
        "custom": "[1]",
        "number": 301.5,
        "many": ["a", 1, True, None],
        "broken": None,
    }


def test_a_body_that_is_no_json_matches_nothing():
    wanted = filters.compiled('{"a": ["b"]}', ON_BODY)
    assert wanted is not None
    assert wanted.is_on_body
    assert wanted.pattern.matches(filters.event_of_body('{"a": "b"}'))
    assert not wanted.pattern.matches(filters.event_of_body("plain text"))


def test_policies_are_compared_by_what_they_say():
    assert filters.as_told('{"a": [1]}') == filters.as_told('{"a":[1]}')
    assert filters.as_told("") is None
