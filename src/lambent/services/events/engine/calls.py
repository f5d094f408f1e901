"""What a target is called with, made of a row of the outbox.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from lambent.core.arn import Arn
from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.ports import Parameters, queue_url

LOG_GROUP_PREFIX = "log-group:"


def call(context: Context, service: str, given: Mapping[str, Any], now: Instant) -> Parameters:
    """The parameters of the operation that the row names."""
    target = Arn.parse(given["TargetArn"])
    assert target is not None, "targets are checked when they are put"
    text = given["Event"] if given["Input"] is None else given["Input"]
    return _CALLS[service](context, target, given, text, now)


def log_stream(rule_arn: str) -> str:
    """The stream of a rule in a log group: always the same, and named as AWS names such."""
    digits = hashlib.sha256(rule_arn.encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}"


def log_group(target: Arn) -> str:
    return target.resource.removeprefix(LOG_GROUP_PREFIX).removesuffix(":*")


def _to_queue(context: Context, target: Arn, given: Mapping[str, Any], text: str, _now: Instant) -> Parameters:
    parameters: dict[str, Any] = {
        "QueueUrl": queue_url(context.endpoint_url, target.account, target.resource),
        "MessageBody": text,
    }
    if given["GroupId"]:
        parameters["MessageGroupId"] = given["GroupId"]
    if given["TraceHeader"]:
        trace = {"DataType": "String", "StringValue": given["TraceHeader"]}
        parameters["MessageSystemAttributes"] = {"AWSTraceHeader": trace}
    return parameters


def _to_topic(_context: Context, _target: Arn, given: Mapping[str, Any], text: str, _now: Instant) -> Parameters:
    return {"TopicArn": given["TargetArn"], "Message": text}


def _to_function(_context: Context, _target: Arn, given: Mapping[str, Any], text: str, _now: Instant) -> Parameters:
    payload = text.encode("utf-8", "surrogatepass")
    return {"FunctionName": given["TargetArn"], "InvocationType": "Event", "Payload": payload}


def _to_log_group(_context: Context, target: Arn, given: Mapping[str, Any], text: str, now: Instant) -> Parameters:
    timestamp_ms, message = int(now * 1000), text
    if given["Input"] is not None:
        # A template for a log group gives both, as {"timestamp": <ms>, "message": <text>}.
        told = _object(given["Input"])
        if isinstance(told.get("timestamp"), int) and isinstance(told.get("message"), str):
            timestamp_ms, message = told["timestamp"], told["message"]
    return {
        "logGroupName": log_group(target),
        "logStreamName": log_stream(given["RuleArn"]),
        "logEvents": [{"timestamp": timestamp_ms, "message": message}],
    }


def _to_stream(_context: Context, _target: Arn, given: Mapping[str, Any], text: str, _now: Instant) -> Parameters:
    data = text.encode("utf-8", "surrogatepass")
    return {"StreamARN": given["TargetArn"], "PartitionKey": given["PartitionKey"], "Data": data}


def _to_state_machine(context: Context, _target: Arn, given: Mapping[str, Any], text: str, _now: Instant) -> Parameters:
    # The same name again is the same execution, so what is delivered twice is started once.
    return {"stateMachineArn": given["TargetArn"], "name": f"{given['EventId']}_{context.request_id}", "input": text}


_CALLS: Mapping[str, Callable[[Context, Arn, Mapping[str, Any], str, Instant], Parameters]] = {
    "sqs": _to_queue,
    "sns": _to_topic,
    "lambda": _to_function,
    "logs": _to_log_group,
    "kinesis": _to_stream,
    "stepfunctions": _to_state_machine,
}


def _object(text: str) -> Mapping[str, Any]:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
