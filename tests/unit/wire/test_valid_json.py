"""Requests read in one go are read as the readers and the checks read them."""

import json

import pytest

from lambent.core.errors import ServiceError
from lambent.wire import aws_json, constraints, models, valid_json
from lambent.wire.http import Request


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
