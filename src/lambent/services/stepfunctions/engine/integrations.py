"""What a task calls, and what it makes of the answer: results and errors in AWS' form.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
"""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import msgspec
from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.errors import ServiceError
from lambent.services.stepfunctions.engine.definition.resources import FUNCTION, Resource
from lambent.services.stepfunctions.engine.definition.views import json_of, text_of, value_of
from lambent.services.stepfunctions.engine.failures import Failure
from lambent.wire import models, sdk_calls
from lambent.wire.models import Operation

SDK_PREFIX = "aws-sdk:"
UNKNOWN = "Lambda.Unknown"


class Optimised(Struct, frozen=True):
    """An integration that is more than the operation.

    ``word`` begins its errors, ``base`` names those that the model does not, ``long`` is the service in causes. ``texts``:
    parameters that may be objects and are sent as JSON.
    """

    service: str
    operation: str
    word: str
    base: str
    long: str
    texts: tuple[str, ...] = ()


OPTIMISED: Mapping[tuple[str, str], Optimised] = {
    ("lambda", "invoke"): Optimised("lambda", "Invoke", "Lambda", "AWSLambdaException", "AWSLambda"),
    ("sqs", "sendMessage"): Optimised("sqs", "SendMessage", "SQS", "AmazonSQSException", "AmazonSQS", ("MessageBody",)),
    ("sns", "publish"): Optimised("sns", "Publish", "SNS", "AmazonSNSException", "AmazonSNS", ("Message",)),
    **{
        ("dynamodb", f"{verb}Item"): Optimised(
            "dynamodb", f"{verb.title()}Item", "DynamoDB", "AmazonDynamoDBException", "AmazonDynamoDBv2"
        )
        for verb in ("get", "put", "update", "delete")
    },
    ("events", "putEvents"): Optimised("events", "PutEvents", "EventBridge", "AmazonEventBridgeException", "AmazonEventBridge"),
    ("states", "startExecution"): Optimised(
        "stepfunctions", "StartExecution", "StepFunctions", "AWSStepFunctionsException", "AWSStepFunctions", ("Input",)
    ),
}
"""By service and action of the Resource."""


def operation_of(resource: Resource, services: Collection[str]) -> Operation | None:
    """What a task calls; None where ``services``, those of this platform, have no such operation."""
    optimised = _optimised(resource)
    if optimised is not None:
        return models.service(optimised.service).operation(optimised.operation)
    if not resource.service.startswith(SDK_PREFIX):
        return None
    return sdk_calls.operation_of(resource.service.removeprefix(SDK_PREFIX), resource.action, among=services)


def _optimised(resource: Resource) -> Optimised | None:
    key = ("lambda", "invoke") if resource.kind == FUNCTION else (resource.service, resource.action)
    return OPTIMISED.get(key)


def parameters_of(resource: Resource, operation: Operation, given: bytes) -> dict[str, Any]:
    """Raises the ServiceError of parameters that the operation does not take."""
    if resource.kind == FUNCTION:
        return {"FunctionName": resource.arn, "Payload": given}
    optimised, parameters = _optimised(resource), value_of(given)
    return sdk_calls.parameters_of(operation, parameters if optimised is None else _as_texts(optimised, parameters))


def _as_texts(optimised: Optimised, parameters: Any) -> Any:
    """Members that may be objects, as the JSON that is sent."""
    if not isinstance(parameters, dict):
        return parameters
    told = {
        name: text_of(value) if name in optimised.texts and not isinstance(value, str | None) else value
        for name, value in parameters.items()
    }
    if optimised.operation == "Invoke" and "Payload" in told:
        told["Payload"] = text_of(told["Payload"])
    if optimised.operation == "PutEvents" and isinstance(told.get("Entries"), list):
        told["Entries"] = [_entry(entry) for entry in told["Entries"]]
    return told


def _entry(entry: Any) -> Any:
    if isinstance(entry, dict) and isinstance(entry.get("Detail"), dict):
        return {**entry, "Detail": text_of(entry["Detail"])}
    return entry


# ---- results ---------------------------------------------------------------------------------------------------------


