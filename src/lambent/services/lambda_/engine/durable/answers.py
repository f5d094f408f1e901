"""What an invocation of a durable function has answered, and what is told to who waits for the execution. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from lambent.core.ports import Outcome
from lambent.services.lambda_.engine import limits
from lambent.services.lambda_.engine.durable import operations
from lambent.services.lambda_.engine.durable.operations import ErrorObject, Operation

SUCCEEDED, FAILED, PENDING = "SUCCEEDED", "FAILED", "PENDING"
CRASHED, INVALID = "CRASHED", "INVALID"
_STATUSES = (SUCCEEDED, FAILED, PENDING)
_TO_FUNCTION_ERROR = {
    "ErrorMessage": "errorMessage",
    "ErrorType": "errorType",
    "ErrorData": "errorData",
    "StackTrace": "stackTrace",
}

_decode = msgspec.json.Decoder().decode
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Answer(Struct, frozen=True):
    """``kind``: what the function said, CRASHED where it failed itself, INVALID where nobody can understand it."""

    kind: str
    result: str | None = None
    error: dict[str, Any] | None = None


def read(outcome: Outcome) -> Answer:
    try:
        told = _decode(outcome.payload)
    except _UNREADABLE:
        told = None
    if outcome.function_error is not None:
        return Answer(CRASHED, error=error_of(told))
    if not isinstance(told, Mapping) or told.get("Status") not in _STATUSES:
        return _invalid("Invalid Status in invocation output.")
    status, result, error = told["Status"], told.get("Result"), told.get("Error")
    if result is not None and not isinstance(result, str):
        return _invalid("Invalid Result in invocation output.")
    if error is not None and not isinstance(error, Mapping):
        return _invalid("Invalid Error in invocation output.")
    if status == SUCCEEDED and error is not None:
        return _invalid("Cannot provide an Error for SUCCEEDED status.")
    if status == FAILED and result is not None:
        return _invalid("Cannot provide a Result for FAILED status.")
    return Answer(status, result, None if error is None else _known(error))


def too_large(result: str | None, *, is_async: bool) -> dict[str, Any] | None:
    """The error that a result is which is longer than its caller may be told, or None."""
    bytes_max = limits.EVENT_PAYLOAD_BYTES_MAX if is_async else limits.PAYLOAD_BYTES_MAX
    if result is None or len(result) * 4 <= bytes_max or len(result.encode()) <= bytes_max:
        return None
    message = f"Execution output payload size must be less than or equal to {bytes_max} bytes."
    return {"ErrorMessage": message, "ErrorType": "InvalidParameterValueException"}


def failure_of(payload: bytes) -> dict[str, Any]:
    """The same of the bytes that a function has answered with."""
    try:
        return error_of(_decode(payload))
    except _UNREADABLE:
        return {"ErrorMessage": payload.decode("utf-8", "replace")}


def error_of(told: object) -> dict[str, Any]:
    """AWS' ErrorObject of what a function that has failed answers: {"errorMessage": …, "errorType": …}."""
    if not isinstance(told, Mapping):
        return {"ErrorMessage": "" if told is None else str(told)}
    names = {theirs: ours for ours, theirs in _TO_FUNCTION_ERROR.items()}
    return _known({names[name]: value for name, value in told.items() if name in names})


def function_error(error: ErrorObject | None) -> bytes:
    """What a synchronous caller is told of an execution that has failed: as of a function that has."""
    known = error or {}
    return msgspec.json.encode({theirs: known.get(ours) for ours, theirs in _TO_FUNCTION_ERROR.items() if ours in known})


def event(arn: str, token: str, state: list[Operation], *, next_marker: str, updated_ids: list[str]) -> bytes:
    """What the function is invoked with."""
    return msgspec.json.encode(
        {
            "DurableExecutionArn": arn,
            "CheckpointToken": token,
            "InitialExecutionState": {
                "Operations": [operations.told(operation, operations.milliseconds) for operation in state],
                "NextMarker": next_marker,
            },
            "UpdatedOperationIds": updated_ids,
        }
    )


def retry_delay_s(failures: int) -> float:
    """How long after an invocation has crashed, or waited for nothing, the next one is made: longer each time."""
    return limits.DURABLE_RETRY_S_FIRST * 2.0 ** (failures - 1)


def _known(error: Mapping[str, Any]) -> dict[str, Any]:
    """Those members that AWS' ErrorObject has, and of its types: what else a function says would break whoever reads it."""
    known: dict[str, Any] = {
        name: value if isinstance(value, str) else msgspec.json.encode(value).decode()
        for name, value in error.items()
        if name in ("ErrorMessage", "ErrorType", "ErrorData") and value is not None
    }
    if isinstance(error.get("StackTrace"), list):
        known["StackTrace"] = [str(line) for line in error["StackTrace"]]
    return known


def _invalid(reason: str) -> Answer:
    return Answer(INVALID, error={"ErrorMessage": reason, "ErrorType": "InvalidParameterValueException"})
