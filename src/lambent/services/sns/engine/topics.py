"""Topics: their attributes, tags and policies.

https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from lambent.core.context import Scope
from lambent.lang.iam_policy import statements
from lambent.lang.iam_policy.statements import Document
from lambent.services.sns import errors
from lambent.services.sns.engine import delivery_policies, permissions
from lambent.services.sns.engine.identifiers import TopicName, is_topic_name
from lambent.services.sns.tables import deduplications, subscriptions, topics
from lambent.services.sns.tables.topics import TopicRow
from lambent.store.database import Transaction

PAGE_ITEMS_MAX = 100
TAGS_MAX = 50
DISPLAY_NAME_CHARS_MAX = 100
MESSAGE_BYTES_MAX_DEFAULT = 262_144
MESSAGE_BYTES_MAX_LEAST, MESSAGE_BYTES_MAX_MOST = 1_024, 1_048_576

_FEEDBACK = re.compile(r"(HTTP|Firehose|Lambda|Application|SQS)((Success|Failure)FeedbackRoleArn|SuccessFeedbackSampleRate)")
_FIFO_ONLY = ("ContentBasedDeduplication", "FifoThroughputScope", "ArchivePolicy")
_DEFAULTS = {
    "DisplayName": "",
    "FifoTopic": "false",
    "ContentBasedDeduplication": "false",
    "TracingConfig": "PassThrough",
    "SignatureVersion": "1",
    "MaximumMessageSize": str(MESSAGE_BYTES_MAX_DEFAULT),
}
Check = Callable[[str, str, str], str]
"""From name, value and the beginning of the errors' reason to the value as it is kept. Raises InvalidParameter."""


class Told(Struct, frozen=True):
    """A topic and how many subscriptions it has."""

    row: TopicRow
    confirmed: int
    pending: int


def create(tx: Transaction, topic: TopicName, given: Mapping[str, str], tags: Mapping[str, str] | None) -> None:
    """Makes the topic, or finds it as it would be made. Raises InvalidParameter."""
    attributes = _created(topic, given)
    row = topics.find(tx, topic)
    if row is None:
        _check_tags(tags or {})
        topics.insert(tx, topic, {name: value for name, value in attributes.items() if value}, tags or {})
        return
    for name, value in attributes.items():
        if not _is_same(name, value, effective(row, name)):
            raise errors.InvalidParameter(reason="Attributes Reason: Topic already exists with different attributes")
    if tags and dict(tags) != dict(row.tags):
        raise errors.InvalidParameter(reason="Tags Reason: Topic already exists with different tags")


def find(tx: Transaction, topic: TopicName) -> TopicRow:
    """Raises TopicNotFound."""
    row = topics.find(tx, topic)
    if row is None:
        raise errors.TopicNotFound()
    return row


def told(tx: Transaction, topic: TopicName) -> Told:
    """Raises TopicNotFound."""
    return Told(find(tx, topic), *subscriptions.counts(tx, topic))


def page(tx: Transaction, scope: Scope, after: str) -> list[TopicName]:
    """The topics of one page, and the first of the next where there is one."""
    return [TopicName(scope, name) for name in topics.names_after(tx, scope, after, PAGE_ITEMS_MAX + 1)]


def delete(tx: Transaction, topic: TopicName) -> None:
    """With its subscriptions. A topic that is not there is deleted already."""
    if topics.delete(tx, topic):
        subscriptions.delete_of_topic(tx, topic)
        deduplications.delete_of_topic(tx, topic)


def set_attribute(tx: Transaction, topic: TopicName, name: str, value: str) -> None:
    """Raises TopicNotFound, InvalidParameter."""
    row = find(tx, topic)
    check = _check_of(name)
    if check is None or name == "FifoTopic":
        raise errors.InvalidParameter(reason="AttributeName")
    if name in _FIFO_ONLY and not topic.is_fifo:
        raise errors.InvalidParameter(reason="AttributeName")
    kept = check(name, value, "") if value or name not in ("Policy", "DeliveryPolicy", "KmsMasterKeyId") else ""
    attributes = {other: text for other, text in row.attributes.items() if other != name}
    topics.set_attributes(tx, topic, attributes | ({name: kept} if kept else {}))


def effective(row: TopicRow, name: str) -> str:
    """The value of an attribute, AWS' default where it was not set."""
    value = row.attributes.get(name)
    if value is not None:
        return value
    if name == "Policy":
        return statements.text_of(permissions.default(row.topic))
    return _DEFAULTS.get(name, "")


def attributes_told(found: Told) -> dict[str, str]:
    """All that GetTopicAttributes tells."""
    row = found.row
    policy_effective = delivery_policies.effective_of_topic(row.attributes.get("DeliveryPolicy", ""))
    return {
        "TopicArn": row.topic.arn,
        "Owner": row.topic.scope.account,
        "Policy": effective(row, "Policy"),
        "DisplayName": effective(row, "DisplayName"),
        "SubscriptionsConfirmed": str(found.confirmed),
        "SubscriptionsPending": str(found.pending),
        "SubscriptionsDeleted": str(row.subscriptions_deleted),
        "EffectiveDeliveryPolicy": json.dumps(policy_effective, separators=(",", ":")),
        **({"FifoTopic": "true", "ContentBasedDeduplication": "false"} if row.topic.is_fifo else {}),
        **row.attributes,
    }


def add_permission(tx: Transaction, topic: TopicName, label: str, accounts: Sequence[str], actions: Sequence[str]) -> None:
    """Raises TopicNotFound, InvalidParameter."""
    row = find(tx, topic)
    _set_policy(tx, row, permissions.added(_policy(row), topic, label, accounts, actions))


