"""One transition under way: the frames that it has touched, and what is to come of it."""

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.core.errors import Defect, LambentError
from lambent.services.stepfunctions.engine import failures
from lambent.services.stepfunctions.engine.definition.states import Definition, State
from lambent.services.stepfunctions.engine.definition.views import View, json_of, value_of
from lambent.services.stepfunctions.engine.failures import PAYLOAD_BYTES_MAX, Failure, StateFailed
from lambent.services.stepfunctions.engine.interpreter.frames import NOBODY, ROOT, Fan, Frame, Space

ENTER, RESUME, FINISH, ENDED, FAIL, BROKEN = "enter", "resume", "finish", "ended", "fail", "broken"

EVENTS_MAX = 25_000
"""Of one execution; the last is that of its end, be there room for what it would have done or not."""

VARIABLES_BYTES_MAX = 10 * 1024 * 1024
"""Of all variables that a state of an execution sees."""

VARIABLES_TOO_LARGE = (
    "The state '{state}' assigned variables [{names}] with a size exceeding the maximum number of bytes service limit."
)
ALL_VARIABLES_TOO_LARGE = (
    "The state '{state}' assigned variables with which the size of all exceeds the maximum number of bytes service limit."
)

LAST_EVENTS = frozenset({"ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"})

SUCCEEDED, FAILED, TIMED_OUT, ABORTED = "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"


class HistoryIsFull(LambentError):
    """An event would take the place of the last one. The execution fails."""


class Facts(Struct, frozen=True):
    """What does not change while an execution runs. ``started_at`` and ``redriven_at`` as the context object tells them."""

    arn: str
    name: str
    machine_arn: str
    machine_name: str
    role_arn: str
    region: str
    started_at: Instant
    machine: int = 0  # the number of what it runs
    redrive_count: int = 0
    redriven_at: Instant | None = None
    is_doomed: bool = False  # its machine is being deleted: it enters no further state


class Event(Struct, frozen=True):
    """One of the history. ``details`` are those of its type, without what says that they are not truncated."""

    id: int
    type: str
    previous_id: int
    details: dict[str, Any]


class Call(Struct, frozen=True):
    """A call to make in the name of a role: the machine's, or another (``Credentials``), in whose account it is then made.

    ``parameters`` is JSON; ``token`` is there where the outcome is told by whoever has it.
    """

    lane: str
    frame: int
    attempt: int
    resource: str
    parameters: bytes
    role_arn: str
    machine_arn: str
    token: str
    has_own_role: bool = False


class MapRunWanted(Struct, frozen=True):
    """A map run to begin, whose items have been read. ``limits``: concurrency, tolerated count and percentage.

    ``writes_to`` is what the ResultWriter's parameters come to, or None; ``writes_as`` its transformation and output type.
    """

    frame: int
    attempt: int
    uuid: str
    label: str
    processor: int
    is_express: bool
    total: int
    limits: tuple[int, int, float]
    writes_to: Any
    writes_as: tuple[str, str]


class MapRunRedriven(Struct, frozen=True):
    """The newest map run of a frame goes on, for another attempt."""

    frame: int
    attempt: int


class Alarm(Struct, frozen=True):
    frame: int
    attempt: int
    kind: str
    due_at: Instant


class End(Struct, frozen=True):
    status: str
    output: str | None = None
    failure: Failure | None = None


Work = tuple[str, Frame, Any]


