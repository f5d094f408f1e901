"""Rows of sns_topics."""

import json
from collections.abc import Mapping

from msgspec import Struct

from lambent.core.context import Scope
from lambent.services.sns.engine.identifiers import TopicName
from lambent.store.database import Transaction

_COLUMNS = "account, region, name, attributes, tags, subscriptions_deleted, last_sequence"
FIND_TOPIC = f"SELECT {_COLUMNS} FROM sns_topics WHERE account = ? AND region = ? AND name = ?"  # noqa: S608 - column names only
LIST_TOPICS = "SELECT name FROM sns_topics WHERE account = ? AND region = ? AND name > ? ORDER BY name LIMIT ?"
INSERT_TOPIC = "INSERT INTO sns_topics (account, region, name, attributes, tags, subscriptions_deleted, last_sequence) VALUES (?, ?, ?, ?, ?, 0, 0)"  # noqa: E501
SET_ATTRIBUTES = "UPDATE sns_topics SET attributes = ? WHERE account = ? AND region = ? AND name = ?"
SET_TAGS = "UPDATE sns_topics SET tags = ? WHERE account = ? AND region = ? AND name = ?"
COUNT_DELETED = (
    "UPDATE sns_topics SET subscriptions_deleted = subscriptions_deleted + 1 WHERE account = ? AND region = ? AND name = ?"
)
NEXT_SEQUENCE = """
UPDATE sns_topics SET last_sequence = last_sequence + 1 WHERE account = ? AND region = ? AND name = ? RETURNING last_sequence
"""
DELETE_TOPIC = "DELETE FROM sns_topics WHERE account = ? AND region = ? AND name = ?"

CHANGED_PREFIX = "sns.changed/"


class TopicRow(Struct, frozen=True):
    """``attributes`` holds what was set, under AWS' names."""

    topic: TopicName
    attributes: Mapping[str, str]
    tags: Mapping[str, str]
    subscriptions_deleted: int
    last_sequence: int


def changed_topic(topic: TopicName) -> str:
    """The signal that something changed of which a publication takes account."""
    return f"{CHANGED_PREFIX}{topic.scope.account}/{topic.scope.region}/{topic.name}"


def find(tx: Transaction, topic: TopicName) -> TopicRow | None:
    return tx.one(FIND_TOPIC, (*topic.scope, topic.name), into=_row)


def names_after(tx: Transaction, scope: Scope, name: str, count_max: int) -> list[str]:
    return tx.all(LIST_TOPICS, (*scope, name, count_max), into=str)


def insert(tx: Transaction, topic: TopicName, attributes: Mapping[str, str], tags: Mapping[str, str]) -> None:
    tx.run(INSERT_TOPIC, (*topic.scope, topic.name, json.dumps(attributes), json.dumps(tags)))
    tx.signal(changed_topic(topic))


def set_attributes(tx: Transaction, topic: TopicName, attributes: Mapping[str, str]) -> None:
    tx.run(SET_ATTRIBUTES, (json.dumps(attributes), *topic.scope, topic.name))
    tx.signal(changed_topic(topic))


def set_tags(tx: Transaction, topic: TopicName, tags: Mapping[str, str]) -> None:
    tx.run(SET_TAGS, (json.dumps(tags), *topic.scope, topic.name))


def count_deleted_subscription(tx: Transaction, topic: TopicName) -> None:
    tx.run(COUNT_DELETED, (*topic.scope, topic.name))


def next_sequence(tx: Transaction, topic: TopicName) -> int | None:
    """None where the topic is gone."""
    return tx.one(NEXT_SEQUENCE, (*topic.scope, topic.name), into=int)


def delete(tx: Transaction, topic: TopicName) -> bool:
    tx.signal(changed_topic(topic))
    return tx.run(DELETE_TOPIC, (*topic.scope, topic.name)) == 1


def _row(
    account: str, region: str, name: str, attributes: str, tags: str, subscriptions_deleted: int, last_sequence: int
) -> TopicRow:
    topic = TopicName(Scope(account, region), name)
    return TopicRow(topic, json.loads(attributes), json.loads(tags), subscriptions_deleted, last_sequence)
