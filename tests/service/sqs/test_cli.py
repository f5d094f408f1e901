"""The AWS CLI, unmodified: a queue, its messages, and its end."""

import json
from collections.abc import Callable
from typing import Any


def test_messages_are_sent_received_and_deleted_and_the_queue_removed(aws: Callable[..., Any], platform: Any) -> None:
    at = ("--endpoint-url", platform.url, "sqs")  # the CLI's first version forgets AWS_ENDPOINT_URL where it comes to SQS
    url = aws(*at, "create-queue", "--queue-name", "jobs", "--attributes", "VisibilityTimeout=5")["QueueUrl"]
    queue = ("--queue-url", url)
    attributes = json.dumps({"kind": {"DataType": "String", "StringValue": "mail"}})
    sent = aws(*at, "send-message", *queue, "--message-body", "hello", "--message-attributes", attributes)
    received = aws(*at, "receive-message", *queue, "--attribute-names", "All", "--message-attribute-names", "All")
    (message,) = received["Messages"]
    assert (message["Body"], message["MessageId"]) == ("hello", sent["MessageId"])
    assert message["MessageAttributes"]["kind"]["StringValue"] == "mail"
    aws(*at, "delete-message", *queue, "--receipt-handle", message["ReceiptHandle"])
    told = aws(*at, "get-queue-attributes", *queue, "--attribute-names", "All")["Attributes"]
    assert (told["ApproximateNumberOfMessages"], told["VisibilityTimeout"]) == ("0", "5")
    assert aws(*at, "list-queues")["QueueUrls"] == [url]
    aws(*at, "delete-queue", *queue)
    assert not aws(*at, "list-queues")
