"""How messages are received from FIFO queues: in order within a group, and of a group only while none of it is in flight.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
"""

from lambent.core.clock import Instant
from lambent.services.sqs.engine.queue import Queue
from lambent.services.sqs.engine.standard import Asked, Received, checked_in_flight, deliver
from lambent.services.sqs.tables import deduplication, groups, messages
from lambent.services.sqs.tables.deduplication import Attempt
from lambent.services.sqs.tables.messages import Message
from lambent.store.database import Transaction

ATTEMPT_S = 300.0
BATCH_MAX = 10
"""Messages in one receive, and so the most that are in flight of a group: they are the first ones of its backlog."""

ROUNDS_MAX = 20
GROUPS_MAX = 200
"""Groups that one receive looks at: each but the last few had nothing left but expired and dead letters."""


def receive(tx: Transaction, queue: Queue, asked: Asked, attempt_id: str = "") -> Received:
    """Raises TooManyInFlight. With an earlier call's ``attempt_id`` it returns what that did, while nothing has changed."""
    if attempt_id and (repeated := _repeat(tx, queue, asked, attempt_id)) is not None:
        return repeated
    received = Received()
    if asked.counts_in_flight:
        received.in_flight_before = checked_in_flight(tx, queue, asked.now)
    looked_at = 0
    while looked_at < GROUPS_MAX and len(received.messages) < asked.count_max:
        wanted = asked.count_max - len(received.messages)
        found = groups.available(tx, queue.backlog_id, asked.now, wanted)
        taken = len(received.messages)
        for group in found:
            looked_at += 1
            if len(received.messages) < asked.count_max:
                received.messages += _take(tx, queue, asked, group.group_id, asked.count_max - len(received.messages))
        # Groups whose messages are visible again at once would be found for ever.
        if not found or (asked.visible_at <= asked.now and len(received.messages) > taken):
            break
    if len(received.messages) < asked.count_max:
        has_more = looked_at >= GROUPS_MAX
        received.next_visible_at = asked.now if has_more else groups.next_available_at(tx, queue.backlog_id, asked.now)
    if attempt_id and received.messages:
        _remember(tx, queue, asked, attempt_id, received)
    return received


def refresh(tx: Transaction, queue: Queue, group_id: str, now: Instant) -> Instant | None:
    """Works out anew when the first message of a group may be received, after something of it has changed.

    Returns that instant, or None for a group that has no messages left. A group that is free stands behind those that have
    waited, so that one group cannot keep the others from their turn.
    """
    head = messages.head_of_group(tx, queue.backlog_id, group_id, BATCH_MAX)
    if not head:
        groups.delete(tx, queue.backlog_id, group_id)
        return None
    in_flight = [message.visible_at for message in head if is_in_flight(message, now)]
    available_at = max(in_flight) if in_flight else max(head[0].visible_at, now)
    groups.set_available_at(tx, queue.backlog_id, group_id, available_at)
    return available_at


def is_in_flight(message: Message, now: Instant) -> bool:
    return message.visible_at > now and message.receives > message.receives_before


def _take(tx: Transaction, queue: Queue, asked: Asked, group_id: str, count_max: int) -> list[Message]:
    """Takes as many of a group's first messages as may be had."""
    taken: list[Message] = []
    for _ in range(ROUNDS_MAX):  # what expires or goes to the dead letters makes room for what is behind it
        has_gone = False
        head = messages.head_of_group(tx, queue.backlog_id, group_id, len(taken) + count_max)
        for message in head[len(taken) :]:
            if message.visible_at > asked.now or len(taken) == count_max:
                break
            delivered = deliver(tx, queue, message, asked)
            if delivered is None:
                has_gone = True
            else:
                taken.append(delivered)
        # What is visible again at once would be taken for what stands behind it.
        if not has_gone or len(taken) == count_max or asked.visible_at <= asked.now:
            break
    refresh(tx, queue, group_id, asked.now)
    return taken


# ---- receiving again what was received -------------------------------------------------------------------------------


def _repeat(tx: Transaction, queue: Queue, asked: Asked, attempt_id: str) -> Received | None:
    attempt = deduplication.find_attempt(tx, queue.backlog_id, attempt_id)
    if attempt is None or attempt.expires_at <= asked.now:
        return None
    found: list[Message] = []
    for id_, receives in attempt.leases:
        message = messages.find(tx, queue.backlog_id, id_)
        if message is None or message.receives != receives or message.visible_at != attempt.visible_at:
            return None  # deleted, received again, or given another visibility timeout
        if message.visible_at <= asked.now:
            return None
        found.append(message)
    for message in found:
        messages.set_visible_at(tx, message.id, asked.visible_at)
    for group_id in {message.group_id for message in found}:
        refresh(tx, queue, group_id, asked.now)
    repeated = Received([messages.with_body(tx, message) for message in found])
    if len(found) < asked.count_max:
        repeated.next_visible_at = groups.next_available_at(tx, queue.backlog_id, asked.now)
    _remember(tx, queue, asked, attempt_id, repeated, expires_at=attempt.expires_at)
    return repeated


def _remember(
    tx: Transaction,
    queue: Queue,
    asked: Asked,
    attempt_id: str,
    received: Received,
    *,
    expires_at: Instant | None = None,
) -> None:
    leases = [(message.id, message.receives) for message in received.messages]
    attempt = Attempt(leases, asked.visible_at, asked.now + ATTEMPT_S if expires_at is None else expires_at)
    deduplication.remember_attempt(tx, queue.account, queue.region, queue.backlog_id, attempt_id, attempt, asked.now)
