"""The whole service on a real database, a clock that turns, and environments that only note what they are asked."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lambent.core.clock import VirtualClock
from lambent.core.config import Config
from lambent.core.context import Context, Scope
from lambent.core.ports import Caller, EnvironmentSpec, Invocation, Metrics, Outcome, Provisioned, RuntimeUnavailable
from lambent.core.sessions import SessionSeal
from lambent.durable.outbox import Outbox
from lambent.durable.signals import Signals
from lambent.durable.workers import Supervisor
from lambent.services.lambda_ import Lambda
from lambent.services.lambda_.tables import async_events
from lambent.store.blobs import Blobs
from lambent.store.schema import schema_of
from lambent.store.sqlite import SqliteDatabase
from lambent.store.writer import CommitPoint

ACCOUNT = "111111111111"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"


def zipped(text: str = "") -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo("app.py"), text)
    return content.getvalue()


FAILED = Outcome(payload=b'{"errorMessage": "no", "errorType": "Exception"}', function_error="Unhandled")
"""What comes of a handler that raises."""


class Called(NamedTuple):
    """One call of another service."""

    context: Context
    service: str
    operation: str
    parameters: Any


class Environments:
    """Answers at once, unless ``gate`` is closed or something is to be raised.

    ``outcomes`` are given first, one after the other; after them each event is returned.
    """

    def __init__(self) -> None:
        self.prepared: list[EnvironmentSpec] = []
        self.invoked: list[tuple[EnvironmentSpec, Invocation]] = []
        self.retired: list[str] = []
        self.retired_accounts: list[str | None] = []
        self.provided: dict[str, int] = {}
        self.missing_runtimes: set[str] = set()
        self.raises_in_prepare: Exception | None = None
        self.raises_in_invoke: Exception | None = None
        self.outcomes: list[Outcome] = []
        self.streamed: tuple[str, list[bytes]] | None = None  # what a function writes piece by piece, and its content type
        self.gate = asyncio.Event()
        self.gate.set()
        self.running_max = 0
        self._running = 0
        self._changed = asyncio.Event()

    async def prepare(self, spec: EnvironmentSpec) -> None:
        self.prepared.append(spec)
        if self.raises_in_prepare is not None:
            raise self.raises_in_prepare

    async def ready_runtime(self, runtime: str) -> None:
        if runtime in self.missing_runtimes:
            raise RuntimeUnavailable(runtime, "install it")

    async def invoke(self, spec: EnvironmentSpec, invocation: Invocation, stream: Any = None) -> Outcome:
        self.invoked.append((spec, invocation))
        self._changed.set()
        self._running += 1
        self.running_max = max(self.running_max, self._running)
        try:
            await self.gate.wait()
            if self.raises_in_invoke is not None:
                raise self.raises_in_invoke
            if self.streamed is not None and stream is not None:
                stream.begin(self.streamed[0])
                for piece in self.streamed[1]:
                    await stream.write(piece)
        finally:
            self._running -= 1
        return self.outcomes.pop(0) if self.outcomes else Outcome(payload=invocation.payload)

    async def provision(self, spec: EnvironmentSpec, count: int) -> Provisioned:
        self.provided[spec.key] = count
        return self.provisioned(spec.key)

    def provisioned(self, key: str) -> Provisioned:
        count = self.provided.get(key, 0)
        return Provisioned(count, count, count)

    async def retire(self, key: str) -> None:
        self.retired.append(key)
        self.provided.pop(key, None)

    async def retire_account(self, account: str | None) -> None:
        self.retired_accounts.append(account)

    async def reached(self, count: int) -> None:
        """Returns when so many events have been given."""
        while len(self.invoked) < count:
            self._changed.clear()
            await self._changed.wait()

    def names(self) -> list[str]:
        return [spec.function_name for spec, _ in self.invoked]

    def request_ids(self) -> list[str]:
        return [invocation.request_id for _, invocation in self.invoked]


class House:
    """One life of the service; ``restart`` begins another on the same data, as after a crash.

    ``answers`` is what other services answer, by service and operation, or raise; nobody else is to be called.
    """

    packages: tuple[str, ...] = ("lambent.durable", "lambent.services.lambda_")
    """Whose tables are in the database."""

    def __init__(self, folder: Path, *, probe: Callable[[CommitPoint], None] | None = None) -> None:
        self.folder = folder
        self.probe = probe
        self.clock = VirtualClock()
        self.environments = Environments()
        self.reads = 0
        self.answer: Caller | None = None  # answers for other services
        self.metrics = Metrics()
        self.calls: list[Called] = []
        self.answers: dict[tuple[str, str], Any] = {}

    async def start(self) -> None:
        self.signals = Signals(self.clock)
        schemas = [schema_of(package) for package in self.packages]
        options: dict[str, Any] = {"durability": "os", "busy": self.clock.busy, "probe": self.probe}
        self.store = SqliteDatabase.open(self.folder / "db", schemas, **options)
        self.signals.attach(self.store)
        self._count_reads()
        self.blobs = Blobs(self.folder / "blobs", durability="os", busy=self.clock.busy)
        self.outbox = Outbox(store=self.store, clock=self.clock, signals=self.signals, call=self._call)
        self.service = Lambda(
            store=self.store,
            blobs=self.blobs,
            clock=self.clock,
            call=self._call,
            signals=self.signals,
            outbox=self.outbox,
            environments=self.environments,
            sessions=SessionSeal(b"key"),
            metrics=self.metrics,
            inspect_zip=lambda path: path.stat().st_size,
            layer_file=None,
            config=Config(port=4566),
        )
        self.supervisor = Supervisor([*self.service.workers(), self.outbox.worker()], clock=self.clock)
        await self.supervisor.start()

    async def stop(self) -> None:
        await self.supervisor.stop()
        await self.store.close()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def settle(self) -> None:
        await self.clock.settle()

    async def keeps(self, count: int) -> None:
        """Returns when so many zips are kept."""
        await self.settle()
        async with asyncio.timeout(10):
            while len(list((self.folder / "blobs" / "lambda").glob("??/*"))) != count:  # noqa: ASYNC110 - the sweeper tells nobody
                await asyncio.sleep(0)

    async def __call__(self, operation: str, *, account: str = ACCOUNT, request_id: str = "id", **parameters: Any) -> Any:
        context = Context(account, "us-east-1", request_id, f"arn:aws:iam::{account}:root", "http://localhost:4566")
        return await getattr(self.service, operation)(context, parameters)

    async def create(self, name: str = "f", **options: Any) -> Any:
        given = {"Runtime": "python3.12", "Handler": "app.handler", "Role": ROLE, "Code": {"ZipFile": zipped(name)}}
        told = await self("create_function", FunctionName=name, **(given | options))
        await self.settle()
        return told

    async def send(self, request_id: str, name: str = "f") -> None:
        """Sends an event, and lets it run if it can."""
        await self("invoke", request_id=request_id, FunctionName=name, InvocationType="Event", Payload=b"1")
        await self.settle()

    async def waiting(self) -> int:
        """How many events there are."""
        return await self.store.read(async_events.count_events, Scope(ACCOUNT, "us-east-1"))

    def called(self, service: str) -> list[Called]:
        return [call for call in self.calls if call.service == service]

    def metric(self, name: str, **labels: str) -> float:
        return self.metrics.values.get((name, tuple(labels.items())), 0.0)

    async def _call(self, context: Context, service: str, operation: str, parameters: Any) -> Any:
        self.calls.append(Called(context, service, operation, parameters))
        if (service, operation) == ("lambda", "Invoke"):
            return await self.service.invoke(context, parameters)
        if self.answer is not None:
            return await self.answer(context, service, operation, parameters)
        assert (service, operation) in self.answers, f"nobody should call {service} {operation}"
        answer = self.answers[service, operation]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _count_reads(self) -> None:
        read = self.store.read

        async def counted(function: Any, *args: Any, **kwargs: Any) -> Any:
            self.reads += 1
            return await read(function, *args, **kwargs)

        self.store.read = counted  # type: ignore[method-assign]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path)
    await house.start()
    yield house
    await house.stop()
