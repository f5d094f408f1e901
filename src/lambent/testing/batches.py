"""Batches of which some entries fail: what is asked of the service without them, and the answer put together again."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from lambent.core.errors import ServiceError
from lambent.core.ports import Parameters, Reply


class Batch(Struct, frozen=True):
    """How an operation takes entries. It answers each at its place and counts failures, or lists failures by their ids."""

    entries: str
    failures_counted_in: str = ""


BATCHES: Mapping[tuple[str, str], Batch] = {
    ("kinesis", "PutRecords"): Batch("Records", "FailedRecordCount"),
    ("events", "PutEvents"): Batch("Entries", "FailedEntryCount"),
    ("sqs", "SendMessageBatch"): Batch("Entries"),
    ("sqs", "DeleteMessageBatch"): Batch("Entries"),
    ("sqs", "ChangeMessageVisibilityBatch"): Batch("Entries"),
    ("sns", "PublishBatch"): Batch("PublishBatchRequestEntries"),
}


async def answer(
    service: str,
    operation: str,
    parameters: Parameters,
    failing: Mapping[int, ServiceError],
    proceed: Callable[..., Awaitable[Reply]],
) -> Reply:
    """Has the operation do the entries that do not fail; the service sees no others."""
    batch = BATCHES[service, operation]
    given: list[Any] = parameters[batch.entries]
    failing = {at: error for at, error in failing.items() if at < len(given)}
    if not failing:
        return await proceed()
    kept = [entry for at, entry in enumerate(given) if at not in failing]
    reply = await proceed({**parameters, batch.entries: kept}) if kept else {}
    if batch.failures_counted_in:
        answers = iter(reply.get(batch.entries, ()))
        count = reply.get(batch.failures_counted_in, 0) + len(failing)
        return {**reply, batch.failures_counted_in: count, batch.entries: list(_in_place(len(given), failing, answers))}
    failed = [_by_id(given[at], error) for at, error in failing.items()]
    return {"Successful": [], **reply, "Failed": [*reply.get("Failed", ()), *failed]}


def _in_place(count: int, failing: Mapping[int, ServiceError], answers: Iterator[Any]) -> Iterator[Any]:
    for at in range(count):
        error = failing.get(at)
        yield next(answers) if error is None else {"ErrorCode": error.code, "ErrorMessage": error.message}


def _by_id(entry: Mapping[str, Any], error: ServiceError) -> dict[str, Any]:
    return {"Id": entry["Id"], "SenderFault": error.is_senders_fault, "Code": error.code, "Message": error.message}
