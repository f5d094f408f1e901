"""Remembers buses with their rules and targets, so that an event reads no row. A commit that changes one forgets it."""

from lambent.services.events.engine import deliveries
from lambent.services.events.engine.deliveries import Audience
from lambent.services.events.engine.identifiers import BusName, Scope
from lambent.services.events.tables.buses import CHANGED_PREFIX
from lambent.store.database import Database

BUSES_MAX = 10_000


class Known:
    """``find`` answers from memory what was asked before."""

    def __init__(self, store: Database) -> None:
        self._store = store
        self._audiences: dict[BusName, Audience] = {}
        self._changes = 0
        store.on_signal(self._hear)

    async def find(self, bus: BusName) -> Audience | None:
        """None where there is no such bus."""
        audience = self._audiences.get(bus)
        if audience is not None:
            return audience
        changes = self._changes
        audience = await self._store.read(deliveries.audience, bus)
        # What was read while something changed may be out of date already: use it once and do not keep it.
        if audience is not None and changes == self._changes:
            if len(self._audiences) >= BUSES_MAX:
                self._audiences.clear()
            self._audiences[bus] = audience
        return audience

    def forget_account(self, account: str | None) -> None:
        """Forgets the buses of an account, or all."""
        self._changes += 1
        for bus in [bus for bus in self._audiences if account in (None, bus.scope.account)]:
            del self._audiences[bus]

    def _hear(self, signal: str) -> None:
        if signal.startswith(CHANGED_PREFIX):
            self._changes += 1
            account, region, name = signal.removeprefix(CHANGED_PREFIX).split("/", 2)
            self._audiences.pop(BusName(Scope(account, region), name), None)
