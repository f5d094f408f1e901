"""Which hosts are domain names of users: kept in memory, since every request to a host of nobody's asks."""

from lambent.durable.signals import Signals
from lambent.durable.workers import Worker
from lambent.services.apigateway.tables.v2 import domains
from lambent.services.apigateway.tables.v2.published import CHANGED
from lambent.store.database import Database


class Domains:
    def __init__(self, *, store: Database, signals: Signals) -> None:
        self._store = store
        self._signals = signals
        self.names: frozenset[str] = frozenset()

    async def refresh(self) -> None:
        """What names a domain, or takes a name away, calls this before it is acknowledged."""
        self.names = frozenset(await self._store.read(domains.all_names))

    def worker(self) -> Worker:
        """Learns the names when the platform starts, and what others change."""
        return Worker("apigateway.domains", self._run)

    async def _run(self) -> None:
        with self._signals.listen(CHANGED) as listener:
            while True:
                await self.refresh()
                await listener.wait(is_background=True)
