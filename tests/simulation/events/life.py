"""One process: the real services on a database without threads, until it stops or crashes around one of its commits."""

import asyncio
import random
import shutil
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.simulation.events.functions import Functions
from tests.simulation.events.rows import Rows
from tests.simulation.events.town import context
from tests.simulation.events.watch import Watch
from tests.simulation.inline import InlineDatabase

from lambent.core import ids
from lambent.core.clock import VirtualClock
from lambent.core.config import Config
from lambent.core.context import Context
from lambent.core.errors import LambentError, ServiceError
from lambent.core.ports import Metrics
from lambent.core.sessions import SessionSeal
from lambent.durable.outbox import Outbox
from lambent.durable.signals import Signals
from lambent.durable.timers import Timers
from lambent.durable.workers import Supervisor, Worker
from lambent.gateway.dispatch import Dispatcher
from lambent.services.dynamodb import Dynamodb, DynamodbStreams
from lambent.services.kinesis import Kinesis
from lambent.services.lambda_ import Lambda
from lambent.services.sns import Sns
from lambent.services.sqs import Sqs
from lambent.store.blobs import Blobs
from lambent.store.schema import schema_of
from lambent.store.writer import CommitPoint

DATABASE = "state.db"
COMMITS_MAX = 5_000
"""Some hundred are usual."""
PACKAGES = ("lambent.durable", "lambent.services.sqs", "lambent.services.lambda_", "lambent.services.sns")


STREAM_PACKAGES = ("lambent.services.kinesis", "lambent.services.dynamodb")


class Gone(LambentError):
    """The process has ended: what it still runs is only cleared away."""


class Unavailable(ServiceError):
    code, status, wording = "ServiceUnavailable", 503, "simulated"


class Throttled(ServiceError):
    code, status, wording = "ThrottlingException", 429, "simulated"


class NoSuchEntity(ServiceError):
    code, status = "NoSuchEntity", 404


class Strangers:
    """iam and sts, which know no role and no caller."""

    async def simulate_principal_policy(self, context: Context, parameters: Any) -> Any:
        raise NoSuchEntity

    async def get_caller_identity(self, context: Context, parameters: Any) -> Any:
        raise NoSuchEntity


class Fate:
    """Whether the process still runs."""

    def __init__(self) -> None:
        self.has_crashed = False
        self.is_cleared_away = False

    async def alive(self) -> None:
        """Returns at once, or never: a process that is no more does nothing."""
        if self.has_crashed:
            if self.is_cleared_away:
                raise Gone
            await asyncio.get_running_loop().create_future()


