"""Remembers buses with their rules and targets, so that an event reads no row. A commit that changes one forgets it."""

from lambent.core.context import Scope
from lambent.services.events.engine import deliveries
from lambent.services.events.engine.deliveries import Audience
from lambent.services.events.engine.identifiers import BusName
from lambent.services.events.tables.buses import CHANGED_PREFIX
from lambent.store import known
from lambent.store.database import Database

BUSES_MAX = 10_000


class Known:
    """``find`` answers from memory what was asked before."""

    def __init__(self, store: Database) -> None:
        self._known: known.Known[BusName, Audience | None] = known.Known(store=store, count_max=BUSES_MAX)
        store.on_signal(self._hear)

    async def find(self, bus: BusName) -> Audience | None:
        """None where there is no such bus."""
        return await self._known.find(bus, lambda tx: deliveries.audience(tx, bus))

    def forget_account(self, account: str | None) -> None:
        """Forgets the buses of an account, or all."""
        self._known.forget_those(lambda bus: account in (None, bus.scope.account))

    def _hear(self, signal: str) -> None:
        if signal.startswith(CHANGED_PREFIX):
            account, region, name = signal.removeprefix(CHANGED_PREFIX).split("/", 2)
            self._known.forget(BusName(Scope(account, region), name))
