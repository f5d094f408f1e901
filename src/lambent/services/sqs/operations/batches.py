"""What batches have in common: their entries have ids of their own, and each of them succeeds or fails by itself."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lambent.core.ports import Reply
from lambent.services.sqs import errors

ENTRIES_MAX = 10

_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
_CODES = {
    "InvalidParameterValueException": "InvalidParameterValue",
    "MissingRequiredParameterException": "MissingParameter",
}
"""The codes that entries tell: those of the query protocol, in both."""


def check(entries: Sequence[Mapping[str, Any]], entry_name: str) -> None:
    """Raises what is wrong with a batch as a whole."""
    if not entries:
        raise errors.EmptyBatchRequest(entry=entry_name)
    if len(entries) > ENTRIES_MAX:
        raise errors.TooManyEntriesInBatchRequest(count_max=ENTRIES_MAX, count=len(entries))
    seen: set[str] = set()
    for entry in entries:
        id_ = entry["Id"]
        if not _ID.fullmatch(id_):
            raise errors.InvalidBatchEntryId()
        if id_ in seen:
            raise errors.BatchEntryIdsNotDistinct(id=id_)
        seen.add(id_)


def reply(successful: list[dict[str, Any]], failed: list[dict[str, Any]]) -> Reply:
    """Old clients expect a list to be left out that has nothing in it, and new ones bear it."""
    told: Reply = {}
    if successful or not failed:
        told["Successful"] = successful
    if failed:
        told["Failed"] = failed
    return told


def failure(id_: str, error: errors.SqsError) -> dict[str, Any]:
    return {
        "Id": id_,
        "SenderFault": error.is_senders_fault,
        "Code": _CODES.get(error.code, error.code),
        "Message": error.message,
    }
