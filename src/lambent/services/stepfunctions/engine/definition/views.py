"""What a state sees while a field of it is evaluated."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from lambent.core.clock import Instant
from lambent.lang.intrinsics import IntrinsicFailure, ValueNotFound
from lambent.lang.jsonata import JsonataFailure
from lambent.services.stepfunctions.engine import failures
from lambent.services.stepfunctions.engine.failures import StateFailed

_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class View:
    """``input`` is the state's raw input; ``document`` is what ``$`` means where that is something else.

    ``states`` are members of ``$states`` besides input and context: result, errorOutput.
    """

    state: str
    entered_id: int
    input: Any
    context: dict[str, Any]
    variables: dict[str, Any]
    now: Instant
    states: dict[str, Any] = field(default_factory=dict)
    document: Any = None

    def on(self, document: Any) -> "View":
        """The same with another ``$``."""
        return replace(self, document=document)

    def with_states(self, **members: Any) -> "View":
        return replace(self, states={**self.states, **members})

    def bindings(self) -> dict[str, Any]:
        """``$states``."""
        return {"input": self.input, "context": self.context, **self.states}

    def failed(self, error: str, reason: str, *, location: str | None = None) -> StateFailed:
        """With AWS' words for where it happened."""
        where = f"An error occurred while executing the state '{self.state}' (entered at the event id #{self.entered_id})."
        return StateFailed(error, f"{where} {reason}", location=location)

    def field_failed(self, field_name: str, failure: ValueNotFound | IntrinsicFailure) -> StateFailed:
        if isinstance(failure, IntrinsicFailure):
            return self.failed(failures.INTRINSIC_FAILURE, failure.reason)
        return self.failed(
            failures.RUNTIME,
            f"The JSONPath '{failure.text}' specified for the field '{field_name}' could not be found in the input "
            f"'{text_of(failure.document)}'",
        )

    def path_failed(self, failure: ValueNotFound) -> StateFailed:
        return self.failed(failures.RUNTIME, f"Invalid path '{failure.text}' : {failure.reason}")

    def query_failed(self, failure: JsonataFailure) -> StateFailed:
        return self.failed(failures.QUERY_EVALUATION_ERROR, failure.sentence, location=failure.field)


def json_of(value: Any) -> bytes:
    """As compact as AWS writes it."""
    try:
        return _encode(value)
    except (TypeError, OverflowError, UnicodeEncodeError, msgspec.MsgspecError):
        # Whole numbers longer than 64 bits and halves of characters, neither of which msgspec writes.
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def text_of(value: Any) -> str:
    return json_of(value).decode()


def value_of(text: bytes | str) -> Any:
    """The value of JSON that has been checked before."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return json.loads(text, parse_int=_whole)


def _whole(digits: str) -> int | float:
    """Of more digits than can be read it is a number without end, as one with a large exponent."""
    try:
        return int(digits)
    except ValueError:
        return float(digits)
