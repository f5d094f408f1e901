"""The clock in a test's hands: it stands still until the test turns it."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lambent.testing.platform import LocalPlatform


class TurnableClock:
    """The clock of one account."""

    def __init__(self, platform: "LocalPlatform", account: str) -> None:
        self._platform = platform
        self._account = account

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._platform.platform.clock.of(self._account).now(), UTC)

    def advance(self, by: float | timedelta) -> None:
        """Turns the clock; returns when all that was due has happened."""
        self._platform.advance(by.total_seconds() if isinstance(by, timedelta) else by)
