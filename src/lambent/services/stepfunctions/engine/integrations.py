"""What a task calls, and what it makes of the answer: results and errors in AWS' form.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import msgspec

from lambent.core.clock import Instant
from lambent.core.errors import ServiceError
from lambent.services.stepfunctions.engine import sdk
from lambent.services.stepfunctions.engine.definition.resources import FUNCTION, Resource
from lambent.services.stepfunctions.engine.definition.views import json_of, text_of, value_of
from lambent.services.stepfunctions.engine.failures import Failure
from lambent.wire import models

SDK_PREFIX = "aws-sdk:"
UNKNOWN = "Lambda.Unknown"


@dataclass(frozen=True, slots=True)
class Optimised:
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


@dataclass(frozen=True, slots=True)
class Prepared:
    """The call of an operation."""

    service: str
    operation: str
    parameters: dict[str, Any]


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


def is_known(resource: Resource) -> bool:
    """Whether there is such an operation."""
    if resource.kind == FUNCTION or (resource.service, resource.action) in OPTIMISED:
        return True
    service, _ = _sdk_names(resource)
    return bool(service) and sdk.operation(service, resource.action) is not None


def prepare(resource: Resource, given: bytes) -> Prepared:
    """Raises the ServiceError of parameters that the operation does not take."""
    if resource.kind == FUNCTION:
        return Prepared("lambda", "Invoke", {"FunctionName": resource.arn, "Payload": given})
    parameters = value_of(given)
    optimised = OPTIMISED.get((resource.service, resource.action))
    if optimised is None:
        service, _ = _sdk_names(resource)
        operation = sdk.operation(service, resource.action)
        assert operation is not None, "known before"
        return Prepared(service, operation.name, sdk.read(operation, parameters))
    operation = sdk.operation(optimised.service, resource.action)
    assert operation is not None, "of the table"
    return Prepared(optimised.service, optimised.operation, sdk.read(operation, _as_texts(optimised, parameters)))


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


def result(resource: Resource, reply: Mapping[str, Any], request_id: str, now: Instant) -> bytes | Failure:
    """What the state is given: JSON."""
    if resource.kind == FUNCTION:
        return _function_failure(reply) or _payload(reply)
    optimised = OPTIMISED.get((resource.service, resource.action))
    if optimised is None:
        service, _ = _sdk_names(resource)
        operation = sdk.operation(service, resource.action)
        assert operation is not None, "known before"
        return json_of(sdk.write(operation, reply))
    make = _RESULTS.get(optimised.operation, _plain)
    return make(optimised, reply, request_id, now)


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


def _invoked(_: Optimised, reply: Mapping[str, Any], request_id: str, now: Instant) -> bytes | Failure:
    failure = _function_failure(reply)
    if failure is not None:
        return failure
    payload = _payload(reply)
    version, status = reply.get("ExecutedVersion", "$LATEST"), reply.get("StatusCode", 200)
    # The payload is JSON already and may be long, so it is not read and written once more.
    head = json_of({"ExecutedVersion": version})[:-1]
    rest = json_of({**_metadata(request_id, now, {"X-Amz-Executed-Version": version}), "StatusCode": status})[1:]
    return head + b',"Payload":' + payload + b"," + rest


def _plain(optimised: Optimised, reply: Mapping[str, Any], request_id: str, now: Instant) -> bytes | Failure:
    operation = models.service(optimised.service).operation(optimised.operation)
    assert operation is not None, "of the table"
    return json_of({**sdk.write(operation, reply), **_metadata(request_id, now, {})})


def _put(optimised: Optimised, reply: Mapping[str, Any], request_id: str, now: Instant) -> bytes | Failure:
    if reply.get("FailedEntryCount"):
        return Failure(
            "EventBridge.FailedEntry", text_of({"Entries": reply["Entries"], "FailedEntryCount": reply["FailedEntryCount"]})
        )
    return _plain(optimised, reply, request_id, now)


def _begun(_: Optimised, reply: Mapping[str, Any], request_id: str, now: Instant) -> bytes | Failure:
    told = {"ExecutionArn": reply["executionArn"], **_metadata(request_id, now, {})}
    return json_of({**told, "StartDate": int(reply["startDate"].timestamp() * 1000)})


Make = Callable[[Optimised, Mapping[str, Any], str, Instant], bytes | Failure]
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


def failure(resource: Resource, error: ServiceError, request_id: str) -> Failure:
    """The error of an operation, in the words of the SDK that the integration is made with."""
    optimised = OPTIMISED[("lambda", "invoke")] if resource.kind == FUNCTION else None
    optimised = optimised or OPTIMISED.get((resource.service, resource.action))
    if optimised is None:
        return _sdk_failure(resource, error, request_id)
    shape = models.service(optimised.service).error(error.code)
    name = shape.name if shape is not None else optimised.base
    cause = (
        f"{error.message} (Service: {optimised.long}; Status Code: {error.status}; Error Code: {error.code}; "
        f"Request ID: {request_id}; Proxy: null)"
    )
    return Failure(f"{optimised.word}.{name}", cause)


def _sdk_failure(resource: Resource, error: ServiceError, request_id: str) -> Failure:
    service, word = _sdk_names(resource)
    shape = models.service(service).error(error.code)
    name = shape.name if shape is not None else word
    name = name if name.endswith("Exception") else f"{name}Exception"
    cause = f"{error.message} (Service: {word}, Status Code: {error.status}, Request ID: {request_id})"
    return Failure(f"{word}.{name}", cause)


def _sdk_names(resource: Resource) -> tuple[str, str]:
    """AWS' name of the service, and the word that its errors begin with; empty where there is no such service."""
    if not resource.service.startswith(SDK_PREFIX):
        return "", ""
    return sdk.SERVICES.get(resource.service.removeprefix(SDK_PREFIX), ("", ""))
