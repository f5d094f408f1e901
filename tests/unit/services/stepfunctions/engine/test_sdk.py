"""Parameters and replies as state machines spell them."""

from datetime import UTC, datetime

import pytest

from lambent.core.errors import ServiceError
from lambent.services.stepfunctions.engine import sdk
from lambent.wire.models import Operation


def operation(service: str, action: str) -> Operation:
    found = sdk.operation(service, action)
    assert found is not None
    return found


def test_members_begin_with_a_capital_whatever_the_model_says():
    found = operation("stepfunctions", "startExecution")
    arn = "arn:aws:states:us-east-1:1:stateMachine:m"
    assert sdk.read(found, {"StateMachineArn": arn, "Input": "{}"}) == {"stateMachineArn": arn, "input": "{}"}
    told = sdk.write(found, {"executionArn": "e", "startDate": datetime(2026, 1, 1, tzinfo=UTC)})
    assert told == {"ExecutionArn": "e", "StartDate": "2026-01-01T00:00:00Z"}


def test_keys_of_maps_stay_as_they_are():
    item = {"id": {"S": "1"}}
    assert sdk.read(operation("dynamodb", "putItem"), {"TableName": "t", "Item": item})["Item"] == item


def test_blobs_are_texts():
    found = operation("lambda", "invoke")
    assert sdk.read(found, {"FunctionName": "f", "Payload": {"a": 1}})["Payload"] == b'{"a":1}'
    assert sdk.write(found, {"Payload": b"x", "StatusCode": 200}) == {"Payload": "x", "StatusCode": 200}


@pytest.mark.parametrize("parameters", [[], {"TableName": 5}, {}])
def test_what_an_operation_does_not_take_is_refused(parameters: object):
    with pytest.raises(ServiceError):
        sdk.read(operation("dynamodb", "getItem"), parameters)
