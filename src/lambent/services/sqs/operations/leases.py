"""DeleteMessage and ChangeMessageVisibility, alone and in batches."""

from collections.abc import Mapping
from typing import Any

from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.sqs import errors
from lambent.services.sqs.engine import leases
from lambent.services.sqs.engine.queue import Queue
from lambent.services.sqs.operations import batches
from lambent.services.sqs.operations.base import Base
from lambent.store.database import Transaction

Entries = list[Mapping[str, Any]]


class LeaseOperations(Base):
    async def delete_message(self, context: Context, parameters: Parameters) -> Reply:
        queue = await self.queue_of(context, parameters, "DeleteMessage")
        was_there = await self.store.write(leases.delete, queue, parameters["ReceiptHandle"], self.now())
        self._uncount(queue, int(was_there))
        return {}

    async def delete_message_batch(self, context: Context, parameters: Parameters) -> Reply:
        queue = await self.queue_of(context, parameters, "DeleteMessage")
        entries: Entries = parameters["Entries"]
        batches.check(entries, "DeleteMessageBatchRequestEntry")
        failed, count = await self.store.write(_delete_each, queue, entries, self.now())
        self._uncount(queue, count)
        return _reply(entries, failed)

    async def change_message_visibility(self, context: Context, parameters: Parameters) -> Reply:
        queue = await self.queue_of(context, parameters, "ChangeMessageVisibility")
        handle, timeout_s = parameters["ReceiptHandle"], parameters["VisibilityTimeout"]
        due_at = await self.store.write(leases.change_visibility, queue, handle, timeout_s, self.now())
        self.alarms.sooner(queue, due_at)
        return {}

    async def change_message_visibility_batch(self, context: Context, parameters: Parameters) -> Reply:
        queue = await self.queue_of(context, parameters, "ChangeMessageVisibility")
        entries: Entries = parameters["Entries"]
        batches.check(entries, "ChangeMessageVisibilityBatchRequestEntry")
        failed, due = await self.store.write(_change_each, queue, entries, self.now())
        for due_at in due:
            self.alarms.sooner(queue, due_at)
        return _reply(entries, failed)

    def _uncount(self, queue: Queue, count: int) -> None:
        if count and (in_flight := self.in_flight.get(queue.backlog_id)):
            self.in_flight[queue.backlog_id] = max(in_flight - count, 0)


def _delete_each(tx: Transaction, queue: Queue, entries: Entries, now: Instant) -> tuple[dict[str, errors.SqsError], int]:
    """What went wrong, by the entries' ids, and how many messages were deleted."""
    failed: dict[str, errors.SqsError] = {}
    count = 0
    for entry in entries:
        try:
            count += leases.delete(tx, queue, entry["ReceiptHandle"], now)
        except errors.SqsError as error:
            failed[entry["Id"]] = error
    return failed, count


def _change_each(
    tx: Transaction, queue: Queue, entries: Entries, now: Instant
) -> tuple[dict[str, errors.SqsError], list[Instant]]:
    """What went wrong, by the entries' ids, and when messages become visible. Each check stands before its change."""
    failed: dict[str, errors.SqsError] = {}
    due: list[Instant] = []
    for entry in entries:
        try:
            timeout_s = entry.get("VisibilityTimeout")
            if timeout_s is None:
                raise errors.MissingParameter(name="VisibilityTimeout")
            due.append(leases.change_visibility(tx, queue, entry["ReceiptHandle"], timeout_s, now))
        except errors.SqsError as error:
            failed[entry["Id"]] = error
    return failed, due


def _reply(entries: Entries, failed: Mapping[str, errors.SqsError]) -> Reply:
    successful = [{"Id": entry["Id"]} for entry in entries if entry["Id"] not in failed]
    return batches.reply(successful, [batches.failure(id_, error) for id_, error in failed.items()])
