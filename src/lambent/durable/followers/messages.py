"""SQS messages as a function receives them: the records of its event, written to the last key as AWS writes them.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

import base64
from collections.abc import Mapping
from typing import Any

import msgspec

ATTRIBUTES = (
    "DeadLetterQueueSourceArn",
    "ApproximateReceiveCount",
    "AWSTraceHeader",
    "SentTimestamp",
    "SequenceNumber",
    "MessageGroupId",
    "SenderId",
    "MessageDeduplicationId",
    "ApproximateFirstReceiveTimestamp",
)
"""In the order in which AWS tells them."""

encode = msgspec.json.Encoder().encode


def record(message: Mapping[str, Any], *, queue_arn: str, region: str, is_gathered: bool) -> dict[str, Any]:
    """One message of ReceiveMessage's answer.

    ``is_gathered``: where there is a batching window AWS tells ``md5OfMessageAttributes`` also of a message without attributes,
    as null; without a window it leaves it out.
    """
    attributes = message["Attributes"]
    given = message.get("MessageAttributes")
    told: dict[str, Any] = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": {name: attributes[name] for name in ATTRIBUTES if name in attributes},
        "messageAttributes": {name: _attribute(value) for name, value in given.items()} if given else {},
    }
    if given or is_gathered:
        told["md5OfMessageAttributes"] = message.get("MD5OfMessageAttributes")
    told["md5OfBody"] = message["MD5OfBody"]
    told["eventSource"] = "aws:sqs"
    told["eventSourceARN"] = queue_arn
    told["awsRegion"] = region
    return told


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if value.get("StringValue") is not None:
        told["stringValue"] = value["StringValue"]
    if value.get("BinaryValue") is not None:
        told["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    return told | {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
