"""The platform's own pages below /_lambent: health, ready, reset, clock, metrics, code, folders. Everything else is AWS'."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from urllib.parse import parse_qsl

from lambent.core.clock import Clocks
from lambent.core.errors import ServiceError
from lambent.core.ports import Metrics
from lambent.gateway.authenticate import is_account
from lambent.gateway.clock_page import ClockPage
from lambent.gateway.folder_page import FolderPage
from lambent.gateway.hosts import is_loopback
from lambent.gateway.metrics import Requests, prometheus
from lambent.wire.http import Request, Response

PREFIX = "/_lambent/"
BODY_BYTES_MAX = 4_096
PAGES = {
    "health": "GET",
    "ready": "GET",
    "metrics": "GET",
    "reset": "POST",
    "clock": "GET, POST or DELETE",
    "folders": "POST",
}
GUARDED = (("POST", "reset"), ("POST", "clock"), ("DELETE", "clock"))
"""What changes something, and is not for everybody."""
LOCAL = (*GUARDED, ("POST", "folders"))
"""What is asked from this machine only. For a folder a signature of its own is wanted, whoever is believed otherwise."""

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
        clock: ClockPage | None = None,
        archives: Archives | None = None,
        folders: FolderPage | None = None,
        is_operator: Operator | None = None,
    ) -> None:
        """``is_operator``: who may reset and turn the clock, or None where callers are believed."""
        self._reset = reset
        self._clock = clock or ClockPage(Clocks())
        self._is_operator = is_operator
        self._archives = archives
        self._folders = folders
        self._status = status
        self._requests = requests
        self._metrics = metrics

    async def answer(self, request: Request, source_ip: str) -> Response:
        """What changes something is for callers on this machine, where functions run too: ``--auth signed`` has it signed."""
        page = request.path[len(PREFIX) :]
        refusal = await self._refusal(request, page, source_ip)
        if refusal is not None:
            return refusal
        match (request.method, page):
            case ("GET" | "HEAD", "health"):
                return _json(200, self._status())
            case ("GET" | "HEAD", "ready"):
                status = self._status()
                return _json(200 if status["ready"] else 503, {"ready": status["ready"]})
            case ("GET" | "HEAD", "metrics"):
                text = prometheus(self._requests, self._metrics)
                return Response(200, [("Content-Type", "text/plain; version=0.0.4; charset=utf-8")], text.encode())
            case ("POST", "reset"):
                return await self._answer_reset(request)
            case ("GET" | "POST" | "DELETE", "clock"):
                return _json(*await self._clock.answer(request.method, request.query, request.body))
            case ("POST", "folders") if self._folders is not None:
                return _json(*self._folders.answer(request.query))
            case ("GET", _) if page.startswith("code/"):
                return await self._answer_code(page.removeprefix("code/"), request.query)
            case _ if page in PAGES:
                return _json(405, {"message": f"{PREFIX}{page} is asked with {PAGES[page]}"})
            case _:
                return _json(404, {"message": f"There is no {request.path} here", "pages": [PREFIX + name for name in PAGES]})

    async def _answer_code(self, sha256: str, query: str) -> Response:
        """What a function's or layer's Code.Location names; its signature says who may have it."""
        content = await self._archives(sha256, query) if self._archives is not None else None
        if content is None:
            return _json(403, {"message": "This location is not signed by this platform, or its time is over"})
        return Response(200, [("Content-Type", "application/zip")], content)

    async def _refusal(self, request: Request, page: str, source_ip: str) -> Response | None:
        """Why this caller may not change anything, or nothing."""
        if (request.method, page) in LOCAL and not is_loopback(source_ip):
            return _json(403, {"message": f"{PREFIX}{page} is asked from the machine that the platform runs on"})
        if (request.method, page) not in GUARDED or self._is_operator is None:
            return None
        try:
            is_operator = await self._is_operator(request)
        except ServiceError as error:
            return _json(error.status, {"message": error.message})
        if is_operator:
            return None
        return _json(403, {"message": f"Who runs the platform may do this: use `lambent {page}` beside its data directory"})

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


def _json(status: int, content: Mapping[str, object]) -> Response:
    return Response(status, [("Content-Type", "application/json")], json.dumps(content).encode() + b"\n")
