"""How messages enter a queue."""

from collections.abc import Sequence
from typing import NamedTuple

from lambent.core.clock import Instant
from lambent.core.errors import LambentError
from lambent.services.sqs.engine.drafts import Draft
from lambent.services.sqs.engine.queue import Queue
from lambent.services.sqs.tables import deduplication, groups, messages, queues
from lambent.services.sqs.tables.deduplication import Accepted
from lambent.services.sqs.tables.messages import BODY_INLINE_CHARS_MAX, NewMessage
from lambent.store.database import Transaction

DEDUPLICATION_S = 300.0
EXPIRED_MAX = 1_000
SEQUENCE_FIRST = 18_850_000_000_000_000_000
SEQUENCE_STEP = 256


class BacklogEnded(LambentError):
    """The queue was purged or deleted since it was read: read it again."""


class Sent(NamedTuple):
    message_id: str
    sequence: int  # 0 in a standard queue


def send(tx: Transaction, queue: Queue, drafts: Sequence[Draft], *, sender_id: str, now: Instant) -> list[Sent]:
    """Keeps the messages, in their order. Raises BacklogEnded."""
    return (_send_fifo if queue.is_fifo else _send_standard)(tx, queue, drafts, sender_id, now)


def expire(tx: Transaction, queue: Queue, now: Instant) -> None:
    """Removes messages that were kept too long: in a queue from which nobody receives, who sends must do it."""
    messages.delete_expired(tx, queue.backlog_id, sent_until=queue.sent_until(now), count_max=EXPIRED_MAX)


def visible_at(queue: Queue, draft: Draft, now: Instant) -> Instant:
    return now + (queue.delay_s if draft.delay_s is None else draft.delay_s)


def told_sequence(sequence: int) -> str:
    """A sequence number as AWS shows it: 20 digits."""
    return f"{SEQUENCE_FIRST + sequence * SEQUENCE_STEP:020d}"


def _send_standard(tx: Transaction, queue: Queue, drafts: Sequence[Draft], sender_id: str, now: Instant) -> list[Sent]:
    new = [_new(queue, draft, sender_id, now, sequence=0) for draft in drafts]
    first, rest = new[0], new[1:]
    if len(first.body) > BODY_INLINE_CHARS_MAX:
        if not queues.is_live(tx, queue.backlog_id):
            raise BacklogEnded
        rest = new
    elif not messages.insert_into_live(tx, first):
        raise BacklogEnded
    if rest:
        messages.insert(tx, rest)
    if any(message.visible_at <= now for message in new):
        tx.signal(queue.topic)
    return [Sent(draft.message_id, 0) for draft in drafts]


def _send_fifo(tx: Transaction, queue: Queue, drafts: Sequence[Draft], sender_id: str, now: Instant) -> list[Sent]:
    first = queues.take_sequences(tx, queue.backlog_id, len(drafts))
    if first is None:
        raise BacklogEnded
    deduplication.forget(tx, queue.backlog_id, now)
    sent = [_send_once(tx, queue, draft, sender_id, now, sequence=sequence) for sequence, draft in enumerate(drafts, first)]
    if queue.delay_s == 0:
        tx.signal(queue.topic)
    return sent


def _send_once(tx: Transaction, queue: Queue, draft: Draft, sender_id: str, now: Instant, *, sequence: int) -> Sent:
    """Keeps a message, unless one of the same deduplication id was accepted within the last five minutes."""
    scope = draft.group_id if queue.deduplicates_by_group else ""
    before = deduplication.find(tx, queue.backlog_id, scope, draft.deduplication_id)
    if before is not None and before.expires_at > now:
        return Sent(before.message_id, before.sequence)
    accepted = Accepted(draft.message_id, sequence, now + DEDUPLICATION_S)
    deduplication.remember(tx, queue.account, queue.region, queue.backlog_id, scope, draft.deduplication_id, accepted)
    new = _new(queue, draft, sender_id, now, sequence=sequence)
    messages.insert(tx, [new])
    groups.insert(tx, queue.account, queue.region, queue.backlog_id, draft.group_id, new.visible_at)
    return Sent(draft.message_id, sequence)


def _new(queue: Queue, draft: Draft, sender_id: str, now: Instant, *, sequence: int) -> NewMessage:
    return NewMessage(
        queue.row.account,
        queue.row.region,
        queue.backlog_id,
        visible_at(queue, draft, now),
        now,
        now,
        sequence,
        draft.message_id,
        sender_id,
        draft.group_id,
        draft.deduplication_id,
        draft.trace_header,
        "",
        draft.attributes,
        draft.body,
    )
