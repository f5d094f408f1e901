"""Requests read in one go are read as the readers and the checks read them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.core.errors import ServiceError
from lambent.wire import aws_json, constraints, models, valid_json
from lambent.wire.http import Request
from lambent.wire.models import Operation


def operation(name, service="dynamodb"):
    return models.service(service).operation(name)


def both(name, body, service="dynamodb"):
    """What is read in one go, and what is read step by step; None where that is refused."""
    found = operation(name, service)
    encoded = json.dumps(body).encode()
    try:
        parameters = aws_json.parse(found, Request("POST", "/", "", {}, encoded), {})
        constraints.check(found, parameters)
    except ServiceError:
        parameters = None
    return valid_json.parse(found, encoded), parameters


@pytest.mark.parametrize(
    "body",
    [
        {"TableName": "things", "Item": {"id": {"S": "a"}, "b": {"B": "AAE="}, "m": {"M": {"l": {"L": [{"NULL": True}]}}}}},
        {"TableName": "things", "Item": {}, "ReturnValues": "ALL_OLD", "Unknown": 1},
        {"TableName": "things", "Item": {"id": {}}},
        {"TableName": "things", "Item": {"id": {"S": "a", "N": "1"}}},
    ],
)
def test_what_is_in_order_is_read_alike(body):
    at_once, step_by_step = both("PutItem", body)
    assert at_once == step_by_step
    assert at_once is not None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"TableName": "", "Item": {}},
        {"TableName": "things"},
        {"TableName": "things", "Item": {"id": {"S": 1}}},
        {"TableName": "things", "Item": {"id": "a"}},
        {"TableName": "things", "Item": {}, "ReturnValues": "SOME"},
        {"TableName": "x" * 1_025, "Item": {}},
        [],
    ],
)
def test_what_is_not_in_order_is_left_to_who_finds_the_words(body):
    assert both("PutItem", body) == (None, None)


def test_what_is_only_unusual_is_left_too():
    assert valid_json.parse(operation("PutItem"), b'{"TableName":"things","Item":{},"Expected":null}') is None
    assert valid_json.parse(operation("PutItem"), b"not json") is None
    assert valid_json.parse(operation("ListBackups"), b"{}") is None, "it has a timestamp"


def test_patterns_and_ranges_are_held_against_the_whole_value():
    assert both("Query", {"TableName": "things", "IndexName": "by_kind", "Limit": 1})[0] is not None
    assert both("Query", {"TableName": "things", "IndexName": "by kind"})[0] is None
    assert both("Query", {"TableName": "things", "IndexName": "by_kind\n"})[0] is None
    assert both("Query", {"TableName": "things", "Limit": 0})[0] is None


def test_services_that_say_the_rest_themselves_are_only_asked_for_what_is_missing():
    body = {"QueueUrl": "u", "MessageBody": "", "DelaySeconds": -5}
    assert both("SendMessage", body, "sqs")[0] == body
    assert both("SendMessage", {"QueueUrl": "u"}, "sqs")[0] is None


# ---- whatever is asked -----------------------------------------------------------------------------------------------

OPERATIONS = [
    operation("PutRecords", "kinesis"),
    operation("CreateStream", "kinesis"),
    operation("GetRecords", "kinesis"),
    operation("SendMessageBatch", "sqs"),
    operation("SendMessage", "sqs"),
    operation("PutLogEvents", "logs"),
    operation("PutRule", "events"),
]
TEXTS = st.one_of(st.sampled_from(["YQ==", "stream", "k", "0", "12", "ON_DEMAND", "https://x/1/q"]), st.text(max_size=5))
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXTS)


def slowly(asked: Operation, body: bytes) -> dict[str, Any] | ServiceError:
    try:
        parameters = aws_json.parse(asked, Request("POST", "/", "", {}, body), {})
        constraints.check(asked, parameters)
    except ServiceError as error:
        return error
    return parameters


def values_of(shape: models.Shape) -> st.SearchStrategy[Any]:
    """Values that fit a shape more often than not."""
    match shape.type:
        case "structure":
            members = {name: st.one_of(values_of(ref.shape), SCALARS) for name, ref in shape.members.items()}
            required = {name: values_of(shape.members[name].shape) for name in shape.required}
            optional = {name: value for name, value in members.items() if name not in required} | {"Unknown": SCALARS}
            return st.one_of(st.fixed_dictionaries(required, optional=optional), st.dictionaries(TEXTS, SCALARS, max_size=2))
        case "list" if shape.member is not None:
            return st.lists(values_of(shape.member.shape), max_size=3)
        case "map" if shape.value is not None:
            return st.dictionaries(TEXTS, values_of(shape.value.shape), max_size=3)
        case "integer" | "long":
            return st.integers(-(2**65), 2**65) | st.integers(0, 30)
        case _:
            return st.sampled_from(shape.enum) if shape.enum else TEXTS


@given(st.data(), st.sampled_from(OPERATIONS))
def test_the_two_ways_never_disagree(data: st.DataObject, asked: Operation):
    assert asked.input_shape is not None
    body = json.dumps(data.draw(values_of(asked.input_shape))).encode()
    passed = valid_json.parse(asked, body)
    if passed is not None:
        assert passed == slowly(asked, body)
