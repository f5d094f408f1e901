"""Subscriptions: who hears of a topic, how, and of which messages.

https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from lambent.core import ids
from lambent.core.arn import Arn
from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.sns import errors
from lambent.services.sns.engine import delivery_policies, filters
from lambent.services.sns.engine.identifiers import FIFO_SUFFIX, SubscriptionName, TopicName
from lambent.services.sns.engine.topics import PAGE_ITEMS_MAX, find
from lambent.services.sns.tables import subscriptions, topics
from lambent.services.sns.tables.subscriptions import SubscriptionRow
from lambent.services.sns.tables.topics import TopicRow
from lambent.store.database import Transaction

TOKEN_CHARS = 256
TOKEN_LIFE_S = 2 * 24 * 3600.0

WEB = ("http", "https")
MAIL = ("email", "email-json")
PROTOCOLS = (*WEB, *MAIL, "sqs", "lambda", "sms")
_RAW_PROTOCOLS = (*WEB, "sqs")
_HEX = re.compile(r"[0-9a-f]{64,}")
_MAIL_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_PHONE_NUMBER = re.compile(r"\+?\d(?:[-./ ]?\d){2,19}")

_WHERE_SUBSCRIBING = "Attributes Reason: "


class Wish(Struct, frozen=True):
    """What Subscribe asks for, and who does."""

    topic: TopicName
    protocol: str
    endpoint: str
    attributes: Mapping[str, str]
    owner: str
    principal_arn: str


class Confirmation(Struct, frozen=True):
    """``needs_authentication``: AuthenticateOnUnsubscribe."""

    topic: TopicName
    token: str
    is_authenticated: bool
    needs_authentication: bool


def subscribe(tx: Transaction, wish: Wish, now: Instant) -> SubscriptionRow:
    """Makes the subscription, or finds the one of that endpoint. A pending one has a fresh token to be sent.

    Raises TopicNotFound, InvalidParameter.
    """
    topic = find(tx, wish.topic)
    _check_endpoint(wish)
    row = subscriptions.find_by_endpoint(tx, wish.topic, wish.protocol, wish.endpoint)
    if row is None:
        is_pending = wish.protocol in (*WEB, *MAIL)
        row = SubscriptionRow(
            name=SubscriptionName(wish.topic, ids.uuid4()),
            protocol=wish.protocol,
            endpoint=wish.endpoint,
            owner=wish.owner,
            principal_arn=wish.principal_arn,
            attributes={},
            is_pending=is_pending,
            was_authenticated=not is_pending,
            needs_authentication=False,
            token="",
            token_expires_at=0.0,
        )
        row = replace(row, attributes=_with_attributes(topic, row, wish.attributes))
    else:
        wanted = _with_attributes(topic, replace(row, attributes={}), wish.attributes)
        if any(not _is_same(name, value, row.attributes.get(name, "")) for name, value in wanted.items()):
            raise errors.InvalidParameter(reason=f"{_WHERE_SUBSCRIBING}Subscription already exists with different attributes")
    if row.is_pending:
        row = replace(row, token=row.token or ids.hex_digits(TOKEN_CHARS), token_expires_at=now + TOKEN_LIFE_S)
    subscriptions.put(tx, row)
    return row


def confirm(tx: Transaction, confirmation: Confirmation, now: Instant) -> SubscriptionRow:
    """Confirming again changes nothing. Raises InvalidParameter, InvalidToken, TopicNotFound."""
    if _HEX.fullmatch(confirmation.token) is None:
        raise errors.InvalidParameter(reason="Token")
    find(tx, confirmation.topic)
    row = subscriptions.find_by_token(tx, confirmation.topic, confirmation.token)
    if row is None or (row.is_pending and row.token_expires_at <= now):
        raise errors.InvalidToken()
    if row.is_pending:
        row = replace(
            row,
            is_pending=False,
            was_authenticated=confirmation.is_authenticated,
            needs_authentication=confirmation.needs_authentication and confirmation.is_authenticated,
        )
        subscriptions.put(tx, row)
    return row


def unsubscribe(tx: Transaction, name: SubscriptionName, *, account: str, principal_arn: str) -> SubscriptionRow | None:
    """The subscription that is gone now; None where there was none. ``account``: whose signature asks, "" for nobody's.

    Raises AuthorizationError, InvalidParameter.
    """
    row = subscriptions.find(tx, name)
    if row is None:
        return None
    is_owners = account in (row.owner, name.topic.scope.account)
    if row.is_pending and not is_owners:
        raise errors.InvalidParameter(reason="SubscriptionArn Reason: This subscription is still pending confirmation")
    if row.needs_authentication and not is_owners:
        raise errors.AuthorizationError(principal=principal_arn or "anonymous", action="Unsubscribe", arn=name.arn)
    subscriptions.delete(tx, name)
    topics.count_deleted_subscription(tx, name.topic)
    return row


def found(tx: Transaction, name: SubscriptionName) -> tuple[SubscriptionRow, TopicRow]:
    """Raises SubscriptionNotFound."""
    row = subscriptions.find(tx, name)
    topic = topics.find(tx, name.topic)
    if row is None or topic is None:
        raise errors.SubscriptionNotFound()
    return row, topic


def set_attribute(tx: Transaction, name: SubscriptionName, attribute: str, value: str) -> None:
    """Raises SubscriptionNotFound, InvalidParameter."""
    row, topic = found(tx, name)
    if attribute not in _CHECKS:
        raise errors.InvalidParameter(reason="AttributeName")
    kept = _CHECKS[attribute](topic, row, value, "")
    attributes = {other: text for other, text in row.attributes.items() if other != attribute}
    row = replace(row, attributes=attributes | ({attribute: kept} if kept else {}))
    _check_filter(row, "")
    subscriptions.put(tx, row)


def page(tx: Transaction, scope: Scope, after: tuple[str, str]) -> list[SubscriptionRow]:
    """One page of all, and the first of the next."""
    return subscriptions.all_after(tx, scope, *after, PAGE_ITEMS_MAX + 1)


def page_of_topic(tx: Transaction, topic: TopicName, after: str) -> list[SubscriptionRow]:
    """One page of a topic's, and the first of the next. Raises TopicNotFound."""
    find(tx, topic)
    return subscriptions.of_topic_after(tx, topic, after, PAGE_ITEMS_MAX + 1)


