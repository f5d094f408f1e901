"""What the interpreter keeps of an execution: frames, fans, and where they are kept."""

from dataclasses import dataclass, field
from typing import Protocol

from msgspec import Struct

ROOT = 0
NOBODY = -1  # the parent of the root

PENDING = "pending"  # an iteration that waits for its turn
READY = "ready"  # about to enter its state
CALL = "call"  # a call is made
ASKED = "token"  # somebody else is to tell the outcome
RETRY = "retry"
WAIT = "wait"
FAN = "fan"  # frames below work for it
DONE = "done"  # ``data`` is its output
FAILED = "failed"

OPEN = frozenset({READY, CALL, ASKED, RETRY, WAIT, FAN})

TIMEOUT, HEARTBEAT, DELAY = "timeout", "heartbeat", "delay"
"""What timers are for."""


@dataclass(slots=True)
class Frame:
    """One place where an execution is: the machine itself, a branch or an iteration.

    ``data`` is the JSON of the input of the state. ``entered_id`` is 0 where it is yet to be entered. ``last_id`` is the event
    that precedes the next one here. ``retries`` counts, for each Retry of the state. ``item`` is what ``$$.Map.Item`` says,
    ``variables`` are those set here, both as JSON, or empty. ``attempt`` names what the frame waits for, ``secret`` proves a
    task token, ``timers`` are those that run for it.
    """

    id: int
    parent: int
    index: int
    machine: int
    state: str
    phase: str = READY
    attempt: int = 0
    entered_id: int = 0
    last_id: int = 0
    entered_at: float = 0.0
    retries: list[int] = field(default_factory=list)
    secret: str = ""
    heartbeat_s: float = 0.0
    timers: tuple[str, ...] = ()
    variables: bytes = b""
    item: bytes = b""
    data: bytes = b""

    @property
    def is_open(self) -> bool:
        return self.phase in OPEN


@dataclass(slots=True)
class Fan:
    """How far a Parallel or a Map has come. Its children's ids begin at ``first_child``; ``next`` is the first not begun."""

    frame: int
    first_child: int
    total: int
    next: int
    done: int
    started_id: int
    concurrency: int


class MapRunLeft(Struct, frozen=True):
    """A map run that has failed or was stopped. ``redrive_count``: how often it was redriven already."""

    arn: str
    redrive_count: int


class Space(Protocol):
    """Where frames and fans of one execution are kept. What is changed of them has to be saved."""

    def input(self) -> str:
        """The execution's, as JSON."""
        ...

    def frame(self, frame_id: int) -> Frame | None: ...

    def frames_from(self, first: int, count_max: int) -> list[Frame]:
        """Those with ids from ``first`` on, in order."""
        ...

    def fan(self, frame_id: int) -> Fan | None: ...

    def save(self, *, added: list[Frame], changed: list[Frame], fans: list[Fan]) -> None: ...

    def next_frame_id(self) -> int:
        """Larger than any in use."""
        ...

    def outputs(self, parent: int) -> list[bytes]:
        """Of the children that are done, in order."""
        ...

    def open_children(self, parent: int) -> list[Frame]: ...

    def unfinished_children(self, parent: int) -> list[Frame]: ...

    def drop_below(self, parent: int) -> None:
        """Forgets the children, what is below them, and the fan."""
        ...

    def map_run_to_redrive(self, frame: Frame) -> MapRunLeft | None:
        """The unsuccessful map run of the state in which the frame is."""
        ...


class MemorySpace:
    """A dictionary: for express executions, and tests."""

    def __init__(self, input_text: str) -> None:
        self._input = input_text
        self.frames: dict[int, Frame] = {}
        self.fans: dict[int, Fan] = {}

    def input(self) -> str:
        return self._input

    def frame(self, frame_id: int) -> Frame | None:
        return self.frames.get(frame_id)

    def frames_from(self, first: int, count_max: int) -> list[Frame]:
        return [self.frames[frame_id] for frame_id in range(first, first + count_max) if frame_id in self.frames]

    def fan(self, frame_id: int) -> Fan | None:
        return self.fans.get(frame_id)

    def save(self, *, added: list[Frame], changed: list[Frame], fans: list[Fan]) -> None:
        self.frames |= {frame.id: frame for frame in [*added, *changed]}
        self.fans |= {fan.frame: fan for fan in fans}

    def next_frame_id(self) -> int:
        return max(self.frames, default=ROOT) + 1

    def outputs(self, parent: int) -> list[bytes]:
        return [frame.data for frame in self._children(parent) if frame.phase == DONE]

    def open_children(self, parent: int) -> list[Frame]:
        return [frame for frame in self._children(parent) if frame.is_open]

    def unfinished_children(self, parent: int) -> list[Frame]:
        return [frame for frame in self._children(parent) if frame.phase != DONE]

    def drop_below(self, parent: int) -> None:
        self.fans.pop(parent, None)
        for child in self._children(parent):
            self.drop_below(child.id)
            del self.frames[child.id]

    def map_run_to_redrive(self, frame: Frame) -> MapRunLeft | None:  # noqa: ARG002 - express executions have none
        return None

    def _children(self, parent: int) -> list[Frame]:
        return sorted((f for f in self.frames.values() if f.parent == parent), key=lambda frame: frame.index)
