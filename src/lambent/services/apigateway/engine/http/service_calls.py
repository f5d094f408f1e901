"""First-class integrations: a route that is an operation of SQS, Step Functions, EventBridge or Kinesis.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from lambent.core.errors import LambentError
from lambent.services.apigateway.engine.http.exchange import Exchange
from lambent.services.apigateway.engine.http.expressions import Expression, compile_value
from lambent.services.apigateway.engine.records import Integration
from lambent.wire import models, sdk_calls
from lambent.wire.models import Operation

TEXT, NUMBER, DOCUMENT, LIST, BLOB = "text", "number", "document", "list", "blob"
REGION = "Region"


class Subtype(Struct, frozen=True):
    """An operation, and of what kind each of its parameters is."""

    service: str
    operation: str
    required: tuple[str, ...]
    members: Mapping[str, str]


class Unresolved(LambentError):
    """A parameter that an operation needs has no value in the request, or none of its kind."""

    def __init__(self, member: str, source: str) -> None:
        super().__init__(f"Unable to resolve property {member} from source {source}. Please verify the input.")


class ServiceCall(Struct, frozen=True):
    """An integration of a subtype, compiled."""

    subtype: Subtype
    operation: Operation
    sources: Mapping[str, str]  # what the integration says of each parameter
    values: Mapping[str, Expression]
    region: Expression | None

    def parameters(self, exchange: Exchange) -> dict[str, Any]:
        """Those of the operation, for a request. Raises Unresolved, and the ServiceError that says what is wrong with them."""
        document: dict[str, Any] = {}
        blobs: dict[str, bytes] = {}
        for member, value in self.values.items():
            text = value(exchange, None)
            if text is None:
                if member in self.subtype.required:
                    raise Unresolved(member, self.sources[member])
                continue
            kind = self.subtype.members[member]
            if kind == BLOB:
                blobs[member] = _blob(text)
            document[_NAMES.get(member, member)] = _READERS[kind](text, member)
        if self.subtype.operation == "PutEvents":
            bus = {} if "EventBusName" not in document else {"EventBusName": document.pop("EventBusName")}
            document = {"Entries": [document | bus]}
        return sdk_calls.parameters_of(self.operation, document) | blobs


def compile_call(integration: Integration) -> ServiceCall | None:
    """None for a subtype that there is not. Raises BadExpression."""
    subtype = SUBTYPES.get(integration.integration_subtype)
    operation = models.service(subtype.service).operation(subtype.operation) if subtype is not None else None
    if subtype is None or operation is None:
        return None
    given = integration.request_parameters
    region = given.get(REGION)
    return ServiceCall(
        subtype,
        operation,
        given,
        {member: compile_value(value) for member, value in given.items() if member in subtype.members},
        compile_value(region) if region else None,
    )


def _read_number(text: str, member: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise Unresolved(member, text) from error


def _read_document(text: str, member: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unresolved(member, text) from error


def _read_list(text: str, member: str) -> list[str]:
    """A JSON array, or texts with commas between them."""
    if text.lstrip().startswith("["):
        found = _read_document(text, member)
        return [str(item) for item in found] if isinstance(found, list) else []
    return [item.strip() for item in text.split(",") if item.strip()]


def _blob(text: str) -> bytes:
    """Blobs are base64 in the operation's JSON. What is none is taken as it is."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text.encode()


def _read_text(text: str, _member: str) -> str:
    return text


_READERS: Mapping[str, Any] = {
    TEXT: _read_text,
    NUMBER: _read_number,
    DOCUMENT: _read_document,
    LIST: _read_list,
    BLOB: _read_text,
}

_NAMES = {"AttributeName": "AttributeNames"}
"""What operations call a parameter that has another name here."""

_QUEUE = {"QueueUrl": TEXT}
_EXECUTION = {"StateMachineArn": TEXT, "Name": TEXT, "Input": TEXT}

SUBTYPES: Mapping[str, Subtype] = {
    "EventBridge-PutEvents": Subtype(
        "events",
        "PutEvents",
        ("Detail", "DetailType", "Source"),
        {"Detail": TEXT, "DetailType": TEXT, "Source": TEXT, "Time": TEXT, "EventBusName": TEXT, "Resources": LIST},
    ),
    "SQS-SendMessage": Subtype(
        "sqs",
        "SendMessage",
        ("QueueUrl", "MessageBody"),
        {
            **_QUEUE,
            "MessageBody": TEXT,
            "DelaySeconds": NUMBER,
            "MessageAttributes": DOCUMENT,
            "MessageDeduplicationId": TEXT,
            "MessageGroupId": TEXT,
            "MessageSystemAttributes": DOCUMENT,
        },
    ),
    "SQS-ReceiveMessage": Subtype(
        "sqs",
        "ReceiveMessage",
        ("QueueUrl",),
        {
            **_QUEUE,
            "AttributeName": LIST,
            "MaxNumberOfMessages": NUMBER,
            "MessageAttributeNames": LIST,
            "ReceiveRequestAttemptId": TEXT,
            "VisibilityTimeout": NUMBER,
            "WaitTimeSeconds": NUMBER,
        },
    ),
    "SQS-DeleteMessage": Subtype("sqs", "DeleteMessage", ("QueueUrl", "ReceiptHandle"), {**_QUEUE, "ReceiptHandle": TEXT}),
    "SQS-PurgeQueue": Subtype("sqs", "PurgeQueue", ("QueueUrl",), _QUEUE),
    "Kinesis-PutRecord": Subtype(
        "kinesis",
        "PutRecord",
        ("StreamName", "Data", "PartitionKey"),
        {
            "StreamName": TEXT,
            "Data": BLOB,
            "PartitionKey": TEXT,
            "SequenceNumberForOrdering": TEXT,
            "ExplicitHashKey": TEXT,
        },
    ),
    "StepFunctions-StartExecution": Subtype("stepfunctions", "StartExecution", ("StateMachineArn",), _EXECUTION),
    "StepFunctions-StartSyncExecution": Subtype(
        "stepfunctions", "StartSyncExecution", ("StateMachineArn",), {**_EXECUTION, "TraceHeader": TEXT}
    ),
    "StepFunctions-StopExecution": Subtype(
        "stepfunctions", "StopExecution", ("ExecutionArn",), {"ExecutionArn": TEXT, "Cause": TEXT, "Error": TEXT}
    ),
}
