"""From a message to its deliveries: which subscriptions want it, and what each is sent.

https://docs.aws.amazon.com/sns/latest/dg/sns-fifo-topics.html
"""

from collections.abc import Callable, Sequence

from msgspec import Struct

from lambent.core.arn import Arn
from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.ports import queue_url
from lambent.durable.outbox import Call
from lambent.services.sns import errors
from lambent.services.sns.engine import deliveries, delivery_policies, filters, notifications, topics
from lambent.services.sns.engine.deliveries import Deliveries, Plan
from lambent.services.sns.engine.filters import Filter
from lambent.services.sns.engine.identifiers import FIFO_SUFFIX, SubscriptionName, TopicName
from lambent.services.sns.engine.messages import Message, Rules
from lambent.services.sns.engine.notifications import Notification
from lambent.services.sns.engine.subscriptions import WEB
from lambent.services.sns.tables import deduplications, subscriptions
from lambent.services.sns.tables import topics as topic_rows
from lambent.services.sns.tables.deduplications import Published
from lambent.services.sns.tables.subscriptions import SubscriptionRow
from lambent.services.sns.tables.topics import TopicRow
from lambent.store.database import Transaction

DEDUPLICATION_S = 300.0


class Subscriber(Struct, frozen=True):
    """A confirmed subscription, read and compiled once. ``target`` is that of queues and functions."""

    name: SubscriptionName
    arn: str
    protocol: str
    endpoint: str
    target: Arn | None
    filter: Filter | None
    is_raw: bool
    delays_s: tuple[float, ...]
    content_type: str


class Audience(Struct, frozen=True):
    """A topic with all that a publication needs to know of it."""

    topic: TopicName
    arn: str
    rules: Rules
    policy: str
    signature_version: str
    is_deduplicated_by_group: bool
    subscribers: Sequence[Subscriber]


def audience(tx: Transaction, topic: TopicName) -> Audience:
    """Raises TopicNotFound."""
    row = topics.find(tx, topic)
    return Audience(
        topic=topic,
        arn=topic.arn,
        rules=Rules(
            is_fifo=topic.is_fifo,
            is_deduplicated_by_content=topics.effective(row, "ContentBasedDeduplication") == "true",
            bytes_max=int(topics.effective(row, "MaximumMessageSize")),
        ),
        policy=topics.effective(row, "Policy"),
        signature_version=topics.effective(row, "SignatureVersion"),
        is_deduplicated_by_group=row.attributes.get("FifoThroughputScope") == "MessageGroup",
        subscribers=[_subscriber(found, row) for found in subscriptions.confirmed(tx, topic)],
    )


def plan(audience: Audience, message: Message, context: Context, now: Instant, *, number: int = 0) -> Plan:
    """What a message sets going. ``number`` is its place among the messages of a FIFO topic."""
    rendering = Rendering(audience, message, context, now, number)
    made = Plan()
    for subscriber in audience.subscribers:
        if not rendering.is_wanted(subscriber):
            continue
        call = _WAYS[subscriber.protocol](rendering, subscriber)
        if subscriber.protocol in WEB:
            made.to_servers.setdefault(subscriber.delays_s, []).append(call)
        else:
            made.to_services.append(call)
    return made


def publish_in_order(
    tx: Transaction, audience: Audience, messages: Sequence[Message], context: Context, now: Instant, ways: Deliveries
) -> list[Published]:
    """Gives the messages of a FIFO topic their numbers and sets them going, but those told within the last five minutes.

    Raises TopicNotFound.
    """
    deduplications.forget(tx, audience.topic, now)
    return [_publish_one_in_order(tx, audience, message, context, now, ways) for message in messages]


def _publish_one_in_order(
    tx: Transaction, audience: Audience, message: Message, context: Context, now: Instant, ways: Deliveries
) -> Published:
    group = f"{message.group_id}\n" if audience.is_deduplicated_by_group else ""
    key = group + message.deduplication_id
    told = deduplications.find(tx, audience.topic, key)
    if told is not None:
        return told
    number = topic_rows.next_sequence(tx, audience.topic)
    if number is None:
        raise errors.TopicNotFound()
    published = Published(message.id, number)
    deduplications.insert(tx, audience.topic, key, published, now + DEDUPLICATION_S)
    ways.add(tx, plan(audience, message, context, now, number=number))
    return published


def _subscriber(row: SubscriptionRow, topic: TopicRow) -> Subscriber:
    effective = delivery_policies.effective_of_subscription(
        row.attributes.get("DeliveryPolicy", ""), topic.attributes.get("DeliveryPolicy", "")
    )
    scope = row.attributes.get("FilterPolicyScope", filters.ON_ATTRIBUTES)
    return Subscriber(
        name=row.name,
        arn=row.name.arn,
        protocol=row.protocol,
        endpoint=row.endpoint,
        target=Arn.parse(row.endpoint),
        filter=filters.compiled(row.attributes.get("FilterPolicy", ""), scope),
        is_raw=row.attributes.get("RawMessageDelivery") == "true",
        delays_s=delivery_policies.delays_s(effective),
        content_type=delivery_policies.content_type(effective),
    )


