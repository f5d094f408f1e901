"""Rows of sqs_messages and sqs_bodies."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from lambent.core.clock import NEVER, Instant
from lambent.store.database import Transaction, Value

BODY_INLINE_CHARS_MAX = 1_500
"""Longer bodies stand apart: a receive rewrites the message's row, and past a third of a page that is the dearer part."""


class NewMessage(NamedTuple):
    """A message to be kept, in the order of the columns of INSERT_MESSAGE."""

    account: str
    region: str
    backlog_id: int
    visible_at: Instant
    retained_from: Instant
    sent_at: Instant
    sequence: int
    message_id: str
    sender_id: str
    group_id: str
    deduplication_id: str
    trace_header: str
    dead_letter_source: str
    attributes: bytes | None
    body: str


class Message(NamedTuple):
    """A message as it is found. ``receives`` counts all receives, ``receives_before`` those in the queues it came from."""

    id: int
    visible_at: Instant
    retained_from: Instant
    receives: int
    receives_before: int
    first_received_at: Instant
    sent_at: Instant
    sequence: int
    message_id: str
    sender_id: str
    group_id: str
    deduplication_id: str
    trace_header: str
    dead_letter_source: str
    attributes: bytes | None
    body: str | None
    is_body_apart: bool = False


class Lease(NamedTuple):
    """What it takes to judge a receipt handle."""

    visible_at: Instant
    received_at: Instant
    receives: int
    group_id: str


class Counts(NamedTuple):
    visible: int
    in_flight: int
    delayed: int


INSERT_MESSAGE = """
INSERT INTO sqs_messages
    (account, region, backlog_id, visible_at, retained_from, sent_at, sequence, message_id, sender_id, group_id,
     deduplication_id, trace_header, dead_letter_source, attributes, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

# The first message of each transaction looks whether the queue still has this backlog.
INSERT_INTO_LIVE = """
INSERT INTO sqs_messages
    (account, region, backlog_id, visible_at, retained_from, sent_at, sequence, message_id, sender_id, group_id,
     deduplication_id, trace_header, dead_letter_source, attributes, body)
SELECT ?, ?, id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM sqs_backlogs WHERE id = ? AND is_ended = 0"""

INSERT_MESSAGE_RETURNING_ID = f"{INSERT_MESSAGE} RETURNING id"
INSERT_BODY = "INSERT INTO sqs_bodies (account, region, id, body) VALUES (?, ?, ?, ?)"

LEASE = "UPDATE sqs_messages SET visible_at = ?, received_at = ?, receives = ?, first_received_at = ? WHERE id = ?"

FIND_MESSAGE = """
SELECT id, visible_at, retained_from, receives, receives_before, first_received_at, sent_at, sequence, message_id, sender_id,
    group_id, deduplication_id, trace_header, dead_letter_source, attributes, body
FROM sqs_messages WHERE id = ? AND backlog_id = ?"""

OLDEST_VISIBLE = """
SELECT id, visible_at, retained_from, receives, receives_before, first_received_at, sent_at, sequence, message_id, sender_id,
    group_id, deduplication_id, trace_header, dead_letter_source, attributes, body
FROM sqs_messages WHERE backlog_id = ? AND visible_at <= ? ORDER BY visible_at LIMIT ?"""

HEAD_OF_GROUP = """
SELECT id, visible_at, retained_from, receives, receives_before, first_received_at, sent_at, sequence, message_id, sender_id,
    group_id, deduplication_id, trace_header, dead_letter_source, attributes, body
