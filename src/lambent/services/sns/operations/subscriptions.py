"""Subscriptions: subscribe, confirm, unsubscribe, list, attributes."""

from collections.abc import Sequence

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.page_tokens import token_of
from lambent.core.ports import Parameters, Reply
from lambent.durable.outbox import Call
from lambent.services.sns import errors
from lambent.services.sns.engine import deliveries, delivery_policies, notifications, subscriptions
from lambent.services.sns.engine.deliveries import Deliveries, Plan
from lambent.services.sns.engine.identifiers import SubscriptionName, TopicName, parse_subscription, topic_of_url
from lambent.services.sns.engine.subscriptions import MAIL, TOKEN_CHARS, WEB, Confirmation, Wish
from lambent.services.sns.engine.topics import PAGE_ITEMS_MAX
from lambent.services.sns.operations.base import Base, scope_of, start
from lambent.services.sns.tables import topics as topic_rows
from lambent.services.sns.tables.subscriptions import SubscriptionRow
from lambent.store.database import Transaction

PENDING_WHEN_SUBSCRIBED = "pending confirmation"
PENDING_WHEN_LISTED = "PendingConfirmation"


class SubscriptionOperations(Base):
    """The control plane of subscriptions. ConfirmSubscription and Unsubscribe are also links, which nobody has signed."""

    async def subscribe(self, context: Context, parameters: Parameters) -> Reply:
        wish = Wish(
            topic=await self._named(context, parameters, "Subscribe"),
            protocol=parameters["Protocol"],
            endpoint=parameters.get("Endpoint") or "",
            attributes=parameters.get("Attributes") or {},
            owner=context.account,
            principal_arn=context.principal_arn,
        )
        row = await self._store.write(_subscribe, wish, context, self._clock.now(), self._deliveries)
        if row.is_pending and not parameters.get("ReturnSubscriptionArn"):
            return {"SubscriptionArn": PENDING_WHEN_SUBSCRIBED}
        return {"SubscriptionArn": row.name.arn}

    async def confirm_subscription(self, context: Context, parameters: Parameters) -> Reply:
        confirmation = Confirmation(
            topic=topic_of_url(parameters["TopicArn"]),
            token=parameters["Token"],
            is_authenticated=_is_signed(context),
            needs_authentication=(parameters.get("AuthenticateOnUnsubscribe") or "").lower() == "true",
        )
        row = await self._store.write(subscriptions.confirm, confirmation, self._time_of(confirmation.topic))
        return {"SubscriptionArn": row.name.arn}

    async def unsubscribe(self, context: Context, parameters: Parameters) -> Reply:
        name = parse_subscription(parameters["SubscriptionArn"])
        await self._store.write(_unsubscribe, name, context, self._time_of(name.topic), self._deliveries)
        return {}

    async def list_subscriptions(self, context: Context, parameters: Parameters) -> Reply:
        topic, subscription_id = start(parameters, 2)
        found = await self._store.read(subscriptions.page, scope_of(context), (topic, subscription_id))
        return _page(found)

    async def list_subscriptions_by_topic(self, context: Context, parameters: Parameters) -> Reply:
        topic = await self._named(context, parameters, "ListSubscriptionsByTopic")
        _, subscription_id = start(parameters, 2)
        return _page(await self._store.read(subscriptions.page_of_topic, topic, subscription_id))

    async def get_subscription_attributes(self, context: Context, parameters: Parameters) -> Reply:
        name = parse_subscription(parameters["SubscriptionArn"])
        row, topic = await self._store.read(_found, name, context)
        return {"Attributes": subscriptions.attributes_told(row, topic)}

    async def set_subscription_attributes(self, context: Context, parameters: Parameters) -> Reply:
        name = parse_subscription(parameters["SubscriptionArn"])
        value = parameters.get("AttributeValue") or ""
        await self._store.write(_set_attribute, name, context, parameters["AttributeName"], value)
        return {}

    def _time_of(self, topic: TopicName) -> Instant:
        """By the clock of the topic's account: who follows a link that nobody signed has none."""
        return self._clock.of(topic.scope.account).now()


