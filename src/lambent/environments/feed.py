"""How events reach the process of one environment: over its socket or, where others are to lie behind them, a queue."""

from collections import deque
from collections.abc import Callable
from typing import Any

from lambent.core import clock
from lambent.core.ports import EnvironmentSpec, Invocation
from lambent.environments.event_queue import AHEAD_MAX, EventQueue
from lambent.environments.inside import frames
from lambent.environments.process import RuntimeProcess
from lambent.environments.turns import Turn, Turns


class Feed:
    """Of one environment. ``shift_s`` tells how far ahead of the machine's its account's time is.

    ``is_steered``: somebody stands before its events and decides when each begins; then none lies ahead.
    """

    def __init__(self, spec: EnvironmentSpec, shift_s: Callable[[], float], *, is_steered: bool) -> None:
        self.turns: Turns[Any] | None = None  # of those that may lie ahead
        self.ahead: deque[Turn[Any]] = deque()  # whose events lie there, the next first
        self.turn: Turn[Any] = Turn()  # of the event under way
        self.is_queued = False  # it came through the queue
        self.process: RuntimeProcess | None = None
        self._spec = spec
        self._shift_s = shift_s
        self._is_steered = is_steered
        self._takes_ahead = False
        self._is_closing = False

    @property
    def is_unbegun(self) -> bool:
        """Of an event that came through the queue, when its process has ended: whether that never saw it."""
        return self.is_queued and not self.turn.frame

    @property
    def is_awaited(self) -> bool:
        """Whether the answer to an event that came through the queue is still to come."""
        return self.is_queued and bool(self.turn.frame)

    def has_answered(self) -> bool:
        return self.process is not None and self.process.has_frame()

    def begin(self, turn: Turn[Any]) -> None:
        self.turn, self.is_queued = turn, False

    def end(self) -> None:
        """The event is over: what lies ahead is begun, and nothing more is put there before that is known."""
        self._takes_ahead = False

    async def give(self, invocation: Invocation, left_s: float, shift_s: float, *, takes_pieces: bool) -> None:
        """Sends the event, unless it lies there already."""
        process = self.process
        assert process is not None, "INIT comes first"
        self.is_queued = bool(self.turn.frame)
        is_sought = self.turns is not None and self.turns.is_sought
        if not self.is_queued and is_sought and self._may_queue(self.turn, shift_s):
            if process.queue is None:
                process.open_queue(self._spec.memory_mb)
            elif process.has_queue:
                self.is_queued = self._put(self.turn, left_s)
        if not self.is_queued:
            deadline_ms = int((clock.wall_s() + shift_s + left_s) * 1000)  # in the time that the function sees
            fields = _fields(invocation, shift_s, takes_pieces=takes_pieces)
            await process.send(frames.pack_invoke(deadline_ms, fields, invocation.payload))
            return
        if not self.turn.is_given:
            self.turn.is_given = True
            process.begin_queued()
        self._takes_ahead = process.is_alive and not self._is_closing
        if self.turns is not None:
            self.turns.look_ahead()
        if not self.ahead:
            process.watch_pipe()  # nobody looks after it meanwhile, as they do while others wait behind it

    def offer(self, turn: Turn[Any]) -> bool:
        """Puts a further event there, to be begun after those before it, unless there is no room or none may lie there now."""
        if not self._takes_ahead or len(self.ahead) >= AHEAD_MAX or not self._may_queue(turn, self._shift_s()):
            return False
        is_put = self._put(turn, self._spec.timeout_s)
        if is_put:
            self.ahead.append(turn)
        return is_put

    def take_back(self) -> list[Turn[Any]]:
        """Those of ``ahead`` that have not been begun, which lie there no longer.

        None where a process that lives has not begun the event itself: while that was read another could be begun in its place.
        """
        self._takes_ahead = False
        queue = self.process.queue if self.process is not None else None
        if self.process is None or queue is None:
            return []
        self.process.watch_pipe()
        if self.process.is_alive and self.turn.frame and queue.next() == self.turn.frame:
            return []
        return self._drained(queue)

    def give_back(self) -> None:
        """As ``take_back``, and they wait as they did before."""
        if self.turns is not None and (self.ahead or self.turn.frame):
            self.turns.back(self.take_back())

    def let_go(self) -> None:
        """The process is about to be killed whatever it does: it begins nothing more, and what it has begun is lost with it."""
        process, self.process = self.process, None
        self._takes_ahead = False
        if process is not None and process.queue is not None:
            taken = self._drained(process.queue)
            if self.turns is not None:
                self.turns.back(taken)
        self.turn.frame, self.turn.is_given = b"", False
        for turn in self.ahead:
            turn.is_lost = True

    def close(self) -> None:
        """Nothing more is put there."""
        self._is_closing, self._takes_ahead = True, False

    def _drained(self, queue: EventQueue) -> list[Turn[Any]]:
        found = queue.take_back()
        if self.turn.frame in found:
            self.turn.frame = b""
        taken = [turn for turn in self.ahead if turn.frame in found]
        for turn in taken:
            self.ahead.remove(turn)
        return taken

    def rest(self) -> None:
        """Nothing is under way and nothing lies ahead."""
        if self.is_queued and self.process is not None:
            self.process.end_queued()

    def _may_queue(self, turn: Turn[Any], shift_s: float) -> bool:
        return turn.invocation is not None and not shift_s and not self._is_steered

    def _put(self, turn: Turn[Any], left_s: float) -> bool:
        queue = self.process.queue if self.process is not None else None
        if queue is None or turn.invocation is None or len(turn.invocation.payload) > frames.QUEUED_BYTES_MAX:
            return False
        fields = _fields(turn.invocation, 0.0, takes_pieces=False)
        frame = frames.pack_invoke(int(left_s * 1000), fields, turn.invocation.payload, frames.QUEUED)
        if len(frame) > frames.QUEUED_BYTES_MAX or not queue.put(frame):
            return False
        turn.frame = frame
        return True


def _fields(invocation: Invocation, shift_s: float, *, takes_pieces: bool) -> list[str]:
    """As ``frames.pack_invoke`` has them."""
    return [
        invocation.request_id,
        invocation.invoked_function_arn,
        invocation.trace_id,
        "",  # the tenant's id
        repr(shift_s) if shift_s else "",
        "1" if takes_pieces else "",
        invocation.client_context,
    ]
