"""The last step of a delivery: the call of a service, the post to a server, the line of the log."""

import asyncio
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

from lambent.core.clock import Clock
from lambent.core.context import Context
from lambent.core.log import Log
from lambent.core.ports import Caller, Metrics, Parameters, Reply
from lambent.services.sns import errors
from lambent.services.sns.engine.deliveries import FAILED_TOPIC, NOTICE
from lambent.store.database import Database

ANSWER_S_MAX = 15.0  # for all of it: httpx' own limits begin anew with each byte
ANSWER_BYTES_MAX = 65_536  # of which nothing is used: read so that the connection may be used again

log = Log("sns")


class Senders:
    """What the lanes of the outbox call. ``close`` lets go of the connections."""

    def __init__(self, *, store: Database, clock: Clock, call: Caller, metrics: Metrics) -> None:
        self._clock = clock
        self._call = call
        self._metrics = metrics
        self._client: Any = None
        store.on_signal(self._hear)

    async def call_service(self, context: Context, service: str, operation: str, parameters: Parameters) -> Reply:
        """Raises the ServiceError that the operation answers."""
        given = parameters["Parameters"]
        if service == NOTICE:
            log.info(given["Kind"], subscription=parameters["SubscriptionArn"], **given["Fields"])
            reply: Reply = {}
        else:
            reply = await self._call(context, service, operation, given)
        self._count(parameters, service)
        return reply

    async def post(self, context: Context, service: str, operation: str, parameters: Parameters) -> Reply:  # noqa: ARG002
        """Raises EndpointAnswered, EndpointUnreachable."""
        import httpx

        given = parameters["Parameters"]
        headers = [(name, value) for name, value in given["Headers"]]
        try:
            # It ends by itself, within the limit, whatever the platform's clock says.
            with self._clock.busy.working():
                async with asyncio.timeout(ANSWER_S_MAX):
                    status = await self._post(given["Url"], headers, given["Body"].encode("utf-8", "surrogatepass"))
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, TimeoutError) as error:
            raise errors.EndpointUnreachable(reason=type(error).__name__) from error
        if not 200 <= status < 300:
            raise errors.EndpointAnswered(status=status)
        self._count(parameters, service)
        return {}

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _post(self, url: str, headers: list[tuple[str, str]], body: bytes) -> int:
        async with self._http().stream("POST", url, headers=headers, content=body) as response:
            read = 0
            async for chunk in response.aiter_raw():
                read += len(chunk)
                if read > ANSWER_BYTES_MAX:
                    break
            return int(response.status_code)

    def _http(self) -> Any:
        if self._client is None:
            import httpx

            # What the process' environment says of proxies is not meant for endpoints of a topic, and what one of them
            # wants remembered is nothing to the next.
            no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
            self._client = httpx.AsyncClient(timeout=ANSWER_S_MAX, trust_env=False, follow_redirects=False, cookies=no_cookies)
        return self._client

    def _count(self, parameters: Parameters, service: str) -> None:
        if parameters["IsNotification"]:
            self._metrics.add("lambent_notifications_delivered_total", to=service)

    def _hear(self, signal: str) -> None:
        if signal == FAILED_TOPIC:
            self._metrics.add("lambent_notifications_failed_total")