@dataclass(slots=True)
class Run:
    """``token_of(frame, attempt, secret)`` spells a task token."""

    facts: Facts
    definition: Definition
    space: Space
    last_event_id: int
    now: Instant
    scope_id: str  # goes into task tokens: which execution
    look_ahead: int = 1  # how many children of a fan are worth reading at once
    has_history: bool = True  # else its events have no bound
    todo: deque[Work] = field(default_factory=deque)
    events: list[Event] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    map_runs: list[MapRunWanted] = field(default_factory=list)
    map_runs_redriven: list[MapRunRedriven] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    silenced: list[tuple[int, int, str]] = field(default_factory=list)  # timers that are wanted no longer
    recalled: list[int] = field(default_factory=list)  # frames whose calls are wanted no longer
    aborted: list[int] = field(default_factory=list)  # frames for which others work that are to stop
    unfinished: list[Frame] = field(default_factory=list)  # that have used up their steps
    end: End | None = None
    _frames: dict[int, Frame] = field(default_factory=dict)
    _fans: dict[int, Fan] = field(default_factory=dict)
    _added: dict[int, Frame] = field(default_factory=dict)
    _changed: dict[int, Frame] = field(default_factory=dict)
    _changed_fans: dict[int, Fan] = field(default_factory=dict)
    _values: dict[int, tuple[bytes, Any]] = field(default_factory=dict)
    _input: Any = None
    _next_frame_id: int = 0

    # ---- work --------------------------------------------------------------------------------------------------------

    def enter(self, frame: Frame) -> None:
        self.todo.append((ENTER, frame, None))

    def resume(self, frame: Frame) -> None:
        """The work of a state that was entered long ago is to begin again."""
        self.todo.append((RESUME, frame, None))

    def finish(self, frame: Frame, result: Any) -> None:
        """The work of the frame's state has come to ``result``."""
        self.todo.append((FINISH, frame, result))

    def ended(self, frame: Frame) -> None:
        """The frame has left its last state."""
        self.todo.append((ENDED, frame, None))

    def fail(self, frame: Frame, failure: Failure) -> None:
        """The frame's state has failed: there may be a Retry or a Catch."""
        self.todo.append((FAIL, frame, failure))

    def broken(self, frame: Frame, failure: Failure) -> None:
        """Nothing in the frame helps any more."""
        self.todo.append((BROKEN, frame, failure))

    # ---- frames ------------------------------------------------------------------------------------------------------

    def find(self, frame_id: int) -> Frame | None:
        frame = self._frames.get(frame_id)
        if frame is None:
            frame = self.space.frame(frame_id)
            if frame is not None:
                self._frames[frame_id] = frame
        return frame

    def frame(self, frame_id: int) -> Frame:
        frame = self.find(frame_id)
        if frame is None:
            raise Defect(f"{self.facts.arn} has no frame {frame_id}")
        return frame

    def next_child(self, fan: Fan) -> Frame:
        """The first that has not begun, read with some of those that come after it."""
        frame_id = fan.first_child + fan.next
        if frame_id not in self._frames:
            for frame in self.space.frames_from(frame_id, min(self.look_ahead, fan.total - fan.next)):
                self._frames.setdefault(frame.id, frame)
        return self.frame(frame_id)

    def fan(self, frame: Frame) -> Fan:
        fan = self._fans.get(frame.id) or self.space.fan(frame.id)
        if fan is None:
            raise Defect(f"frame {frame.id} of {self.facts.arn} has no fan")
        self._fans[frame.id] = self._changed_fans[frame.id] = fan
        return fan

    def add_fan(self, fan: Fan) -> None:
        self._fans[fan.frame] = self._changed_fans[fan.frame] = fan

    def add(self, frame: Frame) -> None:
        self._frames[frame.id] = self._added[frame.id] = frame

    def touch(self, frame: Frame) -> None:
        """What is changed of the frame from here on is kept."""
        if frame.id not in self._added:
            self._changed[frame.id] = frame

    def new_frame_ids(self, count: int) -> int:
        """The first of so many."""
        if not self._next_frame_id:
            self._next_frame_id = self.space.next_frame_id()
        first, self._next_frame_id = self._next_frame_id, self._next_frame_id + count
        return first

    def flush(self) -> None:
        """Before the space is asked about children, and at the end."""
        self.space.save(
            added=list(self._added.values()), changed=list(self._changed.values()), fans=list(self._changed_fans.values())
        )
        for saved in (self._added, self._changed, self._changed_fans):
            saved.clear()

    def open_children(self, frame: Frame) -> list[Frame]:
        self.flush()
        return [self._frames.setdefault(child.id, child) for child in self.space.open_children(frame.id)]

    def unfinished_children(self, frame: Frame) -> list[Frame]:
        """All that are not done, also those that have failed or have not begun."""
        self.flush()
        return [self._frames.setdefault(child.id, child) for child in self.space.unfinished_children(frame.id)]

    def has_fan(self, frame: Frame) -> bool:
        return frame.id in self._fans or self.space.fan(frame.id) is not None

    def outputs(self, frame: Frame) -> list[bytes]:
        self.flush()
        return self.space.outputs(frame.id)

    def drop_below(self, frame: Frame) -> None:
        self.flush()
        self.space.drop_below(frame.id)
        self._fans.pop(frame.id, None)
        for child in [each for each in self._frames.values() if each.parent == frame.id]:
            if child.id in self._fans:
                self.drop_below(child)
            self._frames.pop(child.id, None)

    # ---- what a frame sees -------------------------------------------------------------------------------------------

    def state(self, frame: Frame) -> State:
        return self.definition.machines[frame.machine].states[frame.state]

    def value(self, frame: Frame) -> Any:
        """Its data, decoded once."""
        known = self._values.get(frame.id)
        if known is not None and known[0] is frame.data:
            return known[1]
        value = value_of(frame.data)
        self._values[frame.id] = (frame.data, value)
        return value

    def set_value(self, frame: Frame, data: bytes, value: Any) -> None:
        frame.data = data
        self._values[frame.id] = (data, value)

    def view(self, frame: Frame, state: State, *, token: str = "") -> View:
        context = self._context(frame, state, token) if state.sees_context else {}
        return View(state.name, frame.entered_id, self.value(frame), context, self.variables(frame), self.now)

    def variables(self, frame: Frame) -> dict[str, Any]:
        """Those of the frame over those of the frames above it."""
        if frame.id == ROOT:
            return value_of(frame.variables) if frame.variables else {}
        outer = self.variables(self.frame(frame.parent))
        return {**outer, **value_of(frame.variables)} if frame.variables else outer

    def check_variables(self, frame: Frame, assigned: dict[str, Any], state: str) -> None:
        """Raises StateFailed where they are too large: together, or with all others that the frame sees."""
        added = json_of(assigned)
        if len(added) > PAYLOAD_BYTES_MAX:
            names = ", ".join(sorted(assigned))
            raise StateFailed(failures.DATA_LIMIT_EXCEEDED, VARIABLES_TOO_LARGE.format(names=names, state=state))
        above, size = frame, len(added)
        while True:
            size += len(above.variables)
            if above.id == ROOT:
                break
            above = self.frame(above.parent)
        if size > VARIABLES_BYTES_MAX and len(json_of({**self.variables(frame), **assigned})) > VARIABLES_BYTES_MAX:
            raise StateFailed(failures.DATA_LIMIT_EXCEEDED, ALL_VARIABLES_TOO_LARGE.format(state=state))

    def assign(self, frame: Frame, assigned: dict[str, Any]) -> None:
        own = value_of(frame.variables) if frame.variables else {}
        frame.variables = json_of({**own, **assigned})

    def _context(self, frame: Frame, state: State, token: str) -> dict[str, Any]:
        facts = self.facts
        if self._input is None:
            self._input = value_of(self.space.input())
        execution = {
            "Id": facts.arn,
            "Input": self._input,
            "StartTime": iso_ms(facts.started_at),
            "Name": facts.name,
            "RoleArn": facts.role_arn,
            "RedriveCount": facts.redrive_count,
        }
        if facts.redriven_at is not None:
            execution["RedriveTime"] = iso_ms(facts.redriven_at)
        told: dict[str, Any] = {
            "Execution": execution,
            "StateMachine": {"Id": facts.machine_arn, "Name": facts.machine_name},
            "State": {"Name": state.name, "EnteredTime": iso_ms(frame.entered_at), "RetryCount": sum(frame.retries)},
        }
        item = self._item(frame)
        if item:
            told["Map"] = {"Item": value_of(item)}
        if token:
            told["Task"] = {"Token": token}
        return told

    def _item(self, frame: Frame) -> bytes:
        while not frame.item and frame.parent != NOBODY:
            frame = self.frame(frame.parent)
        return frame.item

    # ---- what comes of it --------------------------------------------------------------------------------------------

    def event(self, frame: Frame, kind: str, details: dict[str, Any] | None = None, *, previous_id: int | None = None) -> int:
        """Writes an event of a frame behind the one before it there. Raises HistoryIsFull."""
        if self.has_history and self.last_event_id >= EVENTS_MAX - 1 and kind not in LAST_EVENTS:
            raise HistoryIsFull(kind)
        self.last_event_id += 1
        previous = frame.last_id if previous_id is None else previous_id
        self.events.append(Event(self.last_event_id, kind, previous, details or {}))
        frame.last_id = self.last_event_id
        return self.last_event_id

    def wait_for(self, frame: Frame, phase: str) -> None:
        """The frame waits from here on; whatever it waited for before is out of date."""
        self.touch(frame)
        frame.phase = phase
        frame.attempt = self.last_event_id

    def set_alarm(self, frame: Frame, kind: str, due_at: Instant) -> None:
        self.touch(frame)  # what was touched before may have been saved meanwhile
        self.alarms.append(Alarm(frame.id, frame.attempt, kind, due_at))
        if kind not in frame.timers:
            frame.timers = (*frame.timers, kind)

    def silence(self, frame: Frame) -> None:
        """Nothing is to be waited for any more."""
        self.silenced += [(frame.id, frame.attempt, kind) for kind in frame.timers]
        if frame.timers and self.alarms:
            self.alarms = [alarm for alarm in self.alarms if (alarm.frame, alarm.attempt) != (frame.id, frame.attempt)]
        frame.timers = ()

    def recall(self, frame: Frame) -> None:
        """Nobody waits for what the frame has asked for, be it under way or only about to be."""
        self.recalled.append(frame.id)
        self.calls = [call for call in self.calls if call.frame != frame.id]
        self.map_runs = [wanted for wanted in self.map_runs if wanted.frame != frame.id]
        self.map_runs_redriven = [redriven for redriven in self.map_runs_redriven if redriven.frame != frame.id]
        self.unfinished = [waiting for waiting in self.unfinished if waiting.id != frame.id]

    def new_secret(self) -> str:
        return ids.hex_digits(32)


def iso_ms(moment: Instant) -> str:
    """2026-01-01T00:00:00.000Z"""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
