"""What may be done with a message that was received: delete it, or say when it shall be visible again."""

from lambent.core.clock import Instant
from lambent.services.sqs import errors
from lambent.services.sqs.engine import fifo, receipts
from lambent.services.sqs.engine.attributes import VISIBILITY_TIMEOUT_S_MAX
from lambent.services.sqs.engine.queue import Queue
from lambent.services.sqs.tables import messages
from lambent.store.database import Transaction


def delete(tx: Transaction, queue: Queue, handle: str, now: Instant) -> bool:
    """Deletes the message. A handle that a later receive has made stale deletes nothing, and says so in FIFO queues only.

    Returns whether there was something to delete. Raises ReceiptHandleIsInvalid, and ReceiptHandleHasExpired (FIFO).
    """
    receipt = receipts.read(queue.receipt_seed, handle)
    if not queue.is_fifo:
        return messages.delete_received(tx, queue.backlog_id, *receipt[:2], is_body_apart=receipt.is_body_apart)
    lease = messages.find_lease(tx, queue.backlog_id, receipt.id)
    if lease is None:
        return False
    if lease.receives != receipt.receives or lease.visible_at <= now:
        raise errors.ReceiptHandleHasExpired(handle=handle)
    messages.delete_received(tx, queue.backlog_id, *receipt[:2], is_body_apart=receipt.is_body_apart)
    _release(tx, queue, lease.group_id, now)
    return True


def change_visibility(tx: Transaction, queue: Queue, handle: str, timeout_s: int, now: Instant) -> Instant:
    """Hides the message for ``timeout_s`` from now on. Returns when something of the queue may be visible again.

    Raises ReceiptHandleIsInvalid, NotAvailableForChange, and InvalidValue where the message would be hidden for too long.
    """
    receipt = receipts.read(queue.receipt_seed, handle)
    if not 0 <= timeout_s <= VISIBILITY_TIMEOUT_S_MAX:
        reason = f"Must be between 0 and {VISIBILITY_TIMEOUT_S_MAX}."
        raise errors.InvalidValue(value=timeout_s, name="VisibilityTimeout", reason=reason)
    lease = messages.find_lease(tx, queue.backlog_id, receipt.id)
    # A standard queue's message may be hidden again that has become visible and that nobody else has received; as recorded.
    if lease is None or lease.receives != receipt.receives or (queue.is_fifo and lease.visible_at <= now):
        raise errors.NotAvailableForChange(handle=handle)
    if now + timeout_s > lease.received_at + VISIBILITY_TIMEOUT_S_MAX:
        reason = f"Total VisibilityTimeout for the message is beyond the limit [{VISIBILITY_TIMEOUT_S_MAX} seconds]"
        raise errors.InvalidValue(value=timeout_s, name="VisibilityTimeout", reason=reason)
    visible_at = now + timeout_s
    messages.set_visible_at(tx, receipt.id, visible_at)
    if queue.is_fifo:
        return _release(tx, queue, lease.group_id, now)
    if visible_at <= now:
        tx.signal(queue.topic)
    return visible_at


def _release(tx: Transaction, queue: Queue, group_id: str, now: Instant) -> Instant:
    """Says when the group is to be had, now that one of its messages has changed; signals where that is now."""
    available_at = fifo.refresh(tx, queue, group_id, now)
    if available_at is not None and available_at <= now:
        tx.signal(queue.topic)
    return now if available_at is None else available_at