def attributes_told(row: SubscriptionRow, topic: TopicRow) -> dict[str, str]:
    """All that GetSubscriptionAttributes tells."""
    told = {
        "SubscriptionArn": row.name.arn,
        "TopicArn": row.name.topic.arn,
        "Protocol": row.protocol,
        "Endpoint": row.endpoint,
        "Owner": row.owner,
        "SubscriptionPrincipal": row.principal_arn,
        "PendingConfirmation": str(row.is_pending).lower(),
        "ConfirmationWasAuthenticated": str(row.was_authenticated).lower(),
        "RawMessageDelivery": "false",
        **row.attributes,
    }
    if "FilterPolicy" in told:
        told.setdefault("FilterPolicyScope", filters.ON_ATTRIBUTES)
    else:
        told.pop("FilterPolicyScope", None)
    if row.protocol in WEB:
        effective = delivery_policies.effective_of_subscription(
            row.attributes.get("DeliveryPolicy", ""), topic.attributes.get("DeliveryPolicy", "")
        )
        told["EffectiveDeliveryPolicy"] = json.dumps(effective, separators=(",", ":"))
    return told


# ---- endpoints -------------------------------------------------------------------------------------------------------


def _check_endpoint(wish: Wish) -> None:
    if wish.protocol not in PROTOCOLS:
        raise errors.InvalidParameter(reason=f"Amazon SNS does not support this protocol string: {wish.protocol}")
    if not wish.endpoint:
        raise errors.InvalidParameter(reason="Endpoint")
    if wish.topic.is_fifo and wish.protocol != "sqs":
        raise errors.InvalidParameter(
            reason=f"Invalid parameter: Endpoint Reason: FIFO topics can not have subscriptions of protocol {wish.protocol}"
        )
    _ENDPOINT_CHECKS[wish.protocol](wish)


def _check_url(wish: Wish) -> None:
    if not re.fullmatch(rf"{wish.protocol}://[^\s/]+\S*", wish.endpoint):
        raise errors.InvalidParameter(reason="Endpoint must match the specified protocol")


def _check_address(wish: Wish) -> None:
    if _MAIL_ADDRESS.fullmatch(wish.endpoint) is None:
        raise errors.InvalidParameter(reason="Email address")


def _check_queue(wish: Wish) -> None:
    if not _is_arn_of("sqs", wish.endpoint):
        raise errors.InvalidParameter(reason="SQS endpoint ARN")
    if wish.endpoint.endswith(FIFO_SUFFIX) and not wish.topic.is_fifo:
        raise errors.InvalidParameter(
            reason="Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"
        )


def _check_function(wish: Wish) -> None:
    if not _is_arn_of("lambda", wish.endpoint) or ":function:" not in wish.endpoint:
        raise errors.InvalidParameter(reason="Lambda endpoint ARN")


def _check_phone_number(wish: Wish) -> None:
    if _PHONE_NUMBER.fullmatch(wish.endpoint) is None:
        raise errors.InvalidSmsEndpoint(endpoint=wish.endpoint)


