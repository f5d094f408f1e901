"""Time, asked of one place, so that tests and simulations own it.

``Clock.now`` is the time of the account for which the current task acts (every delay that AWS has is measured on it). That is
the platform's, unless the account has been given a clock of its own. Each may be real, or stand until it is turned.
``monotonic_s`` and ``wall_s`` are the machine's, for durations of real work.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from msgspec import Struct

from lambent.core import turning
from lambent.core.log import Log
from lambent.core.moments import LATEST, NEVER, Instant, iso, monotonic_s, processor_s, wall_s
from lambent.core.timeline import MODES, Alarm, Mode, Timeline
from lambent.core.turning import ClockRefusal, Fired, FiredList, NeverIdle, Turner
from lambent.core.work import Busy, Work, acting_account, acting_for, resting, waiting_work

__all__ = [
    "LATEST",
    "MODES",
    "NEVER",
    "PLATFORM",
    "AccountClock",
    "Alarm",
    "Busy",
    "Clock",
    "ClockRefusal",
    "ClockState",
    "Clocks",
    "Fired",
    "FiredList",
    "Instant",
    "Mode",
    "NeverIdle",
    "RealClock",
    "Timeline",
    "VirtualClock",
    "Work",
    "acting_account",
    "acting_for",
    "iso",
    "monotonic_s",
    "processor_s",
    "resting",
    "wake",
    "wall_s",
]

VIRTUAL_START: Instant = 1_767_225_600.0
"""Where a test's clock begins: 2026-01-01T00:00:00Z."""

PLATFORM = ""
"""Stands where an account does for the platform's own clock."""

log = Log("clock")


class Clock(Protocol):
    """What every rule asks for the time."""

    @property
    def busy(self) -> Busy:
        """Where work in flight is counted that ends by itself: a virtual clock waits for it."""
        ...

    def now(self) -> Instant: ...

    async def sleep_until(self, due_at: Instant, *, is_background: bool = False, kind: str = "", key: str = "") -> None:
        """``is_background``: housekeeping, or a client that waits: no clock jumps for its sake.

        Where a request waits, in its own task or in another that says ``is_background``, it waits no longer than in real time,
        and no turn waits for it. ``kind`` and ``key`` tell who turns the clock what fired.
        """
        ...

    def call_at(
        self, due_at: Instant, ring: Callable[[], None], *, is_background: bool = False, kind: str = "", key: str = ""
    ) -> Alarm:
        """Calls ``ring`` on the event loop when the instant has come; cancel the alarm when it is no longer wanted."""
        ...

    def of(self, account: str) -> "Clock":
        """The clock that an account lives by, now and later: for loops that serve many accounts, and for other threads."""
        ...

    def shift_s(self) -> float:
        """How far this time is ahead of the machine's; 0.0 exactly where it is the machine's."""
        ...

    def moments(self) -> dict[str, Instant]:
        """What time it is: of the accounts that have clocks of their own, and under "" of all others."""
        ...

    def earliest(self, dues: Iterable[tuple[str, Instant]]) -> dict[str, Instant]:
        """Of (account, due at) the first of each clock, to sleep until any of them (``signals.Listener.wait``)."""
        ...

    def watch(self, changed: Callable[[], None]) -> None:
        """``changed`` is called whenever an account is given a clock of its own, or gives it back."""
        ...

    def unwatch(self, changed: Callable[[], None]) -> None: ...

    def note(self, kind: str, key: str = "", *, account: str = "", region: str = "") -> None:
        """Something fell due and was done: who turns the clock is told. ``kind``: "<service>.<what>"."""
        ...


class ClockState(Struct, frozen=True):
    """``next_due_at``: the next instant to which an automatic clock would jump, or NEVER."""

    now: Instant
    mode: Mode
    next_due_at: Instant


Save = Callable[[str, Timeline], Awaitable[None]]
"""Keeps an account's clock ("" for the platform's) durably: its mode, and where it stands."""

Forget = Callable[[str], Awaitable[None]]
"""The account has no clock of its own any more."""


