"""What becomes of messages that were kept too long, or received too often: they go, or move to the dead-letter queue."""

from lambent.core.clock import Instant
from lambent.services.sqs.engine.queue import Queue, of_row
from lambent.services.sqs.tables import groups, messages, queues
from lambent.services.sqs.tables.messages import Message
from lambent.services.sqs.tables.queues import QueueRow
from lambent.store.database import Transaction

EXPIRED_PER_BURIAL = 20
"""More than the one that comes, so that a backlog which nobody looks at shrinks; few, as a receive may bury many."""


def is_exhausted(queue: Queue, message: Message) -> bool:
    """Whether one more receive would be more than the redrive policy allows."""
    return queue.redrive is not None and message.receives - message.receives_before >= queue.redrive.receives_max


def dead_letter_queue(tx: Transaction, queue: Queue) -> QueueRow | None:
    """None where there is none, or none any more: messages then stay where they are."""
    if queue.redrive is None:
        return None
    arn = queue.redrive.dead_letter
    return queues.find(tx, arn.account, arn.region, arn.resource)


def bury(tx: Transaction, queue: Queue, message: Message, target: QueueRow, now: Instant) -> None:
    """Moves a message to the dead-letter queue, where it keeps its id, body and time of sending."""
    dead_letters = of_row(target)
    # Often nobody receives from a dead-letter queue or sends to it: then only a burial can remove what has expired there.
    sent_until = dead_letters.sent_until(now)
    messages.delete_expired(tx, target.backlog_id, sent_until=sent_until, count_max=EXPIRED_PER_BURIAL)
    sequence, retained_from = 0, message.retained_from
    if queue.is_fifo:
        first = queues.take_sequences(tx, target.backlog_id, 1)
        assert first is not None, "the queue's own backlog has not ended"
        # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html
        sequence, retained_from = first, now
        groups.insert(tx, target.account, target.region, target.backlog_id, message.group_id, now)
    messages.move(
        tx,
        message,
        account=target.account,
        region=target.region,
        backlog_id=target.backlog_id,
        now=now,
        retained_from=retained_from,
        sequence=sequence,
        dead_letter_source=queue.arn,
    )
    tx.signal(dead_letters.topic)
