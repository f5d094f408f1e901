"""The Telemetry and Logs APIs of one environment: events of the platform and lines of output, buffered, to who subscribed.

https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html, telemetry-schema-reference.html, runtimes-logs-api.html.
"""

import asyncio
import contextlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from lambent.core.clock import Instant
from lambent.core.ports import LogEvent
from lambent.environments.extensions import Extension, Extensions
from lambent.environments.http_exchanges import Exchange
from lambent.environments.log_lines import timestamp
from lambent.environments.runtime_api import error, not_found

PATHS = {"/2022-07-01/telemetry": "TELEMETRY", "/2020-08-15/logs": "LOGS"}
DELIVERY_S_MAX = 2.0
DELIVERIES_MAX = 5  # of one batch; then it is dropped
HISTORY_MAX = 1000  # events before anybody has subscribed
WAITING_BYTES_MAX = 8_388_608  # of events that a subscription's destination has not taken; beyond, they are dropped

_FALLEN_BEHIND = "Consumer seems to have fallen behind as it has not acknowledged receipt of logs."
_IS_SENDABLE = re.compile(r"[!-~]*")  # as it stands on the wire: neither blanks nor what is not ASCII
_TYPES = ("platform", "function", "extension")
_HOSTS = ("sandbox.localdomain", "sandbox", "127.0.0.1", "localhost")
_ITEMS, _BYTES, _TIMEOUT_MS = (1000, 10_000, 10_000), (262_144, 1_048_576, 262_144), (25, 30_000, 1000)  # least, most, default


class Refused(Exception):
    """A subscription that is not valid."""


@dataclass(slots=True, eq=False)
class Subscription:
    types: tuple[str, ...]
    port: int
    path: str  # of an HTTP destination; a TCP one has none
    host: str
    items_max: int
    bytes_max: int
    timeout_s: float
    queue: list[bytes] = field(default_factory=list)
    size: int = 0
    attempts: int = 0
    dropped: int = 0  # events that nobody has been told of yet
    dropped_bytes: int = 0
    timer: asyncio.TimerHandle | None = None
    delivery: "asyncio.Task[None] | None" = None


class Telemetry:
    """The subscriptions of one environment; ``say`` takes the API, the name and the types of each.

    While it is frozen nothing is delivered, for nobody would read it.
    """

    def __init__(
        self, extensions: Extensions, *, now: Callable[[], Instant], say: Callable[[str, str, Sequence[str]], None]
    ) -> None:
        self._extensions = extensions
        self._now = now
        self._say = say
        self._subscriptions: dict[Extension, Subscription] = {}
        self._history: list[tuple[str, bytes]] = []
        self._is_paused = False
        self.ports: dict[int, int] = {}  # of the environment's own, as the machine numbers them

    @property
    def is_wanted(self) -> bool:
        return bool(self._subscriptions)

    def received(self, exchange: Exchange) -> None:
        api = PATHS.get(exchange.path)
        if api is None or exchange.method != "PUT":
            return not_found(exchange)
        extension = self._extensions.find(exchange)
        if extension is None:
            return None
        if self._extensions.is_closed:
            text = f"{api.title()} API subscription is closed already"
            return error(exchange, 403, f"{api.title()}.SubscriptionClosed", text)
        try:
            subscription = read_subscription(bytes(exchange.body))
        except Refused as refused:
            return error(exchange, 400, "ValidationError", str(refused))
        self._subscriptions[extension] = subscription
        exchange.answer(200, b'"OK"')
        self._say(api, extension.name, subscription.types)
        for kind, event in self._history:
            self._add(subscription, kind, event)
        self.platform(
            "telemetrySubscription", {"name": extension.name, "state": "Subscribed", "types": list(subscription.types)}
        )
        return None

    def platform(self, kind: str, record: dict[str, object]) -> None:
        self._tell("platform", f"platform.{kind}", record, self._now())

    def output(self, kind: str, events: Iterable[LogEvent]) -> None:
        """Lines that the function or an extension wrote."""
        for event in events:
            self._tell(kind, kind, event.message, event.timestamp_ms / 1000)

    def close_history(self) -> None:
        """INIT is over: who has not subscribed by now never will."""
        self._history.clear()

    def pause(self) -> None:
        self._is_paused = True
        for subscription in self._subscriptions.values():
            if subscription.timer is not None:
                subscription.timer.cancel()
                subscription.timer = None

    def resume(self) -> None:
        if self._is_paused:
            self._is_paused = False
            for subscription in self._subscriptions.values():
                self._deliver_soon(subscription)

    async def flush(self, limit_s: float) -> None:
        """Delivers all there is, as far as it goes within the time."""
        self.resume()
        for subscription in self._subscriptions.values():
            self._deliver(subscription)
        deliveries = [each.delivery for each in self._subscriptions.values() if each.delivery is not None]
        if deliveries:
            await asyncio.wait(deliveries, timeout=limit_s)

    def close(self) -> None:
        for subscription in self._subscriptions.values():
            if subscription.timer is not None:
                subscription.timer.cancel()
            if subscription.delivery is not None:
                subscription.delivery.cancel()
        self._subscriptions.clear()

    def _tell(self, kind: str, name: str, record: object, moment: Instant) -> None:
        if not self._subscriptions and self._extensions.is_closed:
            return
        line = {"time": timestamp(moment), "type": name, "record": record}
        event = json.dumps(line, separators=(",", ":")).encode()
        if not self._extensions.is_closed and len(self._history) < HISTORY_MAX:
            self._history.append((kind, event))
        for subscription in self._subscriptions.values():
            self._add(subscription, kind, event)

    def _add(self, subscription: Subscription, kind: str, event: bytes) -> None:
        if kind not in subscription.types:
            return
        if subscription.size + len(event) > WAITING_BYTES_MAX:
            subscription.dropped += 1
            subscription.dropped_bytes += len(event)
            return
        subscription.queue.append(event)
        subscription.size += len(event)
        if len(subscription.queue) >= subscription.items_max or subscription.size >= subscription.bytes_max:
            self._deliver(subscription)
        else:
            self._deliver_soon(subscription)

    def _deliver_soon(self, subscription: Subscription) -> None:
        if subscription.queue and subscription.timer is None and not self._is_paused:
            loop = asyncio.get_running_loop()
            subscription.timer = loop.call_later(subscription.timeout_s, self._deliver, subscription)

    def _deliver(self, subscription: Subscription) -> None:
        if subscription.timer is not None:
            subscription.timer.cancel()
            subscription.timer = None
        is_busy = subscription.delivery is not None and not subscription.delivery.done()
        if subscription.queue and not is_busy and not self._is_paused:
            subscription.delivery = asyncio.get_running_loop().create_task(self._send(subscription))

    async def _send(self, subscription: Subscription) -> None:
        if subscription.dropped:
            self._tell_dropped(subscription, subscription.dropped, subscription.dropped_bytes)
            subscription.dropped = subscription.dropped_bytes = 0
        batch = subscription.queue[: subscription.items_max]
        try:
            async with asyncio.timeout(DELIVERY_S_MAX):
                await _post(subscription, batch, self.ports.get(subscription.port, subscription.port))
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            subscription.attempts += 1
            if subscription.attempts < DELIVERIES_MAX:
                self._deliver_soon(subscription)
                return
            self._take(subscription, batch)
            self._tell_dropped(subscription, len(batch), sum(map(len, batch)))
        else:
            self._take(subscription, batch)
        self._deliver_soon(subscription)

    def _tell_dropped(self, subscription: Subscription, count: int, size: int) -> None:
        """Whatever room there is: this one event is not dropped itself, and only this subscriber has lost something."""
        if "platform" not in subscription.types:
            return
        record = {"reason": _FALLEN_BEHIND, "droppedRecords": count, "droppedBytes": size}
        line = {"time": timestamp(self._now()), "type": "platform.logsDropped", "record": record}
        event = json.dumps(line, separators=(",", ":")).encode()
        subscription.queue.append(event)
        subscription.size += len(event)

    def _take(self, subscription: Subscription, batch: list[bytes]) -> None:
        subscription.attempts = 0
        del subscription.queue[: len(batch)]
        subscription.size -= sum(map(len, batch))


