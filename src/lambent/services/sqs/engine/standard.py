"""How messages are received from standard queues: those first that have been visible longest, and no group starves another.

A receive is one range of an index, however many messages wait behind it and however many are in flight.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from lambent.core.clock import NEVER, Instant
from lambent.services.sqs import errors
from lambent.services.sqs.engine import redrive
from lambent.services.sqs.engine.queue import Queue
from lambent.services.sqs.tables import messages
from lambent.services.sqs.tables.messages import Message
from lambent.store.database import Transaction

IN_FLIGHT_MAX = 120_000
ROUNDS_MAX = 5
"""Looks in one transaction: each but the last has found messages that had expired, or that went to the dead-letter queue.
Few, as all other writers wait meanwhile: whoever asks looks again in a transaction of its own."""

EXPIRED_PER_ROUND = 1_000
GROUPS_LOOKED_AT_MAX = 64


@dataclass(slots=True)
class Turn:
    """Whose turn it is in a fair queue: the group served last. Only a hint, so it needs no row."""

    after: str = ""


class Asked(NamedTuple):
    """What a receive asks for. ``turn`` is there in queues that have seen groups."""

    count_max: int
    now: Instant
    visible_at: Instant  # when the messages are to be had again
    turn: Turn | None = None
    counts_in_flight: bool = False  # too many may be in flight, or nothing is known of this backlog: look before


@dataclass(slots=True)
class Received:
    """What a receive found. ``next_visible_at`` tells of more to come where it found fewer than were asked for.

    It is now where the receive has not got through: there may be more behind what it has cleared away.
    """

    messages: list[Message] = field(default_factory=list)
    next_visible_at: Instant = NEVER
    in_flight_before: int | None = None  # where they were counted
    has_groups: bool = False  # where that was looked for


def receive(tx: Transaction, queue: Queue, asked: Asked) -> Received:
    """Raises TooManyInFlight."""
    received = Received()
    if asked.counts_in_flight:
        received.in_flight_before = checked_in_flight(tx, queue, asked.now)
        received.has_groups = messages.next_group(tx, queue.backlog_id, "") is not None
    take = _take_oldest if asked.turn is None else _take_fairly
    for _ in range(ROUNDS_MAX):
        is_last = take(tx, queue, asked, received.messages)
        if len(received.messages) == asked.count_max:
            return received
        # What is visible again at once would be found again and again.
        if is_last or (received.messages and asked.visible_at <= asked.now):
            received.next_visible_at = messages.next_visible_at(tx, queue.backlog_id, asked.now)
            return received
    received.next_visible_at = asked.now
    return received


def checked_in_flight(tx: Transaction, queue: Queue, now: Instant) -> int:
    """How many messages are in flight. Raises TooManyInFlight."""
    count = messages.count_in_flight(tx, queue.backlog_id, now=now, sent_until=queue.sent_until(now))
    if count >= IN_FLIGHT_MAX:
        raise errors.TooManyInFlight(count_max=IN_FLIGHT_MAX)
    return count


def deliver(tx: Transaction, queue: Queue, message: Message, asked: Asked) -> Message | None:
    """Leases a visible message; None where it was kept too long, or is a dead letter, and has gone where it belongs."""
    if message.retained_from <= queue.sent_until(asked.now):
        messages.delete(tx, [message.id])
        return None
    if redrive.is_exhausted(queue, message) and (target := redrive.dead_letter_queue(tx, queue)) is not None:
        redrive.bury(tx, queue, message, target, asked.now)
        return None
    return messages.with_body(tx, messages.lease(tx, message, now=asked.now, visible_at=asked.visible_at))


def _take_oldest(tx: Transaction, queue: Queue, asked: Asked, taken: list[Message], skipped: Collection[int] = ()) -> bool:
    """Takes those that have been visible longest. True where there are no more."""
    wanted = asked.count_max - len(taken)
    found = messages.oldest_visible(tx, queue.backlog_id, asked.now, wanted + len(skipped))
    if skipped:
        found = [message for message in found if message.id not in skipped][:wanted]
    for message in found:
        delivered = deliver(tx, queue, message, asked)
        if delivered is not None:
            taken.append(delivered)
    sent_until = queue.sent_until(asked.now)
    if found and found[0].retained_from <= sent_until:  # where one had expired there may be very many
        messages.delete_expired(tx, queue.backlog_id, sent_until=sent_until, count_max=EXPIRED_PER_ROUND)
    return len(found) < wanted


# ---- fair queues -----------------------------------------------------------------------------------------------------


def _take_fairly(tx: Transaction, queue: Queue, asked: Asked, taken: list[Message]) -> bool:
    """Takes one message of each group in turn; once a round the oldest of all, so that those without a group get theirs.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
    """
    assert asked.turn is not None
    seen: set[int] = set()
    for _ in range(GROUPS_LOOKED_AT_MAX):
        if len(taken) == asked.count_max:
            return False
        message = _next_in_turn(tx, queue.backlog_id, asked.now, asked.turn)
        if message is not None and message.id not in seen:
            seen.add(message.id)
            delivered = deliver(tx, queue, message, asked)
            if delivered is not None:
                taken.append(delivered)
    return _take_oldest(tx, queue, asked, taken, seen if asked.visible_at <= asked.now else ())


def _next_in_turn(tx: Transaction, backlog_id: int, now: Instant, turn: Turn) -> Message | None:
    """The oldest message of the next group, if it is visible; the oldest of all where the round of groups has ended."""
    found = messages.next_group(tx, backlog_id, turn.after)
    if found is None:
        turn.after = ""
        oldest = messages.oldest_visible(tx, backlog_id, now, 1)
        return oldest[0] if oldest else None
    turn.after, visible_at, id_ = found
    return messages.find(tx, backlog_id, id_) if visible_at <= now else None