class MortalDatabase(InlineDatabase):
    """After the crash nothing is written, read or acknowledged."""

    fate: Fate

    async def write(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        await self.fate.alive()
        return await super().write(function, *args, **kwargs)

    def write_at_once(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        if self.fate.has_crashed:
            return asyncio.ensure_future(self.fate.alive())
        return super().write_at_once(function, *args, **kwargs)

    async def read(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        await self.fate.alive()
        found = await super().read(function, *args, **kwargs)
        await self.fate.alive()
        return found

    def _acknowledge(self, done: Any, topics: Any) -> None:
        if self.fate.has_crashed:
            self._busy.ended(len(done))
            return
        super()._acknowledge(done, topics)


class Life:
    """One process on ``folder``. ``crash``: around which commit it ends, counted from ``begin_trouble``, and how.

    What the disk holds at that instant stands in ``remains``.
    """

    def __init__(
        self,
        folder: Path,
        *,
        watch: Watch,
        chance: random.Random,
        start: float,
        trouble: float = 0.0,
        crash: tuple[int, str] | None = None,
        has_streams: bool = False,
    ) -> None:
        self.folder = folder
        self.remains = folder.with_name(folder.name + "+")
        self.watch = watch
        self.chance = chance
        self.clock = VirtualClock(start)
        self.commits = 0
        self.fate = Fate()
        self._trouble = trouble
        self._is_troubled = False
        self._crash = crash
        self._log_bytes = 0
        options: dict[str, Any] = {"durability": "os", "busy": self.clock.busy, "probe": self._probe}
        self._has_streams = has_streams
        schemas = [schema_of(package) for package in (*PACKAGES, *(STREAM_PACKAGES if has_streams else ()))]
        self.store = MortalDatabase.open(folder / DATABASE, schemas, **options)
        self.store.fate = self.fate
        self.rows = Rows(folder / DATABASE)
        watch.begin(self.clock, self.rows)
        self.functions = Functions(watch, self.fate, chance, self.clock)
        self._build()

    def _build(self) -> None:
        signals = Signals(self.clock)
        signals.attach(self.store)
        self.services: dict[str, object] = {"iam": Strangers(), "sts": Strangers()}
        self._dispatch = Dispatcher(self.services, interceptor=self)  # type: ignore[arg-type]
        common: dict[str, Any] = {"store": self.store, "clock": self.clock, "signals": signals, "call": self._dispatch}
        timers = Timers(store=self.store, clock=self.clock, signals=signals)
        outbox = Outbox(**common)
        metrics = Metrics()
        self.services["sqs"] = sqs = Sqs(timers=timers, **common)
        self.services["lambda"] = lambda_ = Lambda(
            blobs=Blobs(self.folder / "blobs", durability="os", busy=self.clock.busy),
            outbox=outbox,
            environments=self.functions,
            sessions=SessionSeal(b"key"),
            metrics=metrics,
            inspect_zip=lambda path: path.stat().st_size,
            layer_file=None,
            config=Config(),
            **common,
        )
        self.services["sns"] = sns = Sns(outbox=outbox, metrics=metrics, **common)
        more = self._stream_workers(timers, common) if self._has_streams else []
        workers = [timers.worker(), outbox.worker(), *sqs.workers(), *lambda_.workers(), *sns.workers(), *more]
        # The sweeper of zips looks into folders on threads, whose order no seed decides.
        self._supervisor = Supervisor([each for each in workers if each.name != "lambda.archives"], clock=self.clock)

    def _stream_workers(self, timers: Timers, common: dict[str, Any]) -> list[Worker]:
        basic = {name: common[name] for name in ("store", "clock", "signals")}
        kinesis = Kinesis(timers=timers, config=Config(), **basic)
        dynamodb, dynamodb_streams = Dynamodb(timers=timers, **common), DynamodbStreams(**basic)
        self.services |= {"kinesis": kinesis, "dynamodb": dynamodb, "dynamodbstreams": dynamodb_streams}
        return [*kinesis.workers(), *dynamodb.workers(), *dynamodb_streams.workers()]

    async def start(self) -> None:
        await self._supervisor.start()
        await self.clock.settle()

    async def stop(self) -> None:
        self.fate.is_cleared_away = True
        await self._supervisor.stop()
        self.rows.close()
        await self.store.close()

    def begin_trouble(self) -> None:
        self._is_troubled, self.commits = True, 0

    def end_trouble(self) -> None:
        self._is_troubled = False

    async def ask(self, service: str, operation: str, **parameters: Any) -> Any:
        return await self._dispatch(context(ids.uuid4()), service, operation, parameters)

    # ---- what may go wrong -------------------------------------------------------------------------------------------

    async def call(
        self,
        context: Context,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        proceed: Callable[[], Awaitable[Any]],
    ) -> Any:
        await self.fate.alive()
        await self._dawdle()
        if self._is_unlucky():
            raise self.chance.choice((Unavailable, Throttled))
        self.watch.asked(context, service, operation, parameters)
        reply = await proceed()
        await self.fate.alive()
        self.watch.answered(context, service, operation, parameters, reply)
        await self._dawdle()
        if self._is_unlucky():
            raise Unavailable  # done, but the answer is lost
        return reply

    async def _dawdle(self) -> None:
        if self._is_troubled:
            for _ in range(self.chance.randrange(4)):
                await asyncio.sleep(0)
            await self.fate.alive()

    def _is_unlucky(self) -> bool:
        return self._is_troubled and self.chance.random() < self._trouble

    # ---- crashes -----------------------------------------------------------------------------------------------------

    def _probe(self, point: CommitPoint) -> None:
        if self.fate.has_crashed:
            return
        if point is CommitPoint.BEFORE:
            self.commits += 1
            self._log_bytes = self._log().stat().st_size
            if self.commits > COMMITS_MAX:
                self.fate.has_crashed = True
                self.watch.check(False, "does not come to rest")
                return
        number, kind = self._crash or (0, "")
        if not self._is_troubled or self.commits != number:
            if point is CommitPoint.AFTER:
                try:
                    self.rows.look()
                    self.watch.records.look(self.rows)
                except AssertionError as error:  # who writes would take it for a failure of the disk
                    self.watch.check(False, error)
        elif (point is CommitPoint.BEFORE) == (kind == "before"):
            self._die(kind)

    def _die(self, kind: str) -> None:
        self.fate.has_crashed = True
        self.watch.note("crash", kind, self.commits)
        self.remains.mkdir()
        for path in self.folder.glob(f"{DATABASE}*"):
            if not path.name.endswith("-shm"):
                shutil.copy(path, self.remains)
        log = self.remains / self._log().name
        size = log.stat().st_size
        if kind == "torn" and self._log_bytes < size:  # a commit that changes nothing writes nothing
            with log.open("r+b") as torn:
                torn.truncate(self.chance.randrange(self._log_bytes, size))

    def _log(self) -> Path:
        return self.folder / f"{DATABASE}-wal"


async def let_go(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.gather(*tasks, return_exceptions=True)
