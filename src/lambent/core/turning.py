"""Turning lines of time: from alarm to alarm in order, and everything settles in between."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable

from msgspec import Struct

from lambent.core import moments
from lambent.core.errors import LambentError
from lambent.core.log import Log
from lambent.core.moments import NEVER, Instant
from lambent.core.timeline import Alarm, Timeline
from lambent.core.work import Busy

QUIET_TURNS = 64
"""Turns of the event loop without any new work after which a virtual clock takes everything to have settled: more than the
longest chain of tasks that wake one another without touching the store."""

SETTLE_S_MAX = 1_000.0
"""Real seconds after which a turn goes on although something is still in flight: a function runs for 900 s at most."""

JUMPS_MAX = 10_000
SPAN_S_MAX = 400 * 86_400.0
"""How often, and how far, ``run_until_idle`` jumps before it says that something repeats for ever."""

FIRED_MAX = 10_000  # told of one turn; what is beyond is only counted

AUTO_GRACE_S = 0.05
"""How long an automatic clock lets a client, whose request was answered, think of its next one."""

log = Log("clock")


class Fired(Struct, frozen=True):
    """What fell due in a turn: ``kind`` is "<service>.<what>", ``key`` says which (an ARN, a request id)."""

    at: Instant
    kind: str
    key: str
    account: str
    region: str


class ClockRefusal(LambentError):
    """The clock cannot be turned so; ``advice`` is the next step."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(f"{message} {advice}")
        self.message = message
        self.advice = advice


class NeverIdle(ClockRefusal):
    """``run_until_idle`` came to its limit: something repeats for ever."""


class FiredList(list[Fired]):
    """The first ``FIRED_MAX``; ``total`` counts all."""

    total = 0


class Turner:
    """Turns the lines of one platform, one after another. ``moved`` is told of every line that was moved."""

    def __init__(self, busy: Busy, requests: Busy, moved: Callable[[Timeline], None]) -> None:
        self._busy = busy
        self._requests = requests
        self._moved = moved
        self._turning: asyncio.Lock | None = None
        self._fired: FiredList | None = None

    def note(self, fired: Fired) -> None:
        """Something fell due: whoever turns the clock now is told."""
        if self._fired is not None:
            self._fired.total += 1
            if len(self._fired) < FIRED_MAX:
                self._fired.append(fired)

    async def advance(self, line: Timeline, *, seconds: float = 0.0, to: Instant | None = None) -> FiredList:
        """By ``seconds``, or to the instant ``to``. Who goes to sleep again within the span is woken again.

        Turns asked for at once happen one after another. Raises ClockRefusal.
        """
        assert seconds >= 0, "time does not go back"
        async with self._lock():
            _check_stands(line)
            await self.settle()
            _check_stands(line)  # somebody may have made it real meanwhile
            end = checked_end(line, line.now() + seconds if to is None else to)
            fired = self._fired = FiredList()
            try:
                while due := line.due(end):
                    self._jump(line, due)
                    await self.settle()
                    _check_stands(line)
                if line.now() < end:
                    line.move(end)
                    self._moved(line)
                await self.settle()
            finally:
                self._fired = None
            return fired

    async def run_until_idle(self, line: Timeline, *, jumps_max: int = JUMPS_MAX, span_s_max: float = SPAN_S_MAX) -> FiredList:
        """From alarm to alarm until none is left for whose sake one jumps. Raises NeverIdle, ClockRefusal."""
        async with self._lock():
            _check_stands(line)
            await self.settle()
            _check_stands(line)  # somebody may have made it real meanwhile
            end = min(line.now() + span_s_max, moments.LATEST)
            fired = self._fired = FiredList()
            jumps = 0
            try:
                while (next_due_at := line.next_due_at()) < NEVER:
                    if next_due_at > end or jumps >= jumps_max:
                        raise _never_idle(line, fired, jumps)
                    jumps += self._jump(line, line.due(next_due_at))
                    await self.settle()
                    _check_stands(line)
            finally:
                self._fired = None
            return fired

    async def keep_jumping(self, line: Timeline) -> None:
        """Whenever nothing is in flight and no client waits for anything but time: jumps to the next alarm. For ever."""
        changes = -1
        while True:
            line.foreground_came.clear()
            if line.next_due_at() >= moments.LATEST:
                await line.foreground_came.wait()
            await self._requests.idle()
            await self.settle()
            if self._requests.changes != changes:
                changes = self._requests.changes
                await asyncio.sleep(AUTO_GRACE_S)
                continue
            async with self._lock():
                await self.settle()
                due_at = line.next_due_at()
                if not self._requests.count and due_at < moments.LATEST and not line.is_real:
                    self._jump(line, line.due(due_at))
                    await self.settle()

    async def settle(self) -> None:
        """Returns when nothing is in flight and the event loop has had nothing new to do for ``QUIET_TURNS`` turns."""
        busy = self._busy
        until_s = moments.monotonic_s() + SETTLE_S_MAX
        seen = busy.changes
        quiet = 0
        while quiet < QUIET_TURNS:
            if busy.count:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(until_s - moments.monotonic_s()):
                        await busy.idle()
            await asyncio.sleep(0)
            quiet = quiet + 1 if busy.changes == seen and busy.count == 0 else 0
            seen = busy.changes
            if not quiet and moments.monotonic_s() > until_s:
                log.warning("unsettled", in_flight=busy.count, effect="time goes on nevertheless")
                return

    def _jump(self, line: Timeline, due: list[Alarm]) -> bool:
        """To these alarms' instant, and rings them. Whether one of them was worth the jump."""
        line.move(due[0].due_at)
        self._moved(line)
        for alarm in due:
            if alarm.kind:
                self.note(Fired(line.now(), alarm.kind, alarm.key, alarm.account, ""))
            alarm.go_off()
        return not all(alarm.is_background for alarm in due)

    def _lock(self) -> asyncio.Lock:
        if self._turning is None:
            self._turning = asyncio.Lock()
        return self._turning


def _check_stands(line: Timeline) -> None:
    if line.is_real:
        raise ClockRefusal(
            "The clock is real: it cannot be turned.",
            'Make it virtual first: start with --clock virtual, or send {"mode": "virtual"} (`lambent clock virtual`).',
        )


def checked_end(line: Timeline, end: Instant) -> Instant:
    """``end``, if a line may be moved there. Raises ClockRefusal."""
    if end < line.now():
        raise ClockRefusal(
            f"The clock stands at {moments.iso(line.now())}, which is later than {moments.iso(end)}: time does not go back.",
            "Set it to a later instant; for an earlier one start afresh with another data directory.",
        )
    if not end <= moments.LATEST:
        raise ClockRefusal(f"No clock goes beyond {moments.iso(moments.LATEST)}.", "Turn it less far.")
    return end


def _never_idle(line: Timeline, fired: FiredList, jumps: int) -> NeverIdle:
    often = Counter((each.kind, each.key) for each in fired).most_common(1)
    what = ""
    if often:
        ((kind, key), count), *_ = often
        what = f" Most often came {kind}{f' of {key}' if key else ''}, {count} times."
    return NeverIdle(
        f"After {jumps} jumps the clock, at {moments.iso(line.now())}, still finds something due later:"
        f" something repeats for ever, or is due very late.{what}",
        "Turn the clock by seconds instead (advance), or delete what repeats.",
    )