class Rendering:
    """One message on its way to many: what they have in common is made once, when the first needs it."""

    def __init__(self, audience: Audience, message: Message, context: Context, now: Instant, number: int) -> None:
        self.audience = audience
        self.message = message
        self.context = context
        self._timestamp = notifications.timestamp(now)
        self._sequence_number = notifications.sequence_number(number) if audience.rules.is_fifo else ""
        self._notifications: dict[str, Notification] = {}
        self._envelopes: dict[str, tuple[str, str]] = {}
        self._bodies_read: dict[str, object] = {}
        self._attributes_read: filters.Event | None = None

    def is_wanted(self, subscriber: Subscriber) -> bool:
        wanted = subscriber.filter
        if wanted is None:
            return True
        return wanted.pattern.matches(self._body_read(subscriber.protocol) if wanted.is_on_body else self._attributes())

    def notification(self, protocol: str) -> Notification:
        body = self.message.body(protocol)
        made = self._notifications.get(body)
        if made is None:
            made = self._notifications[body] = Notification(
                message_id=self.message.id,
                topic_arn=self.audience.arn,
                subject=self.message.subject,
                body=body,
                timestamp=self._timestamp,
                signature_version=self.audience.signature_version,
                sequence_number=self._sequence_number,
                attributes=self.message.attributes,
                endpoint_url=self.context.endpoint_url,
            )
        return made

    def text(self, subscriber: Subscriber) -> str:
        """What a queue or a server is sent: the message alone, or in its envelope."""
        if subscriber.is_raw:
            return self.message.body(subscriber.protocol)
        notification = self.notification(subscriber.protocol)
        made = self._envelopes.get(notification.body)
        if made is None:
            made = self._envelopes[notification.body] = notifications.envelope(notification)
        return notifications.enveloped(made, self.unsubscribe_url(subscriber))

    def unsubscribe_url(self, subscriber: Subscriber) -> str:
        return notifications.unsubscribe_url(self.context.endpoint_url, subscriber.arn)

    def _attributes(self) -> filters.Event:
        if self._attributes_read is None:
            self._attributes_read = filters.event_of_attributes(self.message.attributes)
        return self._attributes_read

    def _body_read(self, protocol: str) -> object:
        body = self.message.body(protocol)
        if body not in self._bodies_read:
            self._bodies_read[body] = filters.event_of_body(body)
        return self._bodies_read[body]


# ---- the ways to the endpoints ---------------------------------------------------------------------------------------


def _to_queue(rendering: Rendering, subscriber: Subscriber) -> Call:
    queue, message = subscriber.target, rendering.message
    assert queue is not None, "the endpoint was checked when it was subscribed"
    parameters: dict[str, object] = {
        "QueueUrl": queue_url(rendering.context.endpoint_url, queue.account, queue.resource),
        "MessageBody": rendering.text(subscriber),
    }
    if subscriber.is_raw and message.attributes:
        parameters["MessageAttributes"] = message.attributes
    order = ""
    if rendering.audience.rules.is_fifo:
        order = f"sns/{subscriber.arn}/{message.group_id}"
        if queue.resource.endswith(FIFO_SUFFIX):
            parameters["MessageGroupId"] = message.group_id
            parameters["MessageDeduplicationId"] = message.deduplication_id
    elif message.group_id:
        parameters["MessageGroupId"] = message.group_id
    context = deliveries.for_target(rendering.context, queue, source_arn=rendering.audience.arn)
    return Call(context, "sqs", "SendMessage", deliveries.of_subscription(subscriber.name, parameters), order)


def _to_function(rendering: Rendering, subscriber: Subscriber) -> Call:
    function = subscriber.target
    assert function is not None, "the endpoint was checked when it was subscribed"
    notification = rendering.notification(subscriber.protocol)
    parameters = {
        "FunctionName": subscriber.endpoint,
        "InvocationType": "Event",
        "Payload": notifications.event(notification, subscriber.arn, rendering.unsubscribe_url(subscriber)),
    }
    context = deliveries.for_target(rendering.context, function, source_arn=rendering.audience.arn)
    return Call(context, "lambda", "Invoke", deliveries.of_subscription(subscriber.name, parameters))


def _to_server(rendering: Rendering, subscriber: Subscriber) -> Call:
    headers = deliveries.headers(
        "Notification",
        message_id=rendering.message.id,
        topic=subscriber.name.topic,
        content_type=subscriber.content_type,
        subscription_arn=subscriber.arn,
    )
    if subscriber.is_raw:
        headers.append(("x-amz-sns-rawdelivery", "true"))
    return deliveries.post(
        rendering.context,
        subscriber.name,
        url=subscriber.endpoint,
        headers=headers,
        body=rendering.text(subscriber),
        is_notification=True,
    )


def _to_person(rendering: Rendering, subscriber: Subscriber) -> Call:
    """Mail and text messages leave the platform as a line of its log, without the text."""
    return deliveries.notice(rendering.context, subscriber.name, subscriber.protocol, message_id=rendering.message.id)


_WAYS: dict[str, Callable[[Rendering, Subscriber], Call]] = {
    "sqs": _to_queue,
    "lambda": _to_function,
    "http": _to_server,
    "https": _to_server,
    "email": _to_person,
    "email-json": _to_person,
    "sms": _to_person,
}
