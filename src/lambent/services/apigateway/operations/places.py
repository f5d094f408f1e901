"""Which API a visit is for, and where in it: by the id in its host or path, or by a domain name's mappings.

Compiled APIs are kept in memory and forgotten when a commit changes them, so that a visit reads no row.
"""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from lambent.services.apigateway.engine.http import routing
from lambent.services.apigateway.engine.v2.resources import ApiMapping
from lambent.services.apigateway.operations.known_domains import KnownDomains
from lambent.services.apigateway.tables.v2 import published
from lambent.store.database import Database, Transaction
from lambent.store.known import Known

APIS_KEPT_MAX = 10_000
DOMAINS_KEPT_MAX = 10_000

Api = TypeVar("Api")


class Places(Generic[Api]):
    """The APIs of one kind: HTTP, WebSocket or REST."""

    def __init__(self, *, store: Database, domains: KnownDomains, compiled: Callable[[Transaction, str], Api | None]) -> None:
        """``compiled`` reads an API; None where there is none of the kind."""
        self._domains = domains
        self._compiled = compiled
        self._apis: Known[str, Api | None] = Known(store=store, count_max=APIS_KEPT_MAX)
        self._mappings: Known[str, Sequence[ApiMapping]] = Known(store=store, count_max=DOMAINS_KEPT_MAX)
        store.on_signal(self._hear)

    def known(self, api_id: str) -> Api | None:
        """The API, where it is in memory."""
        return self._apis.values.get(api_id)

    async def api(self, api_id: str) -> Api | None:
        return self.known(api_id) or await self._apis.find(api_id, lambda tx: self._compiled(tx, api_id))

    async def below_domain(self, host: str, path: str) -> tuple[Api, ApiMapping, str] | None:
        """The API that a domain name leads to, by which mapping, and the path below; None where it leads to none."""
        domain = self._domains.name_of(host)
        if domain is None:
            return None
        mappings = await self._mappings.find(domain, lambda tx: tuple(published.mappings(tx, domain)))
        for mapping in mappings:
            below = routing.below_key(path, mapping.mapping_key)
            if below is not None:
                api = await self.api(mapping.api_id)
                return None if api is None else (api, mapping, below)
        return None

    def forget_all(self) -> None:
        self._apis.forget_all()
        self._mappings.forget_all()

    def _hear(self, topic: str) -> None:
        if topic.startswith(published.CHANGED):
            if topic == published.CHANGED:
                self._mappings.forget_all()
            else:
                self._apis.forget(topic.removeprefix(f"{published.CHANGED}/"))
