"""The public keys of token issuers: found by OpenID Connect's discovery, and kept for two hours as AWS keeps them."""

import asyncio
import contextvars
from typing import Any

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
"""A key that is not among those kept is looked for again, but not more often than so: an issuer may have new ones.

Nor is an issuer that did not answer asked again sooner: each visitor would wait for it as long as the first."""
_UNREACHABLE = (OSError, TimeoutError, ValueError, msgspec.DecodeError, RecursionError)


class IssuerUnreachable(OSError):
    """The issuer does not tell its keys."""


class _Kept(Struct, frozen=True):
    keys: Keys
    until: Instant
    fetched_s: float


class _Failed(Struct, frozen=True):
    error: Exception
    at_s: float


class Issuers:
    def __init__(self, *, web: Web, clock: Clock) -> None:
        self._web = web
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._failed: dict[str, _Failed] = {}
        self._under_way: dict[str, asyncio.Task[Keys]] = {}

    async def keys(self, issuer: str, key_id: str, now: Instant) -> Keys:
        """The issuer's keys, fetched anew where they are old or do not have this one. Raises IssuerUnreachable."""
        kept = self._kept.get(issuer)
        if kept is not None and now < kept.until and (key_id in kept.keys or monotonic_s() - kept.fetched_s < REFETCH_S_MIN):
            return kept.keys
        failed = self._failed.get(issuer)
        if failed is not None and monotonic_s() - failed.at_s < REFETCH_S_MIN:
            raise IssuerUnreachable(issuer) from failed.error
        asked = self._under_way.get(issuer)
        if asked is None:
            # Of no request: all that wait for it go on without the one that began it.
            asked = asyncio.create_task(self._learn(issuer, now), context=contextvars.Context())
            self._under_way[issuer] = asked
            asked.add_done_callback(lambda task: self._learned(issuer, task))
        try:
            return await asyncio.shield(asked)
        except _UNREACHABLE as error:
            raise IssuerUnreachable(issuer) from error

    async def _learn(self, issuer: str, now: Instant) -> Keys:
        """Asks the issuer, and remembers what it said, or that it did not."""
        try:
            with self._clock.busy.working():  # it ends by itself, whatever the platform's clock says
                async with asyncio.timeout(ANSWER_S_MAX):
                    keys = await self._fetch(issuer)
        except _UNREACHABLE as error:
            _remember(self._failed, issuer, _Failed(error, monotonic_s()))
            raise
        self._failed.pop(issuer, None)
        _remember(self._kept, issuer, _Kept(keys, now + KEPT_S, monotonic_s()))
        return keys

    def _learned(self, issuer: str, task: "asyncio.Task[Keys]") -> None:
        del self._under_way[issuer]
        if not task.cancelled():
            task.exception()  # seen, even where all that waited for it have gone

    async def _fetch(self, issuer: str) -> Keys:
        where = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        told = msgspec.json.decode(await self._web.get(where, bytes_max=DOCUMENT_BYTES_MAX))
        if not isinstance(told, dict) or not isinstance(told.get("jwks_uri"), str):
            raise ValueError("no jwks_uri")
        return tokens.keys_of(await self._web.get(told["jwks_uri"], bytes_max=DOCUMENT_BYTES_MAX))


def _remember(known: dict[str, Any], issuer: str, what: object) -> None:
    if len(known) >= ISSUERS_MAX:
        known.clear()
    known[issuer] = what
