"""The site of APIs: every request to an address of ``execute-api``, or to a domain name of a user's own, is answered here.

APIs of each kind have a front; the first that has the API answers.
"""

from collections.abc import Sequence
from typing import Protocol

from lambent.services.apigateway.engine.http import refusals
from lambent.services.apigateway.operations.known_domains import KnownDomains
from lambent.wire.http import Response, Visit


class Front(Protocol):
    """Knows the APIs of one kind."""

    async def answer(self, visit: Visit) -> Response | None:
        """The answer, errors included; None where the visit is to no API of this kind."""
        ...

    def forget(self, account: str | None) -> None:
        """Drops what is kept in memory of an account's APIs, or of all: their rows are gone."""
        ...

    async def close(self) -> None:
        """Lets go of connections."""
        ...


class ExecuteApi:
    """The site."""

    def __init__(self, fronts: Sequence[Front], domains: KnownDomains) -> None:
        self._fronts = fronts
        self._domains = domains

    async def answer(self, visit: Visit) -> Response:
        for front in self._fronts:
            response = await front.answer(visit)
            if response is not None:
                return response
        # As AWS answers for an address that is nobody's.
        return refusals.forbidden().response()

    def owns(self, domain: str) -> bool:
        return self._domains.owns(domain)

    def forget(self, account: str | None) -> None:
        for front in self._fronts:
            front.forget(account)

    async def close(self) -> None:
        for front in self._fronts:
            await front.close()
