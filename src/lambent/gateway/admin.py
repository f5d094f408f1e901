"""The platform's own pages below /_lambent: health, ready, reset, metrics, code. Everything else is AWS'."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import parse_qsl

from lambent.core.errors import ServiceError
from lambent.core.ports import Metrics
from lambent.gateway.authenticate import is_account
from lambent.gateway.hosts import is_loopback
from lambent.gateway.metrics import Requests, prometheus
from lambent.wire.http import Request, Response

PREFIX = "/_lambent/"

Reset = Callable[[str | None], Awaitable[None]]
"""Forgets one account, or everything."""

Operator = Callable[[Request], Awaitable[bool]]
"""Whether a request's signature proves who runs the platform. Raises ServiceError for a signature that is wrong."""

Archives = Callable[[str, str], Awaitable[AsyncIterator[bytes] | None]]
"""From a zip's digest and the query of its signed location to its bytes, or None for who may not have them."""


class Admin:
    """Answers /_lambent/*. ``status`` tells version, services and whether the platform is ready."""

    def __init__(
        self,
        *,
        reset: Reset,
        status: Callable[[], dict[str, object]],
        requests: Requests,
        metrics: Metrics,
        archives: Archives | None = None,
        is_operator: Operator | None = None,
    ) -> None:
        """``is_operator``: who may reset, or None where callers are believed."""
        self._reset = reset
        self._is_operator = is_operator
        self._archives = archives
        self._status = status
        self._requests = requests
        self._metrics = metrics

    async def answer(self, request: Request, source_ip: str) -> Response:
        """``reset`` is for callers on this machine, where functions run too: with ``--auth signed`` it is signed as well."""
        match (request.method, request.path[len(PREFIX) :]):
            case ("GET" | "HEAD", "health"):
                return _json(200, self._status())
            case ("GET" | "HEAD", "ready"):
                status = self._status()
                return _json(200 if status["ready"] else 503, {"ready": status["ready"]})
            case ("GET" | "HEAD", "metrics"):
                text = prometheus(self._requests, self._metrics)
                return Response(200, [("Content-Type", "text/plain; version=0.0.4; charset=utf-8")], text.encode())
            case ("POST", "reset") if not is_loopback(source_ip):
                return _json(403, {"message": f"{PREFIX}reset is asked from the machine that the platform runs on"})
            case ("POST", "reset"):
                return await self._refusal(request) or await self._answer_reset(request)
            case ("GET", page) if page.startswith("code/"):
                return await self._answer_code(page.removeprefix("code/"), request.query)
            case (_, "health" | "ready" | "metrics" | "reset" as page):
                wanted = "POST" if page == "reset" else "GET"
                return _json(405, {"message": f"{PREFIX}{page} is asked with {wanted}"})
            case _:
                pages = [PREFIX + page for page in ("health", "ready", "metrics", "reset")]
                return _json(404, {"message": f"There is no {request.path} here", "pages": pages})

    async def _answer_code(self, sha256: str, query: str) -> Response:
        """What a function's or layer's Code.Location names; its signature says who may have it."""
        content = await self._archives(sha256, query) if self._archives is not None else None
        if content is None:
            return _json(403, {"message": "This location is not signed by this platform, or its time is over"})
        return Response(200, [("Content-Type", "application/zip")], content)

    async def _refusal(self, request: Request) -> Response | None:
        """Why this caller may not reset, or nothing."""
        if self._is_operator is None:
            return None
        try:
            may_reset = await self._is_operator(request)
        except ServiceError as error:
            return _json(error.status, {"message": error.message})
        if may_reset:
            return None
        return _json(403, {"message": "Who runs the platform may reset it: use `lambent reset` beside its data directory"})

    async def _answer_reset(self, request: Request) -> Response:
        # Everything goes only where nothing is named: not where an account is named wrongly, or is empty.
        named = parse_qsl(request.query, keep_blank_values=True)
        if not named:
            await self._reset(None)
            return _json(200, {"reset": "everything"})
        ((name, account), *more) = named
        if name != "account" or more or not is_account(account):
            return _json(400, {"message": "reset takes account=, a number of 12 digits, or nothing, which deletes everything"})
        await self._reset(account)
        return _json(200, {"reset": account})


def _json(status: int, content: dict[str, object]) -> Response:
    return Response(status, [("Content-Type", "application/json")], json.dumps(content).encode() + b"\n")
