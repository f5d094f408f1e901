"""How a source is followed, whoever follows it: batches, windows, retries; and the limits that all share."""

from typing import Protocol

EVENT_BYTES_MAX = 6_291_456
"""What one invocation of a function takes, and so one batch."""
NO_LIMIT = -1
"""Of retries and ages."""


class Settings(Protocol):
    """How a source is followed; those of streams are what a queue never asks for.

    ``retries_max`` and ``age_s_max`` are -1 where there is no limit, ``tumbling_s`` is 0 without tumbling windows.
    """

    @property
    def batch_size(self) -> int: ...
    @property
    def window_s(self) -> int: ...
    @property
    def factor(self) -> int: ...
    @property
    def retries_max(self) -> int: ...
    @property
    def age_s_max(self) -> int: ...
    @property
    def is_bisecting(self) -> bool: ...
    @property
    def tumbling_s(self) -> int: ...
    @property
    def counts_events(self) -> bool: ...
