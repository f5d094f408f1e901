"""SendMessage and SendMessageBatch."""

from collections.abc import Mapping, Sequence
from typing import Any

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.sqs import errors
from lambent.services.sqs.engine import drafts, sending
from lambent.services.sqs.engine.drafts import Draft
from lambent.services.sqs.engine.queue import MESSAGE_BYTES_MAX, Queue
from lambent.services.sqs.engine.sending import Sent, told_sequence
from lambent.services.sqs.operations import batches
from lambent.services.sqs.operations.base import TRIES_MAX, Base

ENTRY = "SendMessageBatchRequestEntry"
EXPIRED_EVERY_SENDS = 500  # fewer than are removed at a time, so that a queue that nobody reads stops growing


class SendingOperations(Base):
    async def send_message(self, context: Context, parameters: Parameters) -> Reply:
        queue = await self.queue_of(context, parameters, "SendMessage")
        draft = drafts.draft(parameters, queue)
        (sent,) = await self._send(context, parameters, queue, [draft])
        return _told(draft, sent)

    async def send_message_batch(self, context: Context, parameters: Parameters) -> Reply:
        queue = await self.queue_of(context, parameters, "SendMessage")
        entries: list[Mapping[str, Any]] = parameters["Entries"]
        batches.check(entries, ENTRY)
        accepted, failed = _drafts(entries, queue)
        size = sum(draft.size for _, draft in accepted)
        if size > MESSAGE_BYTES_MAX:
            raise errors.BatchRequestTooLong(bytes_max=MESSAGE_BYTES_MAX, bytes=size)
        sent = await self._send(context, parameters, queue, [draft for _, draft in accepted]) if accepted else []
        successful = [{"Id": id_, **_told(draft, each)} for (id_, draft), each in zip(accepted, sent, strict=True)]
        return batches.reply(successful, failed)

    async def _send(self, context: Context, parameters: Parameters, queue: Queue, new: Sequence[Draft]) -> list[Sent]:
        sender_id = await self.sender_id(context)
        for _ in range(TRIES_MAX):
            try:
                return await self._send_to(queue, new, sender_id)
            except sending.BacklogEnded:  # purged, or deleted, since the queue was read
                self.known.forget(queue.key)
                queue = await self.queue_of(context, parameters, "SendMessage")
        raise errors.QueueDoesNotExist()

    async def _send_to(self, queue: Queue, new: Sequence[Draft], sender_id: str) -> list[Sent]:
        now = self.now()
        if not queue.is_fifo and any(draft.group_id for draft in new):
            self.is_fair(queue.backlog_id)
        sent = await self.store.write(sending.send, queue, new, sender_id=sender_id, now=now)
        for draft in new:
            if draft.delay_s or queue.delay_s:
                self.alarms.sooner(queue, sending.visible_at(queue, draft, now))
        self.sends += len(new)
        if self.sends >= EXPIRED_EVERY_SENDS:
            self.sends = 0
            await self.store.write(sending.expire, queue, now)
        return sent


def _drafts(entries: Sequence[Mapping[str, Any]], queue: Queue) -> tuple[list[tuple[str, Draft]], list[dict[str, Any]]]:
    """Those that may be sent, with their ids, and what is told of the others. A FIFO queue takes all or none."""
    accepted: list[tuple[str, Draft]] = []
    failed: list[dict[str, Any]] = []
    for entry in entries:
        try:
            accepted.append((entry["Id"], drafts.draft(entry, queue, is_in_batch=True)))
        except errors.SqsError as error:
            if queue.is_fifo:
                raise
            failed.append(batches.failure(entry["Id"], error))
    return accepted, failed


def _told(draft: Draft, sent: Sent) -> Reply:
    reply: Reply = {"MessageId": sent.message_id, "MD5OfMessageBody": draft.md5_of_body}
    if draft.md5_of_attributes is not None:
        reply["MD5OfMessageAttributes"] = draft.md5_of_attributes
    if draft.md5_of_system_attributes is not None:
        reply["MD5OfMessageSystemAttributes"] = draft.md5_of_system_attributes
    if sent.sequence:
        reply["SequenceNumber"] = told_sequence(sent.sequence)
    return reply
