"""The contract of followers with those for whom they follow: who is given records, where it is written how far they came."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.durable.followers.progress import Progress
from lambent.durable.followers.stream_records import Entry
from lambent.store.database import Transaction

PROBLEM = "PROBLEM: "
"""Begins what a follower says of why nothing is handled, in the words in which lambda tells it."""
OK, FAILED = "OK", "PROBLEM: Function call failed"
"""What came of a batch, in the words in which lambda tells it."""
PLATFORM_FAILED = "PROBLEM: The platform failed to follow the source."

Post = Callable[[Transaction], None]
"""Writes what is to be told of records, in the transaction that gives them up."""


class Batch(Struct, frozen=True):
    """Records that are handled together: the JSON of each, and how a report of failures names it.

    ``members``: what an event says besides, of a tumbling window.
    """

    texts: Sequence[bytes]
    ids: Sequence[str]
    members: bytes = b""


class Handled(Struct, frozen=True):
    """What came of a batch. ``failed`` has the places of the records that were not handled: all where nothing was.

    ``error`` and ``version`` are what is told of a batch that is given up; ``state`` is that of a tumbling window.
    """

    failed: Collection[int] = ()
    request_id: str = ""
    version: str | None = None
    error: str | None = None
    state: str | None = None


class Handler(Protocol):
    """Who handles records now, as it was when it was found."""

    @property
    def role_arn(self) -> str:
        """In whose name records are read."""
        ...

    @property
    def timeout_s(self) -> int:
        """How long a batch may take."""
        ...

    async def ready(self) -> None:
        """Raises the ServiceError that keeps it from handling anything."""
        ...

    def claim(self, tell: Callable[[], None]) -> bool:
        """Keeps room for one batch. False where there is none; then ``tell`` is called when there may be."""
        ...

    def unclaim(self) -> None:
        """Right before the batch is handled, or where there is none."""
        ...

    async def handle(self, batch: Batch) -> Handled:
        """Raises the ServiceError that kept the batch from being tried at all."""
        ...


class Failure(Struct, frozen=True):
    """Why records were given up. ``version`` is that which ran last, None where an attempt tells nothing.

    ``function_error`` is None where the consumer itself named a record that it could not handle.
    """

    condition: str
    invokes: int
    request_id: str
    at: Instant
    version: str | None = None
    function_error: str | None = None


class Consumer(Protocol):
    """For whom a source is followed."""

    async def find(self) -> Handler:
        """Raises the ServiceError that says why there is none."""
        ...

    async def posts_of(
        self, shard_id: str, entries: Sequence[Entry], failure: Failure, handler: Handler | None
    ) -> Sequence[Post]:
        """What is told of a stream's records that are given up. ``handler``: that which failed last, if any has."""
        ...


Starts = Sequence[tuple[str, Progress]]
"""Shards, and where reading them begins."""


class Places(Protocol):
    """How far a stream was followed: rows of the service for which it is."""

    def load(self, tx: Transaction) -> Mapping[str, Progress]: ...

    def add(self, tx: Transaction, starts: Starts) -> None:
        """What is known of a shard already stays."""
        ...

    def delete(self, tx: Transaction, shard_ids: Sequence[str]) -> None: ...

    def save(self, tx: Transaction, shard_id: str, progress: Progress, result: str) -> bool:
        """``result`` is empty where it is what it was. False where the follower's row is no more."""
        ...