FROM sqs_messages WHERE backlog_id = ? AND group_id = ? AND group_id <> '' ORDER BY sequence LIMIT ?"""

NEXT_GROUP = """
SELECT group_id, visible_at, id FROM sqs_messages WHERE backlog_id = ? AND group_id > ? AND group_id <> ''
ORDER BY group_id, sequence, visible_at LIMIT 1"""

NEXT_VISIBLE_AT = "SELECT visible_at FROM sqs_messages WHERE backlog_id = ? AND visible_at > ? ORDER BY visible_at LIMIT 1"
SELECT_BODY = "SELECT body FROM sqs_bodies WHERE id = ?"

FIND_LEASE = "SELECT visible_at, received_at, receives, group_id FROM sqs_messages WHERE id = ? AND backlog_id = ?"
SET_VISIBLE_AT = "UPDATE sqs_messages SET visible_at = ? WHERE id = ?"

DELETE_RECEIVED = "DELETE FROM sqs_messages WHERE id = ? AND backlog_id = ? AND receives = ?"
DELETE_MESSAGE = "DELETE FROM sqs_messages WHERE id = ?"
DELETE_BODY = "DELETE FROM sqs_bodies WHERE id = ?"
# No message is visible before it is kept, so what was visible by then was kept by then: one range of the index.
SELECT_EXPIRED = "SELECT id FROM sqs_messages WHERE backlog_id = ? AND visible_at <= ? ORDER BY visible_at LIMIT ?"
SELECT_OF_BACKLOG = "SELECT id FROM sqs_messages WHERE backlog_id = ? LIMIT ?"

MOVE_MESSAGE = """
UPDATE sqs_messages
SET backlog_id = ?, account = ?, region = ?, visible_at = ?, retained_from = ?, sequence = ?, receives_before = receives,
    dead_letter_source = ?