def read_subscription(body: bytes) -> Subscription:
    """Raises Refused."""
    try:
        return _read(json.loads(body))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise Refused(f"the subscription cannot be read: {problem}") from problem


def _read(wanted: dict[str, Any]) -> Subscription:
    types, destination = tuple(wanted["types"]), wanted["destination"]
    buffering = wanted.get("buffering") or {}
    if not types or not set(types) <= set(_TYPES):
        raise Refused(f"types must be some of {', '.join(_TYPES)}")
    protocol = destination.get("protocol")
    if protocol == "TCP":
        port, path, host = destination.get("port"), "", ""
    elif protocol == "HTTP":
        parts = urlsplit(str(destination.get("URI", "")))
        if parts.scheme != "http" or parts.hostname not in _HOSTS:
            raise Refused("the destination's URI must be http://sandbox.localdomain:port")
        port, path, host = parts.port or 80, parts.path or "/", parts.netloc
        if not _IS_SENDABLE.fullmatch(path + host):
            raise Refused("the destination's URI has characters that no URI has")
    else:
        raise Refused("the destination's protocol must be HTTP or TCP")
    if type(port) is not int or not 0 < port < 65_536 or port == 9001:
        raise Refused("the destination's port is not valid")
    return Subscription(
        types,
        port,
        path,
        host,
        items_max=_bounded(buffering, "maxItems", _ITEMS),
        bytes_max=_bounded(buffering, "maxBytes", _BYTES),
        timeout_s=_bounded(buffering, "timeoutMs", _TIMEOUT_MS) / 1000,
    )


def _bounded(buffering: dict[str, object], name: str, bounds: tuple[int, int, int]) -> int:
    least, most, default = bounds
    value = buffering.get(name, default)
    if not isinstance(value, int) or not least <= value <= most:
        raise Refused(f"{name} must be between {least} and {most}")
    return value


async def _post(subscription: Subscription, batch: list[bytes], port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        if not subscription.path:
            writer.write(b"".join(event + b"\n" for event in batch))
            await writer.drain()
            return
        body = b"[" + b",".join(batch) + b"]"
        head = (
            f"POST {subscription.path} HTTP/1.1\r\nHost: {subscription.host}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        writer.write(head.encode("latin-1") + body)
        await writer.drain()
        await reader.readline()
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
