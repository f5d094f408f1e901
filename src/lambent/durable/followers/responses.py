"""What a function's answer means for the records of its batch, where the mapping reports batch item failures.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
"""

from collections.abc import Collection

import msgspec

FAILURES = "batchItemFailures"
IDENTIFIER = "itemIdentifier"

_decode = msgspec.json.Decoder().decode


def failed_ids(payload: bytes, ids: Collection[str]) -> Collection[str]:
    """Which of a batch's ``ids`` have failed: none, those that the answer names, or all where it cannot be understood."""
    try:
        answer = _decode(payload) if payload else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ids
    if answer in (None, ""):
        return ()
    if not isinstance(answer, dict):
        return ids
    failures = answer.get(FAILURES)
    if failures is None:
        return ()
    if not isinstance(failures, list):
        return ids
    known, named = frozenset(ids), set()
    for failure in failures:
        identifier = failure.get(IDENTIFIER) if isinstance(failure, dict) else None
        if not isinstance(identifier, str) or identifier not in known:
            return ids
        named.add(identifier)
    return named
