"""Batches: which records go into one invocation, and the event that they make.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching
"""

from collections import deque
from collections.abc import Iterable, Sequence

from msgspec import Struct

from lambent.core.clock import NEVER, Instant
from lambent.durable.followers.settings import EVENT_BYTES_MAX

_HEAD, _TAIL = b'{"Records":[', b"]}"
_FRAME_BYTES = len(_HEAD) + len(_TAIL) - 1  # without the comma that the first record does not need


class Entry(Struct, frozen=True):
    """A record on its way to the function. ``handle`` is how its source knows it, ``text`` its JSON.

    ``hidden_until`` is when its source gives it to others, where it was gathered in a window.
    """

    id: str
    handle: str
    text: bytes
    hidden_until: Instant = NEVER


class Gathered:
    """What was received and not yet invoked with, in order."""

    def __init__(self, *, bytes_max: int = EVENT_BYTES_MAX) -> None:
        self._entries: deque[Entry] = deque()
        self._bytes_max = bytes_max
        self._bytes = _FRAME_BYTES

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._entries.append(entry)
            self._bytes += len(entry.text) + 1

    def missing(self, count_max: int) -> int:
        """How many more a batch of ``count_max`` could take; 0 where there is more than one event can carry."""
        return 0 if self._bytes > self._bytes_max else max(0, count_max - len(self._entries))

    def take(self, count_max: int) -> Sequence[Entry]:
        """The next batch; one record makes one, however long it is."""
        taken: list[Entry] = []
        size = _FRAME_BYTES
        while self._entries and len(taken) < count_max:
            size += len(self._entries[0].text) + 1
            if taken and size > self._bytes_max:
                break
            taken.append(self._entries.popleft())
        self._bytes -= sum(len(entry.text) + 1 for entry in taken)
        return taken

    def clear(self) -> Sequence[Entry]:
        """Returns all that was left, and has nothing left."""
        left = list(self._entries)
        self._entries.clear()
        self._bytes = _FRAME_BYTES
        return left


def event(texts: Sequence[bytes], members: bytes = b"") -> bytes:
    """The payload of one invocation of a function. ``members``: what it is told besides its records."""
    tail = b"]," + members + b"}" if members else _TAIL
    return b"%b%b%b" % (_HEAD, b",".join(texts), tail)