class Clocks:
    """All clocks of one platform: its own, and those of accounts. Used on one event loop; only ``now`` is for any thread."""

    def __init__(self, mode: Mode = "real", *, start: Instant = 0.0) -> None:
        self.busy = Busy()
        self.requests = Busy()  # clients' requests being answered: an automatic clock does not overtake them
        self._platform = Timeline(mode=mode, at=start)
        self._own: dict[str, Timeline] = {}
        self._watchers: dict[Callable[[], None], None] = {}
        self._turner = Turner(self.busy, self.requests, self._moved)
        self._jumping: dict[str, asyncio.Task[None]] = {}
        self._saving: set[asyncio.Future[None]] = set()
        self._save: Save | None = None
        self._forget: Forget | None = None
        self._is_started = False

    # ---- what rules ask ----------------------------------------------------------------------------------------------

    def now(self) -> Instant:
        if self._own:
            line = self._own.get(acting_account())
            if line is not None:
                return line.now()
        return self._platform.now()

    def of(self, account: str) -> "AccountClock":
        return AccountClock(self, account)

    def shift_s(self) -> float:
        return self._line(acting_account()).shift_s()

    async def sleep_until(self, due_at: Instant, *, is_background: bool = False, kind: str = "", key: str = "") -> None:
        await self._sleep(acting_account(), due_at, is_background=is_background, kind=kind, key=key)

    def call_at(
        self, due_at: Instant, ring: Callable[[], None], *, is_background: bool = False, kind: str = "", key: str = ""
    ) -> Alarm:
        return self._call_at(acting_account(), due_at, ring, is_background=is_background, kind=kind, key=key)

    def moments(self) -> dict[str, Instant]:
        return {PLATFORM: self._platform.now()} | {account: line.now() for account, line in self._own.items()}

    def earliest(self, dues: Iterable[tuple[str, Instant]]) -> dict[str, Instant]:
        found: dict[str, Instant] = {}
        for account, due_at in dues:
            whose = account if account in self._own else PLATFORM
            found[whose] = min(due_at, found.get(whose, NEVER))
        return found

    def watch(self, changed: Callable[[], None]) -> None:
        self._watchers[changed] = None

    def unwatch(self, changed: Callable[[], None]) -> None:
        self._watchers.pop(changed, None)

    def note(self, kind: str, key: str = "", *, account: str = "", region: str = "") -> None:
        self._turner.note(Fired(self._line(account).now(), kind, key, account, region))

    # ---- turning -----------------------------------------------------------------------------------------------------

    @property
    def is_virtual(self) -> bool:
        """Whether any clock here shows another time than the machine's."""
        return self._platform.is_shifted or any(line.is_shifted for line in self._own.values())

    def state(self, account: str = PLATFORM) -> ClockState:
        line = self._line(account)
        return ClockState(line.now(), line.mode, line.next_due_at())

    def has_own(self, account: str) -> bool:
        return account in self._own

    async def advance(self, seconds: float, account: str = PLATFORM) -> FiredList:
        """Turns the clock: rings what is due until then, in order of time, and lets everything settle after each instant.

        An account that has no clock of its own is given one. Raises ClockRefusal.
        """
        self._check_end(account, self._line(account).now() + seconds)
        return await self._turner.advance(await self._owned(account), seconds=seconds)

    async def set_time(self, to: Instant, account: str = PLATFORM) -> FiredList:
        """The same, to an instant. Raises ClockRefusal."""
        self._check_end(account, to)
        return await self._turner.advance(await self._owned(account), to=to)

    async def run_until_idle(
        self, account: str = PLATFORM, *, jumps_max: int = turning.JUMPS_MAX, span_s_max: float = turning.SPAN_S_MAX
    ) -> FiredList:
        """Jumps from timer to timer until there is none but housekeeping. Raises NeverIdle, ClockRefusal."""
        return await self._turner.run_until_idle(await self._owned(account), jumps_max=jumps_max, span_s_max=span_s_max)

    async def set_mode(self, mode: Mode, account: str = PLATFORM) -> None:
        """ "real" goes on at the machine's pace from here, never back; "auto" jumps on whenever nothing is to be done."""
        line = await self._owned(account)
        if line.mode == mode:
            return
        line.set_mode(mode)
        self._jump_or_not(account, line)
        if self._save is not None:
            await self._save(account, line)

    async def release(self, account: str) -> None:
        """An account lives by the platform's time again; what is due later than that by its own time has to wait for it."""
        if account in self._own and self._forget is not None:
            await self._forget(account)
        self.drop(account)

    async def save(self) -> None:
        """Keeps the platform's own clock, where it shows another time than the machine's."""
        if self._save is not None and self._platform.is_shifted:
            await self._save(PLATFORM, self._platform)

    async def settle(self) -> None:
        """Returns when nothing is in flight and nothing happens any more without time going on."""
        await self._turner.settle()

    # ---- a platform's life -------------------------------------------------------------------------------------------

    def keep(self, save: Save, forget: Forget) -> None:
        """From now on every clock is kept, so that a restart goes on where it stood."""
        self._save, self._forget = save, forget

    def restore(self, account: str, line: Timeline) -> None:
        """A clock as it was kept, before anything sleeps by it."""
        if account == PLATFORM:
            self._platform = line
        else:
            self._own[account] = line

    def start(self) -> None:
        """From now on automatic clocks jump."""
        self._is_started = True
        for account, line in [(PLATFORM, self._platform), *self._own.items()]:
            self._jump_or_not(account, line)

    async def stop(self) -> None:
        self._is_started = False
        tasks, self._jumping = list(self._jumping.values()), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, *self._saving, return_exceptions=True)
        for line in (self._platform, *self._own.values()):
            line.close()

    def drop(self, account: str | None) -> None:
        """As ``release``, where what was kept goes or is gone already: of one account, or (None) of all."""
        for each in list(self._own) if account is None else [account]:
            line = self._own.pop(each, None)
            if line is not None:
                self._jump_or_not(each, None)
                for alarm in line.take(each):
                    self._platform.add(alarm)
                self._tell_watchers()

    # ---- lines -------------------------------------------------------------------------------------------------------

    def _line(self, account: str) -> Timeline:
        return self._own.get(account, self._platform)

    def _check_end(self, account: str, end: Instant) -> None:
        """Before a clock is made for nothing."""
        if account not in self._own:
            turning.checked_end(self._line(account), end)

    async def _owned(self, account: str) -> Timeline:
        """The line to turn for an account, which is made where there is none."""
        if account == PLATFORM:
            return self._platform
        if account not in self._own:
            line = Timeline(mode="virtual", at=self._platform.now())
            if self._save is not None:
                await self._save(account, line)
            if account not in self._own:
                self._give_own(account, line)
        return self._own[account]

    def _give_own(self, account: str, line: Timeline) -> None:
        self._own[account] = line
        for alarm in self._platform.take(account):
            line.add(alarm)
        self._tell_watchers()

    def _tell_watchers(self) -> None:
        for changed in list(self._watchers):
            changed()

    def _moved(self, line: Timeline) -> None:
        """Not waited for: the store writes in the order in which it is asked, so what the move causes is not kept before it."""
        if self._save is None:
            return
        owner = next((account for account, own in self._own.items() if own is line), None)
        if owner is None and line is not self._platform:
            return  # it was taken away while it was turned
        account = PLATFORM if owner is None else owner
        saving = asyncio.ensure_future(self._save(account, line))
        self._saving.add(saving)
        saving.add_done_callback(self._saved)

    def _saved(self, saving: "asyncio.Future[None]") -> None:
        self._saving.discard(saving)
        if not saving.cancelled() and (error := saving.exception()) is not None:
            log.error("not_kept", error=error, effect="after a restart the clock may be back")

    def _jump_or_not(self, account: str, line: Timeline | None) -> None:
        task = self._jumping.pop(account, None)
        if task is not None:
            task.cancel()
        if line is not None and line.mode == "auto" and self._is_started:
            loop = asyncio.get_running_loop()
            # Not for the sake of the request that may have asked for it.
            jumping = loop.create_task(self._turner.keep_jumping(line), name="clock", context=contextvars.Context())
            self._jumping[account] = jumping

    def _call_at(
        self, account: str, due_at: Instant, ring: Callable[[], None], *, is_background: bool, kind: str, key: str
    ) -> Alarm:
        line = self._line(account)
        work = waiting_work(is_in_its_stead=is_background)
        is_clients = work is not None and work.is_awaited
        alarm = Alarm(
            due_at,
            ring,
            account=account,
            is_background=is_background or is_clients,
            patience_s=max(0.0, due_at - line.now()) if is_clients else NEVER,
            kind="" if is_clients else kind,
            key=key,
        )
        line.add(alarm)
        return alarm

    async def _sleep(self, account: str, due_at: Instant, *, is_background: bool, kind: str, key: str) -> None:
        if due_at <= self._line(account).now():
            await asyncio.sleep(0)
            return
        sleeper: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        alarm = self._call_at(account, due_at, lambda: wake(sleeper), is_background=is_background, kind=kind, key=key)
        try:
            with resting(is_in_its_stead=is_background):
                await sleeper
        finally:
            alarm.cancel()