def result(
    resource: Resource, operation: Operation, reply: Mapping[str, Any], request_id: str, now: Instant
) -> bytes | Failure:
    """What the state is given: JSON."""
    if resource.kind == FUNCTION:
        return _function_failure(reply) or _payload(reply)
    if _optimised(resource) is None:
        return json_of(sdk_calls.reply_of(operation, reply))
    make = _RESULTS.get(operation.name, _plain)
    return make(operation, reply, request_id, now)


def _function_failure(reply: Mapping[str, Any]) -> Failure | None:
    if not reply.get("FunctionError"):
        return None
    cause = _payload(reply).decode()
    told = value_of(cause)
    error = told.get("errorType") if isinstance(told, dict) else None
    return Failure(error if isinstance(error, str) and error else UNKNOWN, cause)


def _payload(reply: Mapping[str, Any]) -> bytes:
    """What the function returned, as JSON: what is none (a runtime of one's own may return anything) as a string."""
    payload: bytes = reply.get("Payload") or b"{}"
    try:
        msgspec.json.decode(payload)
    except (msgspec.DecodeError, RecursionError):
        return json_of(payload.decode("utf-8", "replace"))
    return payload


def _invoked(_: Operation, reply: Mapping[str, Any], request_id: str, now: Instant) -> bytes | Failure:
    failure = _function_failure(reply)
    if failure is not None:
        return failure
    payload = _payload(reply)
    version, status = reply.get("ExecutedVersion", "$LATEST"), reply.get("StatusCode", 200)
    # The payload is JSON already and may be long, so it is not read and written once more.
    head = json_of({"ExecutedVersion": version})[:-1]
    rest = json_of({**_metadata(request_id, now, {"X-Amz-Executed-Version": version}), "StatusCode": status})[1:]
    return head + b',"Payload":' + payload + b"," + rest


def _plain(operation: Operation, reply: Mapping[str, Any], request_id: str, now: Instant) -> bytes | Failure:
    return json_of({**sdk_calls.reply_of(operation, reply), **_metadata(request_id, now, {})})


def _put(operation: Operation, reply: Mapping[str, Any], request_id: str, now: Instant) -> bytes | Failure:
    if reply.get("FailedEntryCount"):
        return Failure(
            "EventBridge.FailedEntry", text_of({"Entries": reply["Entries"], "FailedEntryCount": reply["FailedEntryCount"]})
        )
    return _plain(operation, reply, request_id, now)


def _begun(_: Operation, reply: Mapping[str, Any], request_id: str, now: Instant) -> bytes | Failure:
    told = {"ExecutionArn": reply["executionArn"], **_metadata(request_id, now, {})}
    return json_of({**told, "StartDate": int(reply["startDate"].timestamp() * 1000)})


Make = Callable[[Operation, Mapping[str, Any], str, Instant], bytes | Failure]
_RESULTS: Mapping[str, Make] = {"Invoke": _invoked, "PutEvents": _put, "StartExecution": _begun}


def _metadata(request_id: str, now: Instant, headers: Mapping[str, str]) -> dict[str, Any]:
    """What AWS tells of the answer's headers."""
    told = {
        **headers,
        "Connection": "keep-alive",
        "Content-Type": "application/json",
        "Date": format_datetime(datetime.fromtimestamp(now, UTC), usegmt=True),
        "x-amzn-RequestId": request_id,
    }
    return {
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in told.items()},
            "HttpHeaders": told,
            "HttpStatusCode": 200,
        },
        "SdkResponseMetadata": {"RequestId": request_id},
    }


# ---- errors ----------------------------------------------------------------------------------------------------------


def failure(resource: Resource, operation: Operation, error: ServiceError, request_id: str) -> Failure:
    """The error of an operation, in the words of the SDK that the integration is made with."""
    shape, optimised = operation.service.error(error.code), _optimised(resource)
    if optimised is not None:
        name = shape.name if shape is not None else optimised.base
        cause = (
            f"{error.message} (Service: {optimised.long}; Status Code: {error.status}; Error Code: {error.code}; "
            f"Request ID: {request_id}; Proxy: null)"
        )
        return Failure(f"{optimised.word}.{name}", cause)
    word = sdk_calls.word_of(operation)
    name = shape.name if shape is not None else word
    name = name if name.endswith("Exception") else f"{name}Exception"
    cause = f"{error.message} (Service: {word}, Status Code: {error.status}, Request ID: {request_id})"
    return Failure(f"{word}.{name}", cause)
