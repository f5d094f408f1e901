"""The domain names that users have given to APIs, in memory: every request whose host is not known is held against them."""

from lambent.durable.signals import Signals
from lambent.services.apigateway.tables.v2 import domains
from lambent.services.apigateway.tables.v2.published import CHANGED
from lambent.store.database import Database


class KnownDomains:
    """Follows the table; what the operations of this platform change is known as soon as they answer."""

    def __init__(self, *, store: Database, signals: Signals) -> None:
        self._store = store
        self._signals = signals
        self._names: frozenset[str] = frozenset()

    def owns(self, host: str) -> bool:
        """Whether a host, in lower case and without a port, is one of them, or is below one that begins with "*."."""
        return self.name_of(host) is not None

    def name_of(self, host: str) -> str | None:
        """The domain name under which a host is kept."""
        if not self._names:
            return None
        if host in self._names:
            return host
        wildcard = f"*.{host.partition('.')[2]}"
        return wildcard if wildcard in self._names else None

    def add(self, name: str) -> None:
        self._names |= {name}

    def discard(self, name: str) -> None:
        self._names -= {name}

    async def load(self) -> None:
        self._names = frozenset(await self._store.read(domains.all_names))

    async def run(self) -> None:
        """A worker: other platforms on the same data change them too."""
        with self._signals.listen(CHANGED) as listener:
            while True:
                await self.load()
                await listener.wait(is_background=True)
