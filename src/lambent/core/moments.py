"""Instants of time, and the machine's own clocks."""

import time
from datetime import UTC, datetime

Instant = float
"""Seconds since 1970-01-01 UTC."""

NEVER: Instant = 1e18
"""Later than anything that is due."""

LATEST: Instant = 250_000_000_000.0
"""No clock goes further (the year 9892): what is due some years later can still be written as a date."""


monotonic_s = time.monotonic
"""Real seconds from an arbitrary start: for measuring how long something took."""

wall_s = time.time
"""The machine's real time of day in seconds since 1970."""


def processor_s(pid: int) -> float:
    """The processor time that a process of this machine has used; 0.0 where the system does not tell, or it is no more."""
    if pid <= 0:
        return 0.0  # it would be our own
    try:
        return time.clock_gettime(-8 * pid - 6)  # Linux' name for the clock of another process: (~pid << 3) | CPUCLOCK_SCHED
    except (OSError, AttributeError):
        return 0.0


def let_others() -> None:
    """Lets other threads have the interpreter, from one that computes for long: a wait of nothing may give it right back."""
    time.sleep(0.000_05)


def iso(moment: Instant) -> str:
    """2026-01-01T00:01:00.500000Z"""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def from_iso(text: str) -> Instant:
    """The instant of a date and time of ISO 8601; without a zone it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
