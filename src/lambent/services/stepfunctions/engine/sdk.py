"""Parameters and replies of AWS' operations as state machines spell them: members begin with a capital, blobs are text.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

import functools
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lambent.services.stepfunctions.engine.definition.views import text_of
from lambent.wire import constraints, models, timestamps
from lambent.wire.models import Operation, Ref
from lambent.wire.problems import Serialization
from lambent.wire.shapes import PLAIN_READERS, Codec, Read, Write, unexpected

SERVICES: Mapping[str, tuple[str, str]] = {
    "cloudwatchlogs": ("logs", "CloudWatchLogs"),
    "dynamodb": ("dynamodb", "DynamoDb"),
    "eventbridge": ("events", "EventBridge"),
    "iam": ("iam", "Iam"),
    "kinesis": ("kinesis", "Kinesis"),
    "lambda": ("lambda", "Lambda"),
    "pipes": ("pipes", "Pipes"),
    "s3": ("s3", "S3"),
    "scheduler": ("scheduler", "Scheduler"),
    "sfn": ("stepfunctions", "Sfn"),
    "sns": ("sns", "Sns"),
    "sqs": ("sqs", "Sqs"),
    "sts": ("sts", "Sts"),
}
"""By the name in a Resource (aws-sdk:sfn:…): AWS' name of the service, and the word that its errors begin with."""


def operation(service: str, action: str) -> Operation | None:
    """The operation of ``dynamodb`` that state machines call ``getItem``."""
    return models.service(service).operation(action[:1].upper() + action[1:])


def read(found: Operation, parameters: Any) -> dict[str, Any]:
    """AWS' parameters. Raises Serialization, and what breaks the model's constraints."""
    if found.input is None:
        return {}
    told: dict[str, Any] = _reader(found)(parameters)
    constraints.check(found, told)
    return told


def write(found: Operation, reply: Mapping[str, Any]) -> dict[str, Any]:
    """A reply, whose streams have been read."""
    writer = _writer(found)
    return {} if writer is None else writer(dict(reply))


@functools.cache
def _reader(found: Operation) -> Read:
    assert found.input is not None, "asked before"
    return _CODEC.reader(found.input)


@functools.cache
def _writer(found: Operation) -> Write | None:
    return None if found.output is None else _CODEC.writer(found.output)


def _read_blob(value: Any) -> bytes:
    return (value if isinstance(value, str) else text_of(value)).encode()


def _read_number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise unexpected(value, "Float")
    return float(value)


def _read_timestamp(value: Any) -> datetime:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise unexpected(value, "Timestamp")
    try:
        return timestamps.read(value)
    except (ValueError, OverflowError) as error:
        raise Serialization(reason=str(error)) from error


def _write_blob(value: Any) -> str:
    return value if isinstance(value, str) else bytes(value).decode("utf-8", "replace")


def _capital(name: str, _ref: Ref) -> str:
    return name[:1].upper() + name[1:]


_READERS: Mapping[str, Read] = {
    **PLAIN_READERS,
    "float": _read_number,
    "double": _read_number,
    "blob": _read_blob,
    "timestamp": _read_timestamp,
}
_CODEC = Codec(_READERS, {"blob": _write_blob}, lambda _ref: timestamps.iso8601, _capital)
