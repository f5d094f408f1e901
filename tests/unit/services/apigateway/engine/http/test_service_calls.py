"""Routes that are operations of services give them the parameters that AWS documents."""

import pytest

from lambent.core.errors import ServiceError
from lambent.services.apigateway.engine.http.service_calls import SUBTYPES, Unresolved, compile_call
from lambent.services.apigateway.engine.records import Integration
from lambent.wire import models

BODY = b'{"m":"hi","n":5,"d":"aGk=","raw":"\xc3\xa9","list":["a","b"],"o":{"x":1}}'


def parameters(exchange, subtype, given):
    call = compile_call(Integration("i", "AWS_PROXY", integration_subtype=subtype, request_parameters=given))
    assert call is not None
    return call.parameters(exchange(body=BODY, headers={"X-A": "v"}))


@pytest.mark.parametrize(
    ("subtype", "given", "expected"),
    [
        ("SQS-SendMessage",
         {"QueueUrl": "u", "MessageBody": "$request.body.o", "DelaySeconds": "$request.body.n", "Unknown": "x",
          "MessageAttributes": '{"a":{"DataType":"String","StringValue":"${request.header.x-a}"}}'},
         {"QueueUrl": "u", "MessageBody": '{"x":1}', "DelaySeconds": 5,
          "MessageAttributes": {"a": {"DataType": "String", "StringValue": "v"}}}),
        ("SQS-ReceiveMessage", {"QueueUrl": "u", "AttributeName": "All", "MessageAttributeNames": "a, b",
          "WaitTimeSeconds": "1"},
         {"QueueUrl": "u", "AttributeNames": ["All"], "MessageAttributeNames": ["a", "b"], "WaitTimeSeconds": 1}),
        ("SQS-DeleteMessage", {"QueueUrl": "u", "ReceiptHandle": "$request.path.id"}, {"QueueUrl": "u", "ReceiptHandle": "1"}),
        ("SQS-PurgeQueue", {"QueueUrl": "u", "Region": "eu-west-1"}, {"QueueUrl": "u"}),
        ("Kinesis-PutRecord", {"StreamName": "s", "PartitionKey": "k", "Data": "$request.body.d"},
         {"StreamName": "s", "PartitionKey": "k", "Data": b"hi"}),
        ("Kinesis-PutRecord", {"StreamName": "s", "PartitionKey": "k", "Data": "$request.body.raw"},
         {"StreamName": "s", "PartitionKey": "k", "Data": "é".encode()}),
        ("EventBridge-PutEvents",
         {"Detail": "$request.body.o", "DetailType": "t", "Source": "s", "Resources": "$request.body.list",
          "EventBusName": "b"},
         {"Entries": [{"Detail": '{"x":1}', "DetailType": "t", "Source": "s", "Resources": ["a", "b"], "EventBusName": "b"}]}),
        ("StepFunctions-StartExecution", {"StateMachineArn": "arn", "Input": "$request.body", "Name": "$request.body.zzz"},
         {"stateMachineArn": "arn", "input": BODY.decode()}),
        ("StepFunctions-StopExecution", {"ExecutionArn": "arn", "Cause": "c", "Error": "e"},
         {"executionArn": "arn", "cause": "c", "error": "e"}),
    ],
)  # fmt: skip
def test_parameters_have_the_types_of_the_operation(exchange, subtype, given, expected):
    assert parameters(exchange, subtype, given) == expected


@pytest.mark.parametrize(
    ("subtype", "given"),
    [
        ("SQS-SendMessage", {"QueueUrl": "u", "MessageBody": "$request.body.zzz"}),
        ("SQS-SendMessage", {"QueueUrl": "u", "MessageBody": "x", "DelaySeconds": "soon"}),
        ("SQS-SendMessage", {"QueueUrl": "u", "MessageBody": "x", "MessageAttributes": "nonsense"}),
    ],
)
def test_what_an_operation_needs_and_the_request_has_not_is_unresolved(exchange, subtype, given):
    with pytest.raises(Unresolved):
        parameters(exchange, subtype, given)


def test_what_the_model_does_not_allow_is_its_error(exchange):
    with pytest.raises(ServiceError):
        parameters(exchange, "Kinesis-PutRecord", {"StreamName": "not a name!", "PartitionKey": "k", "Data": "x"})


def test_every_subtype_is_an_operation_that_there_is():
    for subtype in SUBTYPES.values():
        assert models.service(subtype.service).operation(subtype.operation) is not None
        assert set(subtype.required) <= set(subtype.members)
    assert compile_call(Integration("i", "AWS_PROXY", integration_subtype="AppConfig-GetConfiguration")) is None
