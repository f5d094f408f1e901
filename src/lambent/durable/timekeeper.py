"""Keeps the clocks: a platform that is started again on its data goes on at the time where it stood, never back."""

from typing import cast

from lambent.core.clock import MODES, Clocks, Mode, Timeline
from lambent.durable import tables
from lambent.durable.tables import KeptClock
from lambent.store.database import Database


class Timekeeper:
    """Between the clocks of one platform and their rows."""

    def __init__(self, *, store: Database, clocks: Clocks) -> None:
        self._store = store
        self._clocks = clocks

    async def restore(self, mode: str) -> None:
        """Sets the clocks as they were kept, before anything sleeps by them, and keeps them from now on.

        ``mode`` is what was asked for at the start, and wins; "" goes on as it was.
        """
        for kept in await self._store.read(tables.list_clocks):
            assert kept.mode in MODES, f"a clock was kept in the mode {kept.mode!r}"
            self._clocks.restore(kept.account, Timeline(mode=kept.mode, at=kept.stands_at, ahead_s=kept.ahead_s))
        self._clocks.keep(self._save, self._forget)
        if mode:
            await self._clocks.set_mode(cast(Mode, mode))
        await self._clocks.save()

    async def _save(self, account: str, line: Timeline) -> None:
        await self._store.write(tables.upsert_clock, KeptClock(account, line.mode, line.now(), line.ahead_s))

    async def _forget(self, account: str) -> None:
        await self._store.write(tables.delete_clock, account)
