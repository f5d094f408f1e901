"""Watches that functions keep to their memory where the cgroup cannot tell it from what they keep in /tmp.

A tmpfs is charged to the group, so the group's limit is wider than the function's by the size of /tmp. While functions run,
those whose group holds more than the function may are looked at closely, a few times a second.
"""

import asyncio

from lambent.environments.environment import Environment

LOOK_S = 0.2


class Police:
    """One timer for all busy environments; none while there are none."""

    def __init__(self) -> None:
        self._busy: dict[Environment, bool] = {}  # whether it was so at the last look
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, environment: Environment) -> None:
        self._busy[environment] = False
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LOOK_S, self._look)

    def leave(self, environment: Environment) -> None:
        self._busy.pop(environment, None)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        for environment, was_busy in self._busy.items():
            if was_busy:
                environment.end_if_over_memory()
        self._busy = dict.fromkeys(self._busy, True)
        self._timer = asyncio.get_running_loop().call_later(LOOK_S, self._look) if self._busy else None
