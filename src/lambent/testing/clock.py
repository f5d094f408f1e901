"""The clock in a test's hands: it stands still until the test turns it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from numbers import Real
from typing import TYPE_CHECKING

from lambent.core.clock import Fired, Mode

if TYPE_CHECKING:
    from lambent.testing.platform import LocalPlatform

__tracebackhide__ = True  # pytest shows the line of the test that asked, not the way through here; --full-trace shows all


class TurnableClock:
    """The clock of one account: to turn it turns nobody else's.

    Turning returns when everything that fell due meanwhile has been done, with what that was, in order: each has ``at``,
    ``kind`` ("<service>.<what>") and ``key``. Functions run in real time. Raises ClockRefusal where it cannot be turned so.
    """

    def __init__(self, platform: "LocalPlatform", account: str) -> None:
        self._platform = platform
        self._account = account

    @property
    def mode(self) -> Mode:
        """ "virtual" stands still, "auto" jumps by itself, "real" goes on at the machine's pace."""
        return self._platform.platform.clock.state(self._account).mode

    def now(self) -> datetime:
        """The account's time, in UTC."""
        return self._platform.now(account=self._account)

    def advance(self, by: float | timedelta) -> list[Fired]:
        """Lets so many seconds pass."""
        if not isinstance(by, Real | timedelta):
            raise TypeError(f"clock.advance takes seconds (180) or a timedelta (timedelta(minutes=3)), not {by!r}")
        seconds = by.total_seconds() if isinstance(by, timedelta) else float(by)
        return self._platform.advance(seconds, account=self._account)

    def set(self, to: datetime | str) -> list[Fired]:
        """Lets time pass until an instant, which is not past; without a zone it is UTC."""
        return self._platform.set_time(to, account=self._account)

    def run_until_idle(self) -> list[Fired]:
        """Lets time pass from timer to timer until nothing is left to wait for. Raises NeverIdle where something repeats."""
        return self._platform.run_until_idle(account=self._account)

    def settle(self) -> None:
        """Lets no time pass; returns when all that can be done now has been done."""
        self._platform.settle()

    @contextmanager
    def auto(self) -> Iterator[None]:
        """While the block runs time jumps to the next timer whenever there is nothing to do: for code that waits."""
        with self._as("auto"):
            yield

    @contextmanager
    def real(self) -> Iterator[None]:
        """While the block runs time passes as it does on the machine."""
        with self._as("real"):
            yield

    def freeze(self) -> None:
        """Time stands still from here on."""
        self._platform.set_clock("virtual", account=self._account)

    @contextmanager
    def _as(self, mode: Mode) -> Iterator[None]:
        before = self.mode
        self._platform.set_clock(mode, account=self._account)
        try:
            yield
        finally:
            self._platform.set_clock(before, account=self._account)
