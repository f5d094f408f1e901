"""Names of topics and subscriptions, and the ARNs that spell them."""

import re

from msgspec import Struct

from lambent.core.context import Scope
from lambent.services.sns import errors

FIFO_SUFFIX = ".fifo"
_TOPIC_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}|[A-Za-z0-9_-]{1,251}\.fifo")
_SUBSCRIPTION_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class TopicName(Struct, frozen=True):
    """Which topic, whether it is there or not."""

    scope: Scope
    name: str

    @property
    def arn(self) -> str:
        return f"arn:aws:sns:{self.scope.region}:{self.scope.account}:{self.name}"

    @property
    def is_fifo(self) -> bool:
        return self.name.endswith(FIFO_SUFFIX)


class SubscriptionName(Struct, frozen=True):
    """Which subscription, whether it is there or not."""

    topic: TopicName
    id: str

    @property
    def arn(self) -> str:
        return f"{self.topic.arn}:{self.id}"


def is_topic_name(text: str) -> bool:
    return _TOPIC_NAME.fullmatch(text) is not None


def parse_topic(arn: str, region: str, *, parameter: str = "TopicArn") -> TopicName:
    """The topic of a request to ``region``: SNS serves no other region's. Raises InvalidParameter."""
    _, _, service, topic_region, account, name, *rest = _elements(arn, parameter)
    if service != "sns" or topic_region != region or rest:
        raise errors.InvalidParameter(reason=parameter)
    return TopicName(Scope(account, topic_region), name)


def topic_of_url(arn: str) -> TopicName:
    """The topic that one of SNS' own links names: unsigned, so that it tells account and region. Raises InvalidParameter."""
    parts = arn.split(":")
    if len(parts) != 6 or parts[:3] != ["arn", "aws", "sns"] or not is_topic_name(parts[5]):
        raise errors.InvalidParameter(reason="Topic")
    return TopicName(Scope(parts[4], parts[3]), parts[5])


def parse_subscription(arn: str) -> SubscriptionName:
    """Raises InvalidParameter."""
    if not arn:
        raise errors.InvalidParameter(reason="SubscriptionArn Reason: no value for required parameter")
    parts = _elements(arn, "SubscriptionArn")
    if len(parts) != 7 or parts[2] != "sns" or _SUBSCRIPTION_ID.fullmatch(parts[6]) is None:
        raise errors.InvalidParameter(reason="SubscriptionId")
    return SubscriptionName(TopicName(Scope(parts[4], parts[3]), parts[5]), parts[6])


def _elements(arn: str, parameter: str) -> list[str]:
    parts = arn.split(":")
    if len(parts) < 6:
        raise errors.InvalidParameter(reason=f"{parameter} Reason: An ARN must have at least 6 elements, not {len(parts)}")
    return parts
