"""A small platform to crash: orders that are rows, with a timer each and effects on a world outside.

One process, seeded chance, a virtual clock. ``Life`` is one run of the process from start to crash (or to its end); the
``Outside`` is what crashes do not touch: who was told that an order was taken, and what was delivered.
"""

import asyncio
import random
from dataclasses import dataclass, field
from pathlib import Path

from tests.simulation import remains
from tests.simulation.inline import InlineDatabase

from lambent.core.clock import VirtualClock
from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.durable.outbox import Outbox, Retries
from lambent.durable.signals import Signals
from lambent.durable.timers import Timers
from lambent.durable.workers import Supervisor
from lambent.store.schema import Schema, schema_of
from lambent.store.writer import CommitPoint

ORDERS = Schema(
    "orders",
    """
-- version 1
CREATE TABLE orders (account TEXT, region TEXT, id TEXT PRIMARY KEY, customer TEXT, placed INTEGER UNIQUE,
    reminders INTEGER NOT NULL DEFAULT 0, ends INTEGER NOT NULL DEFAULT 0);
CREATE TABLE items (account TEXT, region TEXT, of TEXT NOT NULL, number INTEGER NOT NULL);
""",
)
CONTEXT = Context(account="1", region="r", request_id="q", principal_arn="p", endpoint_url="u")
ITEMS = 3
CLIENTS = 3
ORDERS_EACH = 4
LONG_S = 7 * 24 * 3600.0
KINDS = ("before", "after", "torn")


class Unavailable(ServiceError):
    code = "Unavailable"
    status = 503


class NotTaken(Exception):
    """A placement that fails after it has written."""


@dataclass
class Outside:
    """What is beyond the process and remembers everything."""

    acknowledged: list[str] = field(default_factory=list)
    delivered: list[tuple[str, str, str]] = field(default_factory=list)  # (what, customer, order)


@dataclass
class Crash:
    """When the process ends: around its ``commit``th commit. ``kind``: before it, after it, or while its bytes were written."""

    commit: int
    kind: str
    chance: random.Random
    commits: int = 0
    has_happened: bool = False
    sizes: tuple[int, int] = (0, 0)


class Life:
    """One process on ``folder``. When it crashes, what the disk holds at that instant stands in ``remains``."""

    def __init__(self, folder: Path, outside: Outside, chance: random.Random, clock: VirtualClock, crash: Crash | None) -> None:
        self.folder = folder
        self.remains = folder.with_name(folder.name + "+")
        self.outside = outside
        self.chance = chance
        self.clock = clock
        self.crash = crash
        schemas = [schema_of("lambent.durable"), ORDERS]
        self.store = InlineDatabase.open(folder / "state.db", schemas, durability="os", busy=clock.busy, probe=self._probe)
        self.signals = Signals(clock)
        self.signals.attach(self.store)
        self.timers = Timers(store=self.store, clock=clock, signals=self.signals)
        self.outbox = Outbox(store=self.store, clock=clock, signals=self.signals, call=self._deliver, concurrency_max=4)
        self.timers.on("remind", self._remind)
        self.outbox.on_end("order", _count_end)

    @property
    def has_crashed(self) -> bool:
        return self.crash is not None and self.crash.has_happened

    async def run(self, *, is_first: bool) -> None:
        """Takes orders (in the first life), then lets time pass until all is done or the process has crashed."""
        supervisor = Supervisor([self.timers.worker(), self.outbox.worker()], clock=self.clock)
        await supervisor.start()
        clients = [asyncio.create_task(self._client(number)) for number in range(CLIENTS)] if is_first else []
        for _ in range(12):
            await self.clock.advance(LONG_S / 12)
            if self.has_crashed:
                break
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)
        await supervisor.stop()
        await self.store.close()

    async def _client(self, number: int) -> None:
        chance = random.Random(self.chance.random())
        for count in range(ORDERS_EACH):
            order = f"{number}-{count}"
            try:
                await self.store.write(self._place, order, chance.choice("xy"), chance.uniform(0, 100), chance.random() < 0.2)
            except NotTaken:
                continue
            if self.has_crashed:
                return
            self.outside.acknowledged.append(order)
            if chance.random() < 0.5:
                await self.clock.sleep_until(self.clock.now() + chance.uniform(0, 50))

    def _place(self, tx, order: str, customer: str, delay_s: float, is_refused: bool) -> None:
        tx.run("INSERT INTO orders VALUES ('1', 'r', ?, ?, (SELECT 1 + count(*) FROM orders), 0, 0)", (order, customer))
        for number in range(ITEMS):
            tx.run("INSERT INTO items VALUES ('1', 'r', ?, ?)", (order, number))
        self.timers.set(tx, "remind", order, self.clock.now() + delay_s, {"Customer": customer})
        self._tell(tx, "Placed", customer, order, ordering_key=customer)
        if is_refused:
            raise NotTaken(order)

    def _remind(self, tx, timer) -> None:
        tx.run("UPDATE orders SET reminders = reminders + 1 WHERE id = ?", (timer.key,))
        self._tell(tx, "Reminded", timer.payload["Customer"], timer.key)

    def _tell(self, tx, what: str, customer: str, order: str, ordering_key: str = "") -> None:
        parameters = {"Customer": customer, "Order": order}
        retries = Retries(delay_s_first=5.0, age_s_max=LONG_S)
        self.outbox.add(tx, CONTEXT, "post", what, parameters, ordering_key=ordering_key, retries=retries, on_end="order")

    async def _deliver(self, context, service, operation, parameters):
        for _ in range(self.chance.randrange(4)):
            await asyncio.sleep(0)
        if self.has_crashed:
            await asyncio.get_running_loop().create_future()  # the process is no more: nothing leaves it
        if self.chance.random() < 0.2:
            raise Unavailable
        self.outside.delivered.append((operation, parameters["Customer"], parameters["Order"]))
        if self.chance.random() < 0.2:
            raise Unavailable  # it arrived, but the answer was lost
        return {}

    def _probe(self, point: CommitPoint) -> None:
        crash = self.crash
        if crash is None or crash.has_happened:
            return
        if point is CommitPoint.BEFORE:
            crash.commits += 1
        if crash.commits != crash.commit:
            return
        log = self.folder / "state.db-wal"
        if point is CommitPoint.BEFORE:
            crash.sizes = (log.stat().st_size, 0)
            if crash.kind == "before":
                self._end()
        elif crash.kind != "before":
            crash.sizes = (crash.sizes[0], log.stat().st_size)
            self._end()

    def _end(self) -> None:
        crash = self.crash
        crash.has_happened = True
        remains.keep(self.folder, self.remains)
        if crash.kind == "torn" and crash.sizes[0] < crash.sizes[1]:  # a commit that changes nothing writes nothing
            with (self.remains / "state.db-wal").open("r+b") as log:
                log.truncate(crash.chance.randrange(crash.sizes[0], crash.sizes[1]))


def _count_end(tx, ended) -> None:
    tx.run("UPDATE orders SET ends = ends + 1 WHERE id = ?", (ended.entry.parameters["Order"],))
    assert ended.error is None, ended
