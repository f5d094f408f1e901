"""Rows of sns_subscriptions."""

import json
from collections.abc import Mapping

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.sns.engine.identifiers import SubscriptionName, TopicName
from lambent.services.sns.tables.topics import changed_topic
from lambent.store.database import Transaction

_COLUMNS = """account, region, topic, id, protocol, endpoint, owner, principal_arn, attributes, is_pending, was_authenticated,
needs_authentication, token, token_expires_at"""
_TOPIC = "account = ? AND region = ? AND topic = ?"
FIND = f"SELECT {_COLUMNS} FROM sns_subscriptions WHERE {_TOPIC} AND id = ?"  # noqa: S608 - column names only
FIND_BY_ENDPOINT = f"SELECT {_COLUMNS} FROM sns_subscriptions WHERE {_TOPIC} AND protocol = ? AND endpoint = ?"  # noqa: S608
FIND_BY_TOKEN = f"SELECT {_COLUMNS} FROM sns_subscriptions WHERE {_TOPIC} AND token = ?"  # noqa: S608
LIST_OF_TOPIC = f"SELECT {_COLUMNS} FROM sns_subscriptions WHERE {_TOPIC} AND id > ? ORDER BY id LIMIT ?"  # noqa: S608
LIST_CONFIRMED = f"SELECT {_COLUMNS} FROM sns_subscriptions WHERE {_TOPIC} AND is_pending = 0 ORDER BY id"  # noqa: S608
LIST_ALL = f"""
SELECT {_COLUMNS} FROM sns_subscriptions
WHERE account = ? AND region = ? AND (topic > ? OR (topic = ? AND id > ?)) ORDER BY topic, id LIMIT ?
"""  # noqa: S608
COUNT_PENDING = f"SELECT count(*), coalesce(sum(is_pending), 0) FROM sns_subscriptions WHERE {_TOPIC}"  # noqa: S608
PUT = f"""
INSERT INTO sns_subscriptions ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account, region, topic, id) DO UPDATE SET attributes = excluded.attributes, is_pending = excluded.is_pending,
    was_authenticated = excluded.was_authenticated, needs_authentication = excluded.needs_authentication,
    token = excluded.token, token_expires_at = excluded.token_expires_at
"""  # noqa: S608
DELETE = f"DELETE FROM sns_subscriptions WHERE {_TOPIC} AND id = ?"  # noqa: S608
DELETE_OF_TOPIC = f"DELETE FROM sns_subscriptions WHERE {_TOPIC}"  # noqa: S608


class SubscriptionRow(Struct, frozen=True):
    """``attributes`` holds what was set, under AWS' names.

    ``was_authenticated``: who confirmed it signed the request. ``needs_authentication``: so must who ends it.
    """

    name: SubscriptionName
    protocol: str
    endpoint: str
    owner: str
    principal_arn: str
    attributes: Mapping[str, str]
    is_pending: bool
    was_authenticated: bool
    needs_authentication: bool
    token: str
    token_expires_at: Instant


def find(tx: Transaction, name: SubscriptionName) -> SubscriptionRow | None:
    return tx.one(FIND, (*_key(name.topic), name.id), into=_row)


def find_by_endpoint(tx: Transaction, topic: TopicName, protocol: str, endpoint: str) -> SubscriptionRow | None:
    return tx.one(FIND_BY_ENDPOINT, (*_key(topic), protocol, endpoint), into=_row)


def find_by_token(tx: Transaction, topic: TopicName, token: str) -> SubscriptionRow | None:
    return tx.one(FIND_BY_TOKEN, (*_key(topic), token), into=_row)


def confirmed(tx: Transaction, topic: TopicName) -> list[SubscriptionRow]:
    return tx.all(LIST_CONFIRMED, _key(topic), into=_row)


def of_topic_after(tx: Transaction, topic: TopicName, subscription_id: str, count_max: int) -> list[SubscriptionRow]:
    return tx.all(LIST_OF_TOPIC, (*_key(topic), subscription_id, count_max), into=_row)


def all_after(tx: Transaction, scope: Scope, topic: str, subscription_id: str, count_max: int) -> list[SubscriptionRow]:
    return tx.all(LIST_ALL, (*scope, topic, topic, subscription_id, count_max), into=_row)


def counts(tx: Transaction, topic: TopicName) -> tuple[int, int]:
    """Confirmed and pending ones."""
    total, pending = tx.one(COUNT_PENDING, _key(topic), into=_pair) or (0, 0)
    return total - pending, pending


def put(tx: Transaction, row: SubscriptionRow) -> None:
    tx.run(
        PUT,
        (
            *_key(row.name.topic),
            row.name.id,
            row.protocol,
            row.endpoint,
            row.owner,
            row.principal_arn,
            json.dumps(row.attributes),
            row.is_pending,
            row.was_authenticated,
            row.needs_authentication,
            row.token,
            row.token_expires_at,
        ),
    )
    tx.signal(changed_topic(row.name.topic))


def delete(tx: Transaction, name: SubscriptionName) -> None:
    tx.run(DELETE, (*_key(name.topic), name.id))
    tx.signal(changed_topic(name.topic))


def delete_of_topic(tx: Transaction, topic: TopicName) -> None:
    tx.run(DELETE_OF_TOPIC, _key(topic))


def _key(topic: TopicName) -> tuple[str, str, str]:
    return (*topic.scope, topic.name)


def _pair(total: int, pending: int) -> tuple[int, int]:
    return total, pending


def _row(
    account: str,
    region: str,
    topic: str,
    subscription_id: str,
    protocol: str,
    endpoint: str,
    owner: str,
    principal_arn: str,
    attributes: str,
    is_pending: int,
    was_authenticated: int,
    needs_authentication: int,
    token: str,
    token_expires_at: float,
) -> SubscriptionRow:
    return SubscriptionRow(
        name=SubscriptionName(TopicName(Scope(account, region), topic), subscription_id),
        protocol=protocol,
        endpoint=endpoint,
        owner=owner,
        principal_arn=principal_arn,
        attributes=json.loads(attributes),
        is_pending=bool(is_pending),
        was_authenticated=bool(was_authenticated),
        needs_authentication=bool(needs_authentication),
        token=token,
        token_expires_at=token_expires_at,
    )
