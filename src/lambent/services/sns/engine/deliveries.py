"""Deliveries under way: rows of the outbox in two lanes, how often they are tried, and where they end.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lambent.core import ids
from lambent.core.arn import Arn
from lambent.core.context import Context
from lambent.core.ports import queue_url
from lambent.durable.outbox import Call, Ended, Outbox, Retries
from lambent.services.sns.engine import notifications
from lambent.services.sns.engine.identifiers import SubscriptionName, TopicName, parse_subscription
from lambent.services.sns.tables import subscriptions
from lambent.store.database import Transaction

PRINCIPAL = "sns.amazonaws.com"
WEB, NOTICE = "http", "log"  # where other rows have the service that they call
ON_END = "sns.delivery"
FAILED_TOPIC = "sns.notification-failed"

MANAGED_TRIES_MAX = 100_015
AGE_S_MAX = 23 * 24 * 3600.0
_BACKOFF_STEPS = 10
_BACKOFF_S_MAX = 20.0

# 3 tries at once, 2 a second apart, 10 with delays that grow from 1 to 20 s, and then one every 20 s.
MANAGED_RETRIES = Retries(
    attempts_max=MANAGED_TRIES_MAX,
    age_s_max=AGE_S_MAX,
    delays_s=(
        *(0.0,) * 2,
        *(1.0,) * 2,
        *(round(_BACKOFF_S_MAX ** (step / (_BACKOFF_STEPS - 1)), 3) for step in range(_BACKOFF_STEPS)),
        _BACKOFF_S_MAX,
    ),
)


@dataclass(slots=True)
class Plan:
    """What a publication sets going: calls of services, and posts to servers by the delays before their retries."""

    to_services: list[Call] = field(default_factory=list)
    to_servers: dict[tuple[float, ...], list[Call]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.to_services or self.to_servers)

    def join(self, other: "Plan") -> None:
        """Takes over what another message sets going."""
        self.to_services += other.to_services
        for delays_s, calls in other.to_servers.items():
            self.to_servers.setdefault(delays_s, []).extend(calls)


class Deliveries:
    """Writes plans into the lanes, and failures into dead-letter queues, inside the transactions of others."""

    def __init__(self, *, to_services: Outbox, to_servers: Outbox, dead_letters: Outbox) -> None:
        self._to_services = to_services
        self._to_servers = to_servers
        self._dead_letters = dead_letters
        to_services.on_end(ON_END, self._ended)
        to_servers.on_end(ON_END, self._ended)

    def add(self, tx: Transaction, plan: Plan) -> None:
        if plan.to_services:
            self._to_services.add_all(tx, plan.to_services, retries=MANAGED_RETRIES, on_end=ON_END)
        for delays_s, calls in plan.to_servers.items():
            self._to_servers.add_all(tx, calls, retries=web_retries(delays_s), on_end=ON_END)

    def _ended(self, tx: Transaction, ended: Ended) -> None:
        """A notification that could not be delivered goes to its subscription's dead-letter queue as that is now."""
        given = ended.entry.parameters
        if ended.error is None or not given["IsNotification"]:
            return
        tx.signal(FAILED_TOPIC)
        row = subscriptions.find(tx, parse_subscription(given["SubscriptionArn"]))
        policy = row.attributes.get("RedrivePolicy") if row is not None else None
        queue = Arn.parse(json.loads(policy)["deadLetterTargetArn"]) if policy else None
        if queue is None:
            return
        source_arn = parse_subscription(given["SubscriptionArn"]).topic.arn
        context = for_target(ended.entry.context, queue, source_arn=source_arn)
        message = _dead_letter(ended.entry.service, given["Parameters"], queue)
        url = queue_url(context.endpoint_url, queue.account, queue.resource)
        order = ended.entry.ordering_key and f"{ended.entry.ordering_key}/dead"  # an order is one lane's
        self._dead_letters.add(
            tx, context, "sqs", "SendMessage", {**message, "QueueUrl": url}, retries=MANAGED_RETRIES, ordering_key=order
        )


def web_retries(delays_s: tuple[float, ...]) -> Retries:
    return Retries(attempts_max=len(delays_s) + 1, age_s_max=AGE_S_MAX, delays_s=delays_s)


def for_target(context: Context, target: Arn, *, source_arn: str) -> Context:
    """SNS itself for a topic, in the account and region of a target, under a request id of the call's own."""
    return Context(
        account=target.account,
        region=target.region,
        request_id=ids.uuid4(),
        principal_arn=PRINCIPAL,
        endpoint_url=context.endpoint_url,
        source_arn=source_arn,
    )


def of_subscription(name: SubscriptionName, parameters: Mapping[str, Any], *, is_notification: bool = True) -> dict[str, Any]:
    """What a row of the lanes holds."""
    return {"SubscriptionArn": name.arn, "IsNotification": is_notification, "Parameters": parameters}


def post(
    context: Context,
    name: SubscriptionName,
    *,
    url: str,
    headers: Sequence[tuple[str, str]],
    body: str,
    is_notification: bool,
) -> Call:
    """A post to the server of a subscription."""
    parameters = {"Url": url, "Headers": [list(header) for header in headers], "Body": body}
    wrapped = of_subscription(name, parameters, is_notification=is_notification)
    return Call(_at_home(context, name), WEB, "POST", wrapped)


def notice(context: Context, name: SubscriptionName, kind: str, *, is_notification: bool = True, **fields: str) -> Call:
    """A line of the log for what would leave the platform."""
    wrapped = of_subscription(name, {"Kind": kind, "Fields": fields}, is_notification=is_notification)
    return Call(_at_home(context, name), NOTICE, "Write", wrapped)


def _at_home(context: Context, name: SubscriptionName) -> Context:
    """Posts and notices belong to the topic's account."""
    topic = name.topic
    home = Arn(service="sns", region=topic.scope.region, account=topic.scope.account, resource=topic.name)
    return for_target(context, home, source_arn=topic.arn)


def headers(
    kind: str, *, message_id: str, topic: TopicName, content_type: str, subscription_arn: str = ""
) -> list[tuple[str, str]]:
    """What AWS tells beside every body that it posts."""
    found = [
        ("x-amz-sns-message-type", kind),
        ("x-amz-sns-message-id", message_id),
        ("x-amz-sns-topic-arn", topic.arn),
    ]
    if subscription_arn:
        found.append(("x-amz-sns-subscription-arn", subscription_arn))
    return [*found, ("Content-Type", content_type), ("User-Agent", "Amazon Simple Notification Service Agent")]


def _dead_letter(service: str, parameters: Mapping[str, Any], queue: Arn) -> dict[str, Any]:
    """The message as a queue is sent it, whatever endpoint it was for."""
    if service == "sqs":
        is_fifo = queue.resource.endswith(".fifo")
        fifo_only = () if is_fifo else ("MessageDeduplicationId",)
        return {name: value for name, value in parameters.items() if name not in fifo_only}
    if service == "lambda":
        return {"MessageBody": notifications.event_as_envelope(parameters["Payload"])}
    return {"MessageBody": parameters["Body"]}
