"""Tumbling windows: state that a function hands on from batch to batch, until the window is over.

Windows begin at multiples of their length, and a record is in the window in which it came into the stream.
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
"""

from datetime import UTC, datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from lambent.core.clock import Instant
from lambent.durable.followers.pieces import Piece

STATE_BYTES_MAX = 1_000_000
NO_STATE = "{}"
NOT_TRIED = Piece("")


class Window(Struct, frozen=True):
    """An open window of one shard. ``state`` is JSON as the function returned it.

    ``is_terminated``: its state has grown too large, and it ends early. ``final`` counts the attempts of the invocation that
    ends it.
    """

    start: Instant
    length_s: int
    state: str = NO_STATE
    is_terminated: bool = False
    final: Piece = NOT_TRIED

    @property
    def end(self) -> Instant:
        return self.start + self.length_s

    def holds(self, arrived_at: Instant) -> bool:
        return self.start <= arrived_at < self.end

    def after(self, state: str) -> "Window":
        """With what the function returned."""
        return replace(self, state=state, is_terminated=len(state.encode()) > STATE_BYTES_MAX)


class _Answer(msgspec.Struct):
    state: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_decoder = msgspec.json.Decoder(_Answer)


def of(arrived_at: Instant, length_s: int) -> Window:
    """The window of a record."""
    return Window(arrived_at // length_s * length_s, length_s)


def returned_state(payload: bytes) -> str | None:
    """The state in a function's answer, or None where there is none: then the invocation has failed."""
    try:
        state = _decoder.decode(payload).state
        return None if isinstance(state, msgspec.UnsetType) else bytes(state).decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def members(window: Window, *, shard_id: str, source_arn: str, is_final: bool) -> bytes:
    """What an event says of its window, to be put behind its records."""
    told = {
        "window": {"start": _seconds(window.start), "end": _seconds(window.end)},
        "state": msgspec.Raw(window.state.encode()),
        "shardId": shard_id,
        "eventSourceARN": source_arn,
        "isFinalInvokeForWindow": is_final,
        "isWindowTerminatedEarly": is_final and window.is_terminated,
    }
    return msgspec.json.encode(told)[1:-1]


def _seconds(instant: Instant) -> str:
    return datetime.fromtimestamp(instant, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