WHERE id = ?"""
MOVE_BODY = "UPDATE sqs_bodies SET id = ?, account = ?, region = ? WHERE id = ?"

COUNT_VISIBLE = "SELECT count(*) FROM sqs_messages WHERE backlog_id = ? AND visible_at <= ? AND retained_from > ?"
COUNT_IN_FLIGHT = """
SELECT count(*) FROM sqs_messages
WHERE backlog_id = ? AND visible_at > ? AND retained_from > ? AND receives > receives_before"""
COUNT_DELAYED = """
SELECT count(*) FROM sqs_messages
WHERE backlog_id = ? AND visible_at > ? AND retained_from > ? AND receives = receives_before"""


def insert_into_live(tx: Transaction, message: NewMessage) -> bool:
    """Keeps a message with a short body; False where its backlog has ended."""
    return tx.run(INSERT_INTO_LIVE, (*message[:2], *message[3:], message.backlog_id)) == 1


def insert(tx: Transaction, new: Sequence[NewMessage]) -> None:
    """Keeps messages, in their order."""
    if all(len(message.body) <= BODY_INLINE_CHARS_MAX for message in new):
        tx.run_many(INSERT_MESSAGE, new)
        return
    for message in new:
        if len(message.body) <= BODY_INLINE_CHARS_MAX:
            tx.run(INSERT_MESSAGE, message)
        else:
            row: tuple[Value, ...] = (*message[:-1], None)
            id_ = tx.one(INSERT_MESSAGE_RETURNING_ID, row, into=int)
            tx.run(INSERT_BODY, (message.account, message.region, id_, message.body))


def replace(tx: Transaction, old: Message, new: NewMessage) -> None:
    """Puts a new message in the place of an old one, whose body it takes over."""
    id_ = tx.one(INSERT_MESSAGE_RETURNING_ID, (*new[:-1], old.body), into=int)
    if old.body is None:
        tx.run(MOVE_BODY, (id_, new.account, new.region, old.id))
    tx.run(DELETE_MESSAGE, (old.id,))


def lease(tx: Transaction, message: Message, *, now: Instant, visible_at: Instant) -> Message:
    """Hides a message until ``visible_at``, and counts a receive of it."""
    received = message._replace(
        visible_at=visible_at, receives=message.receives + 1, first_received_at=message.first_received_at or now
    )
    tx.run(LEASE, (visible_at, now, received.receives, received.first_received_at, message.id))
    return received


def find(tx: Transaction, backlog_id: int, id_: int) -> Message | None:
    return tx.one(FIND_MESSAGE, (id_, backlog_id), into=Message)


def oldest_visible(tx: Transaction, backlog_id: int, now: Instant, count_max: int) -> list[Message]:
    return tx.all(OLDEST_VISIBLE, (backlog_id, now, count_max), into=Message)


def head_of_group(tx: Transaction, backlog_id: int, group_id: str, count_max: int) -> list[Message]:
    """The first messages of a group, visible or not."""
    return tx.all(HEAD_OF_GROUP, (backlog_id, group_id, count_max), into=Message)


def next_group(tx: Transaction, backlog_id: int, after: str) -> tuple[str, Instant, int] | None:
    """Of the first group behind ``after``: its name, and when its first message is visible, and which one that is."""
    return tx.one(NEXT_GROUP, (backlog_id, after), into=_named)


def next_visible_at(tx: Transaction, backlog_id: int, now: Instant) -> Instant:
    """When the next message becomes visible that is not, or NEVER."""
    found = tx.one(NEXT_VISIBLE_AT, (backlog_id, now), into=float)
    return NEVER if found is None else found


def with_body(tx: Transaction, message: Message) -> Message:
    """The message with its body, wherever that stands."""
    if message.body is not None:
        return message
    body = tx.one(SELECT_BODY, (message.id,), into=str)
    assert body is not None, f"message {message.id} has lost its body"
    return message._replace(body=body, is_body_apart=True)


def find_lease(tx: Transaction, backlog_id: int, id_: int) -> Lease | None:
    return tx.one(FIND_LEASE, (id_, backlog_id), into=Lease)


def set_visible_at(tx: Transaction, id_: int, visible_at: Instant) -> None:
    tx.run(SET_VISIBLE_AT, (visible_at, id_))


def delete_received(tx: Transaction, backlog_id: int, id_: int, receives: int, *, is_body_apart: bool) -> bool:
    """Deletes the message if it has not been received again since."""
    was_there = tx.run(DELETE_RECEIVED, (id_, backlog_id, receives)) == 1
    if was_there and is_body_apart:
        tx.run(DELETE_BODY, (id_,))
    return was_there


def delete(tx: Transaction, ids: Iterable[int]) -> None:
    rows = [(id_,) for id_ in ids]
    tx.run_many(DELETE_MESSAGE, rows)
    tx.run_many(DELETE_BODY, rows)


def delete_expired(tx: Transaction, backlog_id: int, *, sent_until: Instant, count_max: int) -> None:
    """Deletes messages that were sent by ``sent_until``: those that nobody has touched since, which are the many."""
    delete(tx, tx.all(SELECT_EXPIRED, (backlog_id, sent_until, count_max), into=int))


def delete_of_backlog(tx: Transaction, backlog_id: int, count_max: int) -> int:
    ids = tx.all(SELECT_OF_BACKLOG, (backlog_id, count_max), into=int)
    delete(tx, ids)
    return len(ids)


def move(
    tx: Transaction,
    message: Message,
    *,
    account: str,
    region: str,
    backlog_id: int,
    now: Instant,
    retained_from: Instant,
    sequence: int,
    dead_letter_source: str,
) -> None:
    """Puts a message into another backlog, where it is visible at once."""
    place = (backlog_id, account, region, now, retained_from, sequence)
    tx.run(MOVE_MESSAGE, (*place, dead_letter_source, message.id))
    if message.body is None:
        tx.run(MOVE_BODY, (message.id, account, region, message.id))


def counts(tx: Transaction, backlog_id: int, *, now: Instant, sent_until: Instant) -> Counts:
    """How many messages there are of each kind that were sent after ``sent_until``."""
    return Counts(
        count_visible(tx, backlog_id, now=now, sent_until=sent_until),
        count_in_flight(tx, backlog_id, now=now, sent_until=sent_until),
        tx.one(COUNT_DELAYED, (backlog_id, now, sent_until), into=int) or 0,
    )


def count_visible(tx: Transaction, backlog_id: int, *, now: Instant, sent_until: Instant) -> int:
    return tx.one(COUNT_VISIBLE, (backlog_id, now, sent_until), into=int) or 0


def count_in_flight(tx: Transaction, backlog_id: int, *, now: Instant, sent_until: Instant) -> int:
    return tx.one(COUNT_IN_FLIGHT, (backlog_id, now, sent_until), into=int) or 0


def _named(group_id: str, visible_at: float, id_: int) -> tuple[str, Instant, int]:
    return group_id, visible_at, id_
