"""What the dead-letter target of a pipe is told of records of a stream that were given up.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-source.html
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from lambent.core.arn import Arn
from lambent.core.ports import queue_url
from lambent.durable.followers.failures import GivenUp

Call = tuple[str, str, Mapping[str, Any]]
"""Service, operation and parameters."""


def call(target: Arn, pipe_arn: str, given_up: GivenUp, *, endpoint_url: str) -> Call:
    """The call that tells a queue or a topic."""
    members = {
        "context": {"partnerResourceArn": pipe_arn, "condition": given_up.failure.condition},
        **given_up.members(),
    }
    text = msgspec.json.encode(members).decode()
    if target.service == "sns":
        return "sns", "Publish", {"TopicArn": str(target), "Message": text}
    return "sqs", "SendMessage", {"QueueUrl": queue_url(endpoint_url, target.account, target.resource), "MessageBody": text}
