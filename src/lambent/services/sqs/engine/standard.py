"""How messages are received from standard queues: those first that have been visible longest, and no group starves another.

A receive is one range of an index, however many messages wait behind it and however many are in flight.
"""

from dataclasses import dataclass, field

from lambent.core.clock import NEVER, Instant
from lambent.services.sqs import errors
from lambent.services.sqs.engine import redrive
from lambent.services.sqs.engine.queue import Queue
from lambent.services.sqs.tables import messages
from lambent.services.sqs.tables.messages import Message
from lambent.store.database import Transaction

IN_FLIGHT_MAX = 120_000
ROUNDS_MAX = 100
"""Claims in one receive: each but the last has found messages that had expired, or that went to the dead-letter queue."""

EXPIRED_PER_ROUND = 1_000
GROUPS_LOOKED_AT_MAX = 64


@dataclass(slots=True)
class Turn:
    """Whose turn it is in a fair queue: the group served last. Only a hint, so it needs no row."""

    after: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a receive asks for. ``turn`` is there in queues that have seen groups."""

    count_max: int
    now: Instant
    visible_at: Instant  # when the messages are to be had again
    turn: Turn | None = None
    counts_in_flight: bool = False  # too many may be in flight: look before


@dataclass(slots=True)
class Received:
    """What a receive found. ``next_visible_at`` tells of more to come where it found fewer than were asked for."""

    messages: list[Message] = field(default_factory=list)
    next_visible_at: Instant = NEVER
    in_flight_before: int | None = None  # where they were counted


def receive(tx: Transaction, queue: Queue, asked: Asked) -> Received:
    """Raises TooManyInFlight."""
    received = Received()
    if asked.counts_in_flight:
        received.in_flight_before = checked_in_flight(tx, queue, asked.now)
    for _ in range(ROUNDS_MAX):
        wanted = asked.count_max - len(received.messages)
        claimed = _claim(tx, queue, asked, wanted)
        _settle(tx, queue, claimed, asked, received)
        if len(claimed) < wanted:
            received.next_visible_at = messages.next_visible_at(tx, queue.backlog_id, asked.now)
            return received
        if len(received.messages) == asked.count_max or asked.visible_at <= asked.now:
            return received  # what stays visible would be claimed twice
    received.next_visible_at = asked.now
    return received


def checked_in_flight(tx: Transaction, queue: Queue, now: Instant) -> int:
    """How many messages are in flight. Raises TooManyInFlight."""
    count = messages.count_in_flight(tx, queue.backlog_id, now=now, sent_until=queue.sent_until(now))
    if count >= IN_FLIGHT_MAX:
        raise errors.TooManyInFlight(count_max=IN_FLIGHT_MAX)
    return count


def with_body(tx: Transaction, message: Message) -> Message:
    return message if message.body is not None else message._replace(body=messages.body_of(tx, message.id))


def _settle(tx: Transaction, queue: Queue, claimed: list[Message], asked: Asked, received: Received) -> None:
    """Adds to ``received`` what may be delivered of the claimed; the rest goes where it belongs."""
    sent_until = queue.sent_until(asked.now)
    for message in claimed:
        if message.retained_from <= sent_until:
            messages.delete(tx, [message.id])
            messages.delete_expired(tx, queue.backlog_id, now=asked.now, sent_until=sent_until, count_max=EXPIRED_PER_ROUND)
        elif redrive.is_exhausted(queue, message) and (target := redrive.dead_letter_queue(tx, queue)) is not None:
            redrive.bury(tx, queue, message, target, asked.now)
        else:
            received.messages.append(with_body(tx, message))


def _claim(tx: Transaction, queue: Queue, asked: Asked, count_max: int) -> list[Message]:
    if asked.turn is None:
        return messages.claim(tx, queue.backlog_id, now=asked.now, visible_at=asked.visible_at, count_max=count_max)
    return _claim_fairly(tx, queue, asked, asked.turn, count_max)


# ---- fair queues -----------------------------------------------------------------------------------------------------


def _claim_fairly(tx: Transaction, queue: Queue, asked: Asked, turn: Turn, count_max: int) -> list[Message]:
    """One message of each group in turn; once a round the oldest of all, so that those without a group get theirs.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
    """
    claimed: list[Message] = []
    chosen: set[int] = set()
    for _ in range(GROUPS_LOOKED_AT_MAX):
        if len(claimed) == count_max:
            return claimed
        id_ = _next_in_turn(tx, queue.backlog_id, asked.now, turn)
        if id_ is not None and id_ not in chosen:
            chosen.add(id_)
            claimed.append(messages.claim_one(tx, id_, now=asked.now, visible_at=asked.visible_at))
    if asked.visible_at > asked.now or not claimed:
        left = count_max - len(claimed)
        claimed += messages.claim(tx, queue.backlog_id, now=asked.now, visible_at=asked.visible_at, count_max=left)
    return claimed


def _next_in_turn(tx: Transaction, backlog_id: int, now: Instant, turn: Turn) -> int | None:
    """The oldest message of the next group, if it is visible; the oldest of all where the round of groups has ended."""
    found = messages.next_group(tx, backlog_id, turn.after)
    if found is None:
        turn.after = ""
        return messages.oldest_visible_id(tx, backlog_id, now)
    turn.after, visible_at, id_ = found
    return id_ if visible_at <= now else None