def is_phone_number(text: str) -> bool:
    return _PHONE_NUMBER.fullmatch(text) is not None


def _is_arn_of(service: str, text: str) -> bool:
    arn = Arn.parse(text)
    return arn is not None and arn.service == service and bool(arn.region) and re.fullmatch(r"\d{12}", arn.account) is not None


_ENDPOINT_CHECKS: Mapping[str, Callable[[Wish], None]] = {
    "http": _check_url,
    "https": _check_url,
    "email": _check_address,
    "email-json": _check_address,
    "sqs": _check_queue,
    "lambda": _check_function,
    "sms": _check_phone_number,
}


# ---- attributes ------------------------------------------------------------------------------------------------------


def _with_attributes(topic: TopicRow, row: SubscriptionRow, given: Mapping[str, str]) -> dict[str, str]:
    attributes = {}
    scope = given.get("FilterPolicyScope", filters.ON_ATTRIBUTES)
    # The scope first: what a policy may be depends on it.
    row = replace(row, attributes={"FilterPolicyScope": _scope(topic, row, scope, _WHERE_SUBSCRIBING)})
    for name, value in given.items():
        if name not in _CHECKS:
            raise errors.InvalidParameter(reason=f"{_WHERE_SUBSCRIBING}Unknown attribute {name}")
        kept = _CHECKS[name](topic, row, value, _WHERE_SUBSCRIBING)
        if kept:
            attributes[name] = kept
    return attributes


def _is_same(name: str, value: str, other: str) -> bool:
    if name in ("FilterPolicy", "RedrivePolicy", "DeliveryPolicy"):
        return bool(filters.as_told(value) == filters.as_told(other))
    if name == "RawMessageDelivery":
        return value == (other or "false")
    if name == "FilterPolicyScope":
        return value == (other or filters.ON_ATTRIBUTES)
    return value == other


def _raw(_: TopicRow, row: SubscriptionRow, value: str, where: str) -> str:
    if value.lower() not in ("true", "false"):
        raise errors.InvalidParameter(reason=f"{where}RawMessageDelivery: Invalid value [{value}]. Must be true or false.")
    if value.lower() == "true" and row.protocol not in _RAW_PROTOCOLS:
        raise errors.InvalidParameter(
            reason=f"{where}RawMessageDelivery: Delivery protocol [{row.protocol}] does not support raw message delivery."
        )
    return value.lower()


def _filter_policy(_: TopicRow, row: SubscriptionRow, value: str, where: str) -> str:
    return filters.checked(value, row.attributes.get("FilterPolicyScope", filters.ON_ATTRIBUTES), where)


def _scope(_: TopicRow, __: SubscriptionRow, value: str, where: str) -> str:
    if value not in filters.SCOPES:
        raise errors.InvalidParameter(
            reason=f"{where}FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or MessageAttributes"
        )
    return value


def _check_filter(row: SubscriptionRow, where: str) -> None:
    """After a change of the scope, the policy must be one that it allows."""
    filters.checked(
        row.attributes.get("FilterPolicy", ""), row.attributes.get("FilterPolicyScope", filters.ON_ATTRIBUTES), where
    )


def _redrive_policy(topic: TopicRow, row: SubscriptionRow, value: str, where: str) -> str:
    if not value.strip():
        return ""
    try:
        policy: Any = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise errors.InvalidParameter(reason=f"{where}RedrivePolicy: failed to parse JSON. {error}") from None
    if policy == {}:
        return ""
    target = policy.get("deadLetterTargetArn") if isinstance(policy, dict) else None
    if not isinstance(target, str) or not _is_arn_of("sqs", target):
        raise errors.InvalidParameter(reason=f"{where}RedrivePolicy: deadLetterTargetArn is an invalid arn")
    if topic.topic.is_fifo and row.endpoint.endswith(FIFO_SUFFIX) and not target.endswith(FIFO_SUFFIX):
        raise errors.InvalidParameter(
            reason=f"{where}RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic."
        )
    return value


def _delivery_policy(_: TopicRow, row: SubscriptionRow, value: str, where: str) -> str:
    if row.protocol not in WEB and value:
        raise errors.InvalidParameter(
            reason=f"{where}DeliveryPolicy: Delivery protocol [{row.protocol}] does not support delivery policies."
        )
    return delivery_policies.of_subscription(value, where)


_CHECKS: Mapping[str, Callable[[TopicRow, SubscriptionRow, str, str], str]] = {
    "RawMessageDelivery": _raw,
    "FilterPolicy": _filter_policy,
    "FilterPolicyScope": _scope,
    "RedrivePolicy": _redrive_policy,
    "DeliveryPolicy": _delivery_policy,
}
