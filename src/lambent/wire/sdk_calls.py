"""Calls as AWS' SDKs spell them, ``aws-sdk:sqs:sendMessage`` with a JSON document of parameters, as what calls them operations.

So schedules and state machines name what they call. Members begin with capitals, whatever the model says; a blob is its text,
a moment its ISO 8601.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

from collections.abc import Collection, Mapping
from typing import Any

from lambent.core.errors import ServiceError
from lambent.wire import constraints, error_form, json_shapes, models, timestamps
from lambent.wire.models import Operation, Ref
from lambent.wire.shapes import Codec, Read

SERVICES: Mapping[str, str] = {"cloudwatchlogs": "logs", "eventbridge": "events", "sfn": "stepfunctions"}
"""SDKs' names of services, where botocore calls them otherwise."""

WORDS: Mapping[str, str] = {
    "cloudwatchlogs": "CloudWatchLogs",
    "dynamodb": "DynamoDb",
    "dynamodbstreams": "DynamoDbStreams",
    "eventbridge": "EventBridge",
}
"""What errors of a service begin with, where it is not its SDKs' name with a capital."""

_ONLY_BOTOCORES = frozenset(SERVICES.values())


def operation_of(service: str, action: str, *, among: Collection[str]) -> Operation | None:
    """The operation that "sqs" and "sendMessage" name; None where there is none ``among`` the services (botocore's names)."""
    name = service_of(service)
    if name is None or name not in among:
        return None
    return models.service(name).operation(action[:1].upper() + action[1:])


def service_of(service: str) -> str | None:
    """What botocore calls a service of the SDKs; None for what is only botocore's name."""
    return None if service in _ONLY_BOTOCORES else SERVICES.get(service, service)


def action_of(operation: Operation) -> str:
    """ "sendMessage"."""
    return operation.name[:1].lower() + operation.name[1:]


def sdk_service_of(operation: Operation) -> str:
    """ "sfn" of an operation of "stepfunctions"."""
    name = operation.service.name
    return next((sdk for sdk, botocores in SERVICES.items() if botocores == name), name)


def word_of(operation: Operation) -> str:
    """ "DynamoDb": what errors begin with, in Java's SDK."""
    name = sdk_service_of(operation)
    return WORDS.get(name, name[:1].upper() + name[1:])


def parameters_of(operation: Operation, document: Any) -> dict[str, Any]:
    """The parameters of an operation that a JSON document spells. Raises the ServiceError that says what is wrong with it."""
    parameters: dict[str, Any] = {} if operation.input is None else _CODEC.reader(operation.input)(document)
    constraints.check(operation, parameters)
    return parameters


def reply_of(operation: Operation, reply: Mapping[str, Any]) -> dict[str, Any]:
    """The document of a reply, whose streams have been read."""
    write = None if operation.output is None else _CODEC.writer(operation.output)
    return {} if write is None else write(dict(reply))


def told(operation: Operation, error: ServiceError) -> tuple[str, str]:
    """The code and the message that SDKs tell of an error: those of the query protocol, where a service once spoke it."""
    service = operation.service
    if not service.is_query_compatible:
        return error.code, error.message
    named = models.query_service(service.name)
    return error_form.query_code(named, named.error(error.code), error), error_form.query_message(named, error)


def _read_blob(value: Any) -> bytes:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else json_shapes.encode(value)


def _write_blob(value: Any) -> str:
    return value if isinstance(value, str) else bytes(value).decode("utf-8", "replace")


def _capitalised(name: str, _ref: Ref) -> str:
    return name[:1].upper() + name[1:]


_READERS: Mapping[str, Read] = {**json_shapes.READERS, "blob": _read_blob}
_CODEC = Codec(_READERS, {"blob": _write_blob}, lambda _ref: timestamps.iso8601, _capitalised)