def remove_permission(tx: Transaction, topic: TopicName, label: str) -> None:
    """Raises TopicNotFound."""
    row = find(tx, topic)
    _set_policy(tx, row, statements.without(_policy(row), label))


def tags(tx: Transaction, topic: TopicName) -> Mapping[str, str]:
    """Raises ResourceNotFound."""
    row = topics.find(tx, topic)
    if row is None:
        raise errors.ResourceNotFound()
    return row.tags


def tag(tx: Transaction, topic: TopicName, added: Mapping[str, str]) -> None:
    """Raises ResourceNotFound, TagLimitExceeded."""
    after = {**tags(tx, topic), **added}
    _check_tags(after)
    topics.set_tags(tx, topic, after)


def untag(tx: Transaction, topic: TopicName, keys: Sequence[str]) -> None:
    """Keys that are not there are passed over. Raises ResourceNotFound."""
    topics.set_tags(tx, topic, {key: value for key, value in tags(tx, topic).items() if key not in keys})


def _policy(row: TopicRow) -> Document:
    return statements.read(effective(row, "Policy"))


def _set_policy(tx: Transaction, row: TopicRow, changed: Document) -> None:
    topics.set_attributes(tx, row.topic, {**row.attributes, "Policy": statements.text_of(changed)})


def _check_tags(wanted: Mapping[str, str]) -> None:
    if len(wanted) > TAGS_MAX:
        raise errors.TagLimitExceeded()


# ---- attributes ------------------------------------------------------------------------------------------------------


def _created(topic: TopicName, given: Mapping[str, str]) -> dict[str, str]:
    where = "Attributes Reason: "
    attributes: dict[str, str] = {}
    for name, value in given.items():
        check = _check_of(name)
        if check is None:
            raise errors.InvalidParameter(reason=f"{where}Unknown attribute {name}")
        attributes[name] = check(name, value, where) if value else ""
    is_fifo = attributes.get("FifoTopic") == "true"
    if not is_topic_name(topic.name) or is_fifo != topic.is_fifo:
        raise errors.InvalidParameter(reason="Topic Name")
    for name in _FIFO_ONLY:
        if name in attributes and not is_fifo:
            raise errors.InvalidParameter(reason=f"{where}{name} is only valid for FIFO topics")
    if attributes.get("FifoTopic") == "false":
        del attributes["FifoTopic"]  # told of no standard topic
    return attributes


def _check_of(name: str) -> Check | None:
    return _CHECKS.get(name) or (_feedback if _FEEDBACK.fullmatch(name) else None)


def _is_same(name: str, value: str, other: str) -> bool:
    if name in ("Policy", "ArchivePolicy"):
        return bool(_json_or_none(value) == _json_or_none(other))
    return value == other


def _json_or_none(text: str) -> Any:
    return json.loads(text) if text else None


def _display_name(name: str, value: str, where: str) -> str:
    if len(value) > DISPLAY_NAME_CHARS_MAX or "\n" in value:
        raise errors.InvalidParameter(reason=f"{where}{name}")
    return value


def _boolean(name: str, value: str, where: str) -> str:
    if value.lower() not in ("true", "false"):
        raise errors.InvalidParameter(reason=f"{where}{name}: Invalid value [{value}]. Must be true or false.")
    return value.lower()


def _one_of(*values: str) -> Check:
    def check(name: str, value: str, where: str) -> str:
        if value not in values:
            raise errors.InvalidParameter(
                reason=f"{where}{name}: Invalid value [{value}]. Please use either {' or '.join(values)}"
            )
        return value

    return check


def _integer(least: int, most: int) -> Check:
    def check(name: str, value: str, where: str) -> str:
        if not (value.isascii() and value.isdigit() and len(value) < 20 and least <= int(value) <= most):
            raise errors.InvalidParameter(reason=f"{where}{name}: Invalid value [{value}]. Must be between {least} and {most}.")
        return str(int(value))

    return check


def _json_object(name: str, value: str, where: str) -> str:
    try:
        document = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise errors.InvalidParameter(reason=f"{where}{name}: failed to parse JSON. {error}") from None
    if not isinstance(document, dict):
        raise errors.InvalidParameter(reason=f"{where}{name}: must be a JSON object")
    return value


def _feedback(name: str, value: str, where: str) -> str:
    if name.endswith("SampleRate"):
        return _integer(0, 100)(name, value, where)
    if not re.fullmatch(r"arn:aws[a-z-]*:iam::\d{12}:role/.+", value):
        raise errors.InvalidParameter(reason=f"{where}{name}: Invalid value [{value}]. Must be the ARN of a role.")
    return value


_CHECKS: Mapping[str, Check] = {
    "DisplayName": _display_name,
    "Policy": lambda _, value, where: permissions.checked(value, where),
    "DeliveryPolicy": lambda _, value, where: delivery_policies.of_topic(value, where),
    "FifoTopic": _boolean,
    "ContentBasedDeduplication": _boolean,
    "FifoThroughputScope": _one_of("Topic", "MessageGroup"),
    "ArchivePolicy": _json_object,
    "KmsMasterKeyId": lambda _, value, __: value,
    "SignatureVersion": _one_of("1", "2"),
    "TracingConfig": _one_of("PassThrough", "Active"),
    "MaximumMessageSize": _integer(MESSAGE_BYTES_MAX_LEAST, MESSAGE_BYTES_MAX_MOST),
}