def _is_signed(context: Context) -> bool:
    return bool(context.access_key_id)


def _subscribe(tx: Transaction, wish: Wish, context: Context, now: Instant, ways: Deliveries) -> SubscriptionRow:
    row = subscriptions.subscribe(tx, wish, now)
    if not row.is_pending:
        return row
    link = notifications.subscribe_url(context.endpoint_url, wish.topic, row.token)
    if row.protocol in MAIL:
        fields = {"to": row.endpoint, "subscribe_url": link}
        notice = deliveries.notice(context, row.name, "confirmation", is_notification=False, **fields)
        ways.add(tx, Plan(to_services=[notice]))
    else:
        told = notifications.invitation(wish.topic)
        ways.add(tx, _letter(tx, "SubscriptionConfirmation", row, row.token, told, link, context, now))
    return row


def _unsubscribe(tx: Transaction, name: SubscriptionName, context: Context, now: Instant, ways: Deliveries) -> None:
    account = context.account if _is_signed(context) else ""
    row = subscriptions.unsubscribe(tx, name, account=account, principal_arn=context.principal_arn)
    if row is None or row.is_pending or row.protocol not in WEB:
        return
    farewell_token = ids.hex_digits(TOKEN_CHARS)
    link = notifications.subscribe_url(context.endpoint_url, name.topic, farewell_token)
    told = notifications.farewell(name)
    ways.add(tx, _letter(tx, "UnsubscribeConfirmation", row, farewell_token, told, link, context, now))


def _letter(
    tx: Transaction, kind: str, row: SubscriptionRow, token: str, told: str, link: str, context: Context, now: Instant
) -> Plan:
    """The post that tells a server of its subscription's beginning or end."""
    topic = row.name.topic
    found = topic_rows.find(tx, topic)
    policy = delivery_policies.effective_of_subscription(
        row.attributes.get("DeliveryPolicy", ""), found.attributes.get("DeliveryPolicy", "") if found is not None else ""
    )
    message_id = ids.uuid4()
    body = notifications.confirmation(
        kind,
        message_id=message_id,
        token=token,
        topic=topic,
        told=told,
        subscribe=link,
        now=now,
        endpoint_url=context.endpoint_url,
    )
    headers = deliveries.headers(
        kind,
        message_id=message_id,
        topic=topic,
        content_type=delivery_policies.CONTENT_TYPE_DEFAULT,
        subscription_arn=row.name.arn if kind == "UnsubscribeConfirmation" else "",
    )
    call: Call = deliveries.post(context, row.name, url=row.endpoint, headers=headers, body=body, is_notification=False)
    return Plan(to_servers={delivery_policies.delays_s(policy): [call]})


def _found(tx: Transaction, name: SubscriptionName, context: Context) -> tuple[SubscriptionRow, topic_rows.TopicRow]:
    """Raises SubscriptionNotFound also for who neither owns the topic nor subscribed."""
    row, topic = subscriptions.found(tx, name)
    if context.account not in (row.owner, name.topic.scope.account) or context.region != name.topic.scope.region:
        raise errors.SubscriptionNotFound()
    return row, topic


def _set_attribute(tx: Transaction, name: SubscriptionName, context: Context, attribute: str, value: str) -> None:
    _found(tx, name, context)
    subscriptions.set_attribute(tx, name, attribute, value)


def _page(found: Sequence[SubscriptionRow]) -> Reply:
    shown = found[:PAGE_ITEMS_MAX]
    reply: Reply = {"Subscriptions": [_told(row) for row in shown]}
    if len(found) > len(shown):
        last = shown[-1].name
        reply["NextToken"] = token_of([last.topic.name, last.id])
    return reply


def _told(row: SubscriptionRow) -> dict[str, str]:
    return {
        "SubscriptionArn": PENDING_WHEN_LISTED if row.is_pending else row.name.arn,
        "Owner": row.owner,
        "Protocol": row.protocol,
        "Endpoint": row.endpoint,
        "TopicArn": row.name.topic.arn,
    }
