"""What SQS' members are called in the query protocol of 2012-11-05, which its model no longer tells.

The names are those of the service's older models: lists and maps are flattened, and each has a name for its elements.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-xml.html
"""

from collections.abc import Mapping
from typing import Any

NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/"

LISTS: Mapping[str, str] = {
    "AWSAccountIdList": "AWSAccountId",
    "ActionNameList": "ActionName",
    "AttributeNameList": "AttributeName",
    "BatchResultErrorEntryList": "BatchResultErrorEntry",
    "BinaryList": "BinaryListValue",
    "ChangeMessageVisibilityBatchRequestEntryList": "ChangeMessageVisibilityBatchRequestEntry",
    "ChangeMessageVisibilityBatchResultEntryList": "ChangeMessageVisibilityBatchResultEntry",
    "DeleteMessageBatchRequestEntryList": "DeleteMessageBatchRequestEntry",
    "DeleteMessageBatchResultEntryList": "DeleteMessageBatchResultEntry",
    "ListMessageMoveTasksResultEntryList": "ListMessageMoveTasksResultEntry",
    "MessageAttributeNameList": "MessageAttributeName",
    "MessageList": "Message",
    "MessageSystemAttributeList": "MessageSystemAttributeName",
    "QueueUrlList": "QueueUrl",
    "SendMessageBatchRequestEntryList": "SendMessageBatchRequestEntry",
    "SendMessageBatchResultEntryList": "SendMessageBatchResultEntry",
    "StringList": "StringListValue",
    "TagKeyList": "TagKey",
}
"""What an element of a list is called."""

MAPS: Mapping[str, tuple[str, str, str]] = {
    "MessageBodyAttributeMap": ("MessageAttribute", "Name", "Value"),
    "MessageBodySystemAttributeMap": ("MessageSystemAttribute", "Name", "Value"),
    "MessageSystemAttributeMap": ("Attribute", "Name", "Value"),
    "QueueAttributeMap": ("Attribute", "Name", "Value"),
    "TagMap": ("Tag", "Key", "Value"),
}
"""What an entry of a map is called, its key and its value."""


def overlay() -> dict[str, Any]:
    """What to add to the model's document for the query protocol."""
    lists = {name: {"flattened": True, "member": {"locationName": element}} for name, element in LISTS.items()}
    maps = {
        name: {
            "flattened": True,
            "locationName": entry,
            "key": {"locationName": key},
            "value": {"locationName": value},
        }
        for name, (entry, key, value) in MAPS.items()
    }
    return {"metadata": {"xmlNamespace": NAMESPACE}, "shapes": lists | maps}
