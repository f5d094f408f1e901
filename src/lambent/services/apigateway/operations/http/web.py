"""Requests to servers elsewhere: HTTP proxy integrations, and the issuers of tokens."""

import asyncio
from collections.abc import AsyncIterator
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import quote, urlsplit

from lambent.wire.http import CutShort

CONNECTIONS_MAX = 1_000
CONNECTIONS_IDLE_MAX = 100
SILENCE_S_MAX = 35.0  # longer than any integration may take: those who ask have limits of their own


_PATH_SAFE = "/:@!$&'()*+,;=-._~%"


class Web:
    """One HTTP client for all APIs, made when it is first needed. ``close`` lets go of its connections."""

    def __init__(self) -> None:
        self._client: Any = None

    def client(self) -> Any:
        """The ``httpx.AsyncClient``. It adds no headers of its own, follows no redirects and remembers no cookies."""
        if self._client is None:
            import httpx

            limits = httpx.Limits(max_connections=CONNECTIONS_MAX, max_keepalive_connections=CONNECTIONS_IDLE_MAX)
            no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
            self._client = httpx.AsyncClient(
                timeout=SILENCE_S_MAX, limits=limits, trust_env=False, follow_redirects=False, cookies=no_cookies
            )
            self._client.headers = httpx.Headers()
        return self._client

    def request(self, method: str, url: str, *, headers: list[tuple[bytes, bytes]], content: bytes | None) -> Any:
        """A request whose path is sent as it is written: the client takes out "..", and so would leave where a route leads."""
        request = self.client().build_request(method, url, headers=headers, content=content)
        path = quote(urlsplit(url).path, safe=_PATH_SAFE)
        if ".." in path or "/." in path:
            _, mark, query = request.url.raw_path.partition(b"?")
            request.extensions = {**request.extensions, "target": path.encode() + mark + query}
        return request

    async def get(self, url: str, *, bytes_max: int) -> bytes:
        """The body behind a URL. Raises OSError for whatever goes wrong."""
        import httpx

        found = bytearray()
        try:
            async with self.client().stream("GET", url, headers={"accept": "application/json"}) as response:
                if response.status_code != 200:
                    raise OSError(f"{url} answered {response.status_code}")
                async for chunk in response.aiter_bytes():
                    found += chunk
                    if len(found) > bytes_max:
                        raise OSError(f"{url} answered more than {bytes_max} bytes")
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise OSError(f"{url}: {type(error).__name__}") from error
        return bytes(found)

    async def hold(self) -> None:
        """A worker: lets go of the connections when it ends."""
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await self.close()

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()


class Pieces:
    """The body of an answer as it comes, in its own encoding. Whoever stops early, or never begins, closes it."""

    # A generator that was never begun does not run its ``finally``, and the connection would stay taken.

    def __init__(self, response: Any) -> None:
        self._response = response
        self._chunks: AsyncIterator[bytes] = response.aiter_raw()

    def __aiter__(self) -> "Pieces":
        return self

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._chunks)
        except BaseException:  # its end, too
            await self.aclose()
            raise

    async def aclose(self) -> None:
        await self._response.aclose()


class HandedOn(Pieces):
    """The same for the visitor, who is told by a broken connection where the server broke off."""

    async def __anext__(self) -> bytes:
        import httpx

        try:
            return await super().__anext__()
        except httpx.HTTPError as error:
            raise CutShort from error
