"""Requests to servers that users name: subscribers, web APIs, authorizers. One client, whose every request has an end.

A server is trusted with nothing but its request: redirects are not followed, cookies are not remembered, and what the process'
environment says of proxies is not meant for it.
"""

import asyncio
import ssl
from collections.abc import Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

from msgspec import Struct

from lambent.core.clock import Clock
from lambent.core.errors import LambentError

CONNECTIONS_MAX = 1_000
PORT_MAX = 65_535
BLANKS = " \t"
"""Stand around a header's value without being of it (RFC 9110, 5.5)."""


class ServerUnreachable(LambentError):
    """No answer: ``reason`` is the kind of failure, ``detail`` what is known of it."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class Request(Struct, frozen=True):
    method: str
    url: str
    headers: Sequence[tuple[str, str]]
    body: bytes


class Answer(Struct, frozen=True):
    """``body`` is as much of it as was asked for; ``is_whole``: that is all of it."""

    status: int
    phrase: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    is_whole: bool

    def header(self, name: str) -> str:
        """The first of a name in lower case, or empty."""
        return next((value for found, value in self.headers if found.lower() == name), "")


class Servers:
    """``send`` may be called at any time; ``close`` lets go of the connections, and the next request makes new ones."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._client: Any = None

    async def send(self, request: Request, *, answer_s_max: float, answer_bytes_max: int) -> Answer:
        """``answer_s_max`` is for all of it. Raises ServerUnreachable."""
        import httpx

        try:
            # It ends by itself, within the limit, whatever the platform's clock says.
            with self._clock.busy.working():
                # The client's own limits begin anew with each byte.
                async with asyncio.timeout(answer_s_max):
                    return await self._send(request, answer_bytes_max)
        except (httpx.LocalProtocolError, UnicodeError) as error:
            # The detail would be the header that cannot be sent, which may hold a secret.
            raise ServerUnreachable(type(error).__name__, "The request cannot be sent.") from None
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ssl.SSLError) as error:
            raise ServerUnreachable(type(error).__name__, str(error)) from error

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _send(self, request: Request, bytes_max: int) -> Answer:
        import httpx

        url = httpx.URL(request.url)
        if (url.port or 0) > PORT_MAX:
            raise httpx.InvalidURL(f"Invalid port: {url.port}")
        given = {"headers": _headers(request), "content": request.body or None}
        async with self._http().stream(request.method, url, **given) as response:
            chunks, read = [], 0
            async for chunk in response.aiter_raw():
                chunks.append(chunk[: bytes_max - read])
                read += len(chunk)
                if read > bytes_max:
                    break
            told = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw]
            return Answer(response.status_code, response.reason_phrase, told, b"".join(chunks), read <= bytes_max)

    def _http(self) -> Any:
        if self._client is None:
            import httpx

            # What one server wants remembered is nothing to the next.
            no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
            limits = httpx.Limits(max_connections=CONNECTIONS_MAX)
            # Nothing is unpacked here: a small answer would become as large as its sender likes.
            plain = {"accept-encoding": "identity"}
            unlimited = httpx.Timeout(None)  # each request has a limit for all of it
            self._client = httpx.AsyncClient(
                headers=plain, timeout=unlimited, limits=limits, trust_env=False, follow_redirects=False, cookies=no_cookies
            )
        return self._client


def _headers(request: Request) -> list[tuple[str, str]]:
    """How long the body is says whoever sends it: what users say of it is another matter, or wrong."""
    return [(name, value.strip(BLANKS)) for name, value in request.headers if name.lower() != "content-length"]
