"""What a destination is told of records of a stream that were given up: the record, and the call that delivers it. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from lambent.core import ids
from lambent.core.ports import queue_url
from lambent.durable.followers import batches
from lambent.durable.followers.consumer import Failure
from lambent.durable.followers.failures import GivenUp
from lambent.durable.followers.stream_records import Dialect, Entry
from lambent.services.lambda_.engine.deliveries import DESTINATION, Delivery, Target, parse_destination, resource_arn
from lambent.services.lambda_.engine.records import STATUS_OF_FUNCTION_ERROR

ENDPOINT = "http://localhost"
"""Of a queue's URL, of which only the path counts in process."""
SERVICES = ("sqs", "sns", "s3")


class Batch(Struct, frozen=True):
    """Records of one shard that were given up together."""

    mapping_id: str
    function_arn: str
    shard_id: str
    stream_arn: str
    entries: Sequence[Entry]


def destination(arn: str) -> Target | None:
    """Where a mapping may send records of failures: a queue, a topic or a bucket. None for anything else."""
    target = parse_destination(arn, is_on_failure=True)
    return target if target is not None and target.service in SERVICES else None


def object_key_prefix(mapping_id: str, shard_id: str) -> str:
    return f"aws/lambda/{mapping_id}/{shard_id}/"


def delivery(batch: Batch, failure: Failure, dialect: Dialect, target: Target) -> Delivery:
    """The call that tells the target."""
    members = _members(batch, failure, dialect)
    if target.service == "s3":
        return _to_bucket(batch, failure, members, target)
    text = msgspec.json.encode(members).decode()
    if target.service == "sns":
        return Delivery(DESTINATION, target, "Publish", {"TopicArn": target.arn, "Message": text}, target.arn)
    parameters = {"QueueUrl": queue_url(ENDPOINT, target.account, target.name), "MessageBody": text}
    return Delivery(DESTINATION, target, "SendMessage", parameters, target.arn)


def _to_bucket(batch: Batch, failure: Failure, members: dict[str, Any], target: Target) -> Delivery:
    """With the records themselves."""
    at = datetime.fromtimestamp(failure.at, UTC)
    key = f"{object_key_prefix(batch.mapping_id, batch.shard_id)}{at:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{ids.uuid4()}"
    body = msgspec.json.encode(members | {"payload": msgspec.Raw(batches.event([entry.text for entry in batch.entries]))})
    parameters = {"Bucket": target.name, "Key": key, "Body": body, "ContentType": "application/json"}
    return Delivery(DESTINATION, target, "PutObject", parameters, resource_arn(target, key))


def _members(batch: Batch, failure: Failure, dialect: Dialect) -> dict[str, Any]:
    members: dict[str, Any] = {
        "requestContext": {
            "requestId": failure.request_id,
            "functionArn": batch.function_arn,
            "condition": failure.condition,
            "approximateInvokeCount": max(1, failure.invokes),
        }
    }
    if failure.version is not None:
        members["responseContext"] = {
            "statusCode": STATUS_OF_FUNCTION_ERROR,
            "executedVersion": failure.version,
            "functionError": failure.function_error,
        }
    return members | GivenUp(batch.shard_id, batch.stream_arn, batch.entries, failure, dialect).members()
