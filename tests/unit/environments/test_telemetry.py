"""Which subscriptions are taken, and what their destinations get when."""

import asyncio
import json

import pytest
from tests.unit.environments.test_extensions import House as Registered
from tests.unit.environments.test_runtime_api import Exchange, refused

from lambent.core.ports import LogEvent
from lambent.environments import telemetry
from lambent.environments.telemetry import Refused, Telemetry, read_subscription

HTTP = {"protocol": "HTTP", "URI": "http://sandbox.localdomain:8080/a"}


def body(**changes) -> bytes:
    return json.dumps({"schemaVersion": "2022-07-01", "types": ["platform"], "destination": HTTP, **changes}).encode()


def test_a_subscription_has_defaults():
    made = read_subscription(body())
    assert (made.port, made.path, made.items_max, made.bytes_max, made.timeout_s) == (8080, "/a", 10_000, 262_144, 1.0)


@pytest.mark.parametrize(
    "changes",
    [
        {"types": []}, {"types": ["other"]}, {"destination": {"protocol": "UDP"}},
        {"destination": {"protocol": "TCP", "port": 0}},
        {"destination": {"protocol": "HTTP", "URI": "http://example.com:80"}}, {"buffering": {"timeoutMs": 24}},
        {"buffering": {"maxItems": 999}}, {"buffering": {"maxBytes": "many"}},
        {"types": [{}]}, {"types": 1}, {"destination": "http"}, {"destination": {"protocol": "HTTP", "URI": "http://[x"}},
        {"destination": {"protocol": "HTTP", "URI": "http://sandbox:99999"}}, {"buffering": [1]},
        {"destination": {"protocol": "HTTP", "URI": "http://sandbox:8080/\u20ac"}},
        {"destination": {"protocol": "HTTP", "URI": "http://sandbox:8080/a b"}},
        {"destination": {"protocol": "TCP", "port": True}},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_out_of_bounds_is_refused(changes):
    with pytest.raises(Refused):
        read_subscription(body(**changes))


def test_a_subscription_that_nests_too_deeply_is_refused():
    with pytest.raises(Refused):
        read_subscription(b"[" * 200_000)


class Subscribed:
    """An extension with a subscription, and a destination that keeps what it gets."""

    def __init__(self, monkeypatch) -> None:
        self.batches: list[list[dict]] = []
        self.lines: list[tuple] = []
        self.registered = Registered("a")
        self.registered.register("a")
        say = lambda *facts: self.lines.append(facts)  # noqa: E731
        self.telemetry = Telemetry(self.registered.all, now=lambda: 0.0, say=say)
        monkeypatch.setattr(telemetry, "_post", self._post)

    async def _post(self, subscription, batch, port) -> None:
        self.batches.append([json.loads(event) for event in batch])

    def subscribe(self, **changes) -> Exchange:
        identifier = self.registered.all.all["a"].identifier
        exchange = Exchange("PUT", "", body(**changes), lambda_extension_identifier=identifier)
        exchange.path = "/2022-07-01/telemetry"
        self.telemetry.received(exchange)
        return exchange


async def test_who_subscribes_hears_what_came_before(monkeypatch):
    house = Subscribed(monkeypatch)
    house.telemetry.platform("initStart", {"phase": "init"})
    assert house.subscribe().answered == b'"OK"'
    assert house.lines == [("TELEMETRY", "a", ("platform",))]
    await house.telemetry.flush(1)
    assert [event["type"] for event in house.batches[0]] == ["platform.initStart", "platform.telemetrySubscription"]
    assert house.batches[0][0] == {
        "time": "1970-01-01T00:00:00.000Z",
        "type": "platform.initStart",
        "record": {"phase": "init"},
    }


async def test_only_what_was_asked_for_is_delivered(monkeypatch):
    house = Subscribed(monkeypatch)
    house.subscribe(types=["function"])
    house.telemetry.output("extension", [LogEvent(1, "no")])
    house.telemetry.output("function", [LogEvent(1, "yes\n")])
    await house.telemetry.flush(1)
    assert [(event["type"], event["record"]) for event in house.batches[0]] == [("function", "yes\n")]


async def test_nothing_is_delivered_while_the_environment_is_frozen(monkeypatch):
    house = Subscribed(monkeypatch)
    house.subscribe(buffering={"timeoutMs": 25})
    house.telemetry.pause()
    house.telemetry.platform("report", {})
    await asyncio.sleep(0)
    assert house.batches == []
    await house.telemetry.flush(1)
    assert len(house.batches[0]) == 2


async def test_nobody_subscribes_after_init(monkeypatch):
    house = Subscribed(monkeypatch)
    house.registered.all.is_closed = True
    assert refused(house.subscribe())[1] == "Telemetry.SubscriptionClosed"


async def test_who_reads_too_slowly_loses_what_is_beyond_the_room_and_is_told_so(monkeypatch):
    house = Subscribed(monkeypatch)
    house.subscribe(types=["platform", "function"])
    house.telemetry.pause()
    monkeypatch.setattr(telemetry, "WAITING_BYTES_MAX", 1_000)
    for _ in range(100):
        house.telemetry.output("function", [LogEvent(1, "x" * 100)])
    await house.telemetry.flush(1)
    (batch,) = house.batches
    kept = [event for event in batch if event["type"] == "function"]
    (dropped,) = (event["record"] for event in batch if event["type"] == "platform.logsDropped")
    assert 0 < len(kept) < 10
    assert dropped["droppedRecords"] == 100 - len(kept)
    assert dropped["droppedBytes"] > 100 * dropped["droppedRecords"]
