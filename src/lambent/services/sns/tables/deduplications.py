"""Rows of sns_deduplications: what a FIFO topic was told in the last five minutes."""

from typing import NamedTuple

from lambent.core.clock import Instant
from lambent.services.sns.engine.identifiers import TopicName
from lambent.store.database import Transaction

FORGET = "DELETE FROM sns_deduplications WHERE account = ? AND region = ? AND topic = ? AND expires_at <= ?"
FIND = "SELECT message_id, sequence FROM sns_deduplications WHERE account = ? AND region = ? AND topic = ? AND key = ?"
INSERT = """
INSERT INTO sns_deduplications (account, region, topic, key, message_id, sequence, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
DELETE_OF_TOPIC = "DELETE FROM sns_deduplications WHERE account = ? AND region = ? AND topic = ?"


class Published(NamedTuple):
    """What was answered to the first of equal publications."""

    message_id: str
    sequence: int


def forget(tx: Transaction, topic: TopicName, now: Instant) -> None:
    tx.run(FORGET, (*topic.scope, topic.name, now))


def find(tx: Transaction, topic: TopicName, key: str) -> Published | None:
    return tx.one(FIND, (*topic.scope, topic.name, key), into=Published)


def insert(tx: Transaction, topic: TopicName, key: str, published: Published, expires_at: Instant) -> None:
    tx.run(INSERT, (*topic.scope, topic.name, key, *published, expires_at))


def delete_of_topic(tx: Transaction, topic: TopicName) -> None:
    tx.run(DELETE_OF_TOPIC, (*topic.scope, topic.name))