class AccountClock:
    """The time of one account, whichever clock it lives by just then."""

    __slots__ = ("_account", "_clocks")

    def __init__(self, clocks: Clocks, account: str) -> None:
        self._clocks = clocks
        self._account = account

    @property
    def busy(self) -> Busy:
        return self._clocks.busy

    def now(self) -> Instant:
        clocks = self._clocks
        if not clocks._own:  # nearly always, and nothing is asked as often
            return clocks._platform.now()
        return clocks._line(self._account).now()

    def of(self, account: str) -> "AccountClock":
        return AccountClock(self._clocks, account)

    def shift_s(self) -> float:
        return self._clocks._line(self._account).shift_s()

    async def sleep_until(self, due_at: Instant, *, is_background: bool = False, kind: str = "", key: str = "") -> None:
        await self._clocks._sleep(self._account, due_at, is_background=is_background, kind=kind, key=key)

    def call_at(
        self, due_at: Instant, ring: Callable[[], None], *, is_background: bool = False, kind: str = "", key: str = ""
    ) -> Alarm:
        return self._clocks._call_at(self._account, due_at, ring, is_background=is_background, kind=kind, key=key)

    def moments(self) -> dict[str, Instant]:
        return self._clocks.moments()

    def earliest(self, dues: Iterable[tuple[str, Instant]]) -> dict[str, Instant]:
        return self._clocks.earliest(dues)

    def watch(self, changed: Callable[[], None]) -> None:
        self._clocks.watch(changed)

    def unwatch(self, changed: Callable[[], None]) -> None:
        self._clocks.unwatch(changed)

    def note(self, kind: str, key: str = "", *, account: str = "", region: str = "") -> None:
        self._clocks.note(kind, key, account=account or self._account, region=region)


class RealClock(Clocks):
    """The machine's time, to begin with."""

    def __init__(self) -> None:
        super().__init__("real")


class VirtualClock(Clocks):
    """Time stands still until a test turns it."""

    def __init__(self, start: Instant = VIRTUAL_START) -> None:
        super().__init__("virtual", start=start)


def wake(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)
