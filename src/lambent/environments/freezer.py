"""Freezes environments that are idle: not at once, for who is asked again soon is spared the freeze and the thaw."""

import asyncio

from lambent.core.clock import monotonic_s
from lambent.environments.environment import Environment

FREEZE_AFTER_S = 0.01


class Freezer:
    """One timer for all idle environments; none while all are frozen."""

    def __init__(self, *, is_on: bool = True) -> None:
        self._is_on = is_on
        self._unfrozen: list[Environment] = []
        self._timer: asyncio.TimerHandle | None = None

    def soon(self, environment: Environment) -> None:
        """It has become idle."""
        if not self._is_on:
            return
        environment.released_s = monotonic_s()
        self._unfrozen.append(environment)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FREEZE_AFTER_S, self._freeze)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _freeze(self) -> None:
        """What has been idle long enough; what is used again meanwhile stands in the list once more."""
        due_s = monotonic_s() - FREEZE_AFTER_S / 2
        pending, self._unfrozen, self._timer = self._unfrozen, [], None
        for environment in dict.fromkeys(pending):
            if environment.is_busy or environment.is_retired or environment.is_frozen:
                continue
            if environment.released_s <= due_s:
                environment.freeze()
            else:
                self._unfrozen.append(environment)
        if self._unfrozen:
            self._timer = asyncio.get_running_loop().call_later(FREEZE_AFTER_S, self._freeze)
