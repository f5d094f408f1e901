"""The public keys of token issuers: found by OpenID Connect's discovery, and kept for two hours as AWS keeps them."""

import asyncio

import msgspec
from msgspec import Struct

from lambent.core.clock import Clock, Instant, monotonic_s
from lambent.services.apigateway.engine.http import tokens
from lambent.services.apigateway.engine.http.tokens import Keys
from lambent.services.apigateway.operations.http.web import Web

KEPT_S = 7_200.0
ANSWER_S_MAX = 5.0
DOCUMENT_BYTES_MAX = 1_048_576
ISSUERS_MAX = 1_000
REFETCH_S_MIN = 5.0
"""A key that is not among those kept is looked for again, but not more often than so: an issuer may have new ones."""


class IssuerUnreachable(OSError):
    """The issuer does not tell its keys."""


class _Kept(Struct, frozen=True):
    keys: Keys
    until: Instant
    fetched_s: float


class Issuers:
    def __init__(self, *, web: Web, clock: Clock) -> None:
        self._web = web
        self._clock = clock
        self._kept: dict[str, _Kept] = {}

    async def keys(self, issuer: str, key_id: str, now: Instant) -> Keys:
        """The issuer's keys, fetched anew where they are old or do not have this one. Raises IssuerUnreachable."""
        kept = self._kept.get(issuer)
        if kept is not None and now < kept.until and (key_id in kept.keys or monotonic_s() - kept.fetched_s < REFETCH_S_MIN):
            return kept.keys
        try:
            with self._clock.busy.working():  # it ends by itself, whatever the platform's clock says
                async with asyncio.timeout(ANSWER_S_MAX):
                    keys = await self._fetch(issuer)
        except (OSError, TimeoutError, ValueError, msgspec.DecodeError, RecursionError) as error:
            raise IssuerUnreachable(issuer) from error
        if len(self._kept) >= ISSUERS_MAX:
            self._kept.clear()
        self._kept[issuer] = _Kept(keys, now + KEPT_S, monotonic_s())
        return keys

    async def _fetch(self, issuer: str) -> Keys:
        where = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        told = msgspec.json.decode(await self._web.get(where, bytes_max=DOCUMENT_BYTES_MAX))
        if not isinstance(told, dict) or not isinstance(told.get("jwks_uri"), str):
            raise ValueError("no jwks_uri")
        return tokens.keys_of(await self._web.get(told["jwks_uri"], bytes_max=DOCUMENT_BYTES_MAX))
