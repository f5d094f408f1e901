"""The composition root: builds everything from a Config, in one place, and decides nothing."""

import asyncio
import contextlib
import errno
import gc
import importlib
import inspect
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, cast

from lambent import __version__
from lambent.core.clock import Clocks
from lambent.core.config import CLOCKS, THROUGHPUTS, Config
from lambent.core.errors import StartupError
from lambent.core.log import Log
from lambent.core.ports import Interceptor, Judge, Keyring, Metrics
from lambent.core.sessions import SessionSeal
from lambent.core.source_folders import FolderRefused, SourceFolders
from lambent.durable.outbox import Outbox
from lambent.durable.signals import Signals
from lambent.durable.timekeeper import Timekeeper
from lambent.durable.timers import Timers
from lambent.durable.workers import Supervisor, Worker
from lambent.environments.archives import inspect_zip
from lambent.environments.pool import Pool
from lambent.gateway import authorize
from lambent.gateway.admin import Admin
from lambent.gateway.authenticate import Authenticator
from lambent.gateway.clock_page import ClockPage
from lambent.gateway.dispatch import Dispatcher
from lambent.gateway.folder_page import FolderPage
from lambent.gateway.hosts import Hosts, is_loopback
from lambent.gateway.listening import listen
from lambent.gateway.metrics import Requests
from lambent.gateway.pipeline import Pipeline
from lambent.gateway.server import Server
from lambent.gateway.sites import Sites
from lambent.store import lock
from lambent.store.blobs import Blobs
from lambent.store.folder import Folder, Running
from lambent.store.schema import Schema, schema_of
from lambent.store.sqlite import SqliteDatabase
from lambent.wire.route import Router

# An AWS service is one line here. The order is that of building: a later one may be given what an earlier one offers.
SERVICES = {
    "logs": ("lambent.services.logs", "Logs"),
    "iam": ("lambent.services.iam", "Iam"),
    "sts": ("lambent.services.sts", "Sts"),
    "sqs": ("lambent.services.sqs", "Sqs"),
    "kinesis": ("lambent.services.kinesis", "Kinesis"),
    "s3": ("lambent.services.s3", "S3"),
    "ecr": ("lambent.services.ecr", "Ecr"),
    "lambda": ("lambent.services.lambda_", "Lambda"),
    "sns": ("lambent.services.sns", "Sns"),
    "events": ("lambent.services.events", "Events"),
    "scheduler": ("lambent.services.scheduler", "Scheduler"),
    "pipes": ("lambent.services.pipes", "Pipes"),
    "dynamodb": ("lambent.services.dynamodb", "Dynamodb"),
    "dynamodbstreams": ("lambent.services.dynamodb", "DynamodbStreams"),
    "stepfunctions": ("lambent.services.stepfunctions", "StepFunctions"),
    "apigatewayv2": ("lambent.services.apigateway", "ApiGatewayV2"),
    "apigateway": ("lambent.services.apigateway", "ApiGateway"),
    "apigatewaymanagementapi": ("lambent.services.apigateway", "ApiGatewayManagementApi"),
}

T = TypeVar("T")

GARBAGE_OBJECTS = 50_000  # made and not yet gone, before the youngest are looked through
FOLDER_CHECK_S = 2.0  # how often a running platform looks whether its data directory is still there

log = Log("app")


class Platform:
    """One running platform. ``config`` has the true port once it has started."""

    def __init__(self, config: Config, *, clock: Clocks | None = None, interceptor: Interceptor | None = None) -> None:
        """``clock``: where time begins if the data does not say so."""
        self.config = config
        self.clock = clock or Clocks()
        self.metrics = Metrics()
        self.services: dict[str, Any] = {}
        self.signals = Signals(self.clock)
        self.call = Dispatcher(self.services, interceptor=interceptor)
        self.folder = Folder(config.data)
        self._databases: list[SqliteDatabase] = []
        self._workers: list[Worker] = []
        self._interceptor = interceptor
        self._server: Server | None = None
        self._requests = Requests()
        self._cleanup = contextlib.AsyncExitStack()
        self._is_ready = False
        self.pool: Pool | None = None

    @property
    def url(self) -> str:
        return self.config.url

    @property
    def has_its_folder(self) -> bool:
        """False once the data directory has been deleted or replaced under the running platform."""
        return self._hold.is_there()

    async def start(self) -> None:
        """Opens the data directory and listens. Raises StartupError, having undone what it did."""
        try:
            await self._start()
        except BaseException:
            await self._cleanup.aclose()
            raise

    async def stop(self) -> None:
        """Answers what is under way, then lets go of everything in the reverse order."""
        self._is_ready = False
        await self._cleanup.aclose()

    def kill(self) -> None:
        """Answers nobody and commits nothing from here on, as after ``kill -9``; ``stop`` still has to free what is held."""
        self._is_ready = False
        if self._server is not None:
            self._server.abort()
        for database in self._databases:
            database.kill()

    async def reset(self, account: str | None) -> None:
        """Deletes what is kept of an account, or of all."""
        forgets = [service.forget for service in self.services.values() if hasattr(service, "forget")]
        for database in self._databases:
            # An account that is deleted has no clock of its own any more, and lives by the platform's when it comes again.
            self.clock.drop(account)
            # Right before the rows go, with nothing between, so that nobody remembers a row that will be gone.
            for forget in forgets:
                if not inspect.iscoroutinefunction(forget):
                    forget(account)
            await database.reset(account)
        await self.clock.save()  # time does not begin anew with everything else
        for forget in forgets:
            forgotten = forget(account)
            if inspect.isawaitable(forgotten):
                await forgotten

    async def _start(self) -> None:
        authorize.check_mode(self.config.auth)
        if self.config.clock not in ("", *CLOCKS):
            raise StartupError(f"--clock is {', '.join(CLOCKS[:-1])} or {CLOCKS[-1]}, not {self.config.clock}.")
        if self.config.throughput not in THROUGHPUTS:
            raise StartupError(f"--throughput is {' or '.join(THROUGHPUTS)}, not {self.config.throughput}.")
        hosts = Hosts(bound_host=self.config.host, allowed_hosts=self.config.allowed_hosts)
        if self.config.auth == "open" and not is_loopback(self.config.host):
            raise StartupError(
                f"--auth open believes every caller, so it listens on loopback addresses only, not on {self.config.host}."
                " Use --auth signed (and `lambent keys create`) to listen there."
            )
        self._open_folder()
        self._listen()
        source_folders = self._source_folders()
        sessions = SessionSeal(self.folder.seal_key())
        await self._build_services(sessions, source_folders)
        judge = cast(Judge, self.services["iam"])
        policies = authorize.policies_of(self.config.auth, judge=judge, keepers=self.services, clock=self.clock)
        self.call.guard = authorize.guard_of(self.config.auth, judge=judge, keepers=self.services, clock=self.clock)
        await self._start_workers()
        authenticator = Authenticator(
            is_signed=self.config.auth != "open",
            clock=self.clock,
            sessions=sessions,
            keyring=cast(Keyring | None, self.services.get("iam")),
        )
        pipeline = Pipeline(
            hosts=hosts,
            admin=Admin(
                reset=self.reset,
                status=self._status,
                requests=self._requests,
                metrics=self.metrics,
                clock=ClockPage(self.clock),
                archives=self.services["lambda"].archives.open,
                folders=FolderPage(source_folders, sessions),
                is_operator=authenticator.proves_operator if authenticator.is_signed else None,
            ),
            router=Router(tuple(self.services)),
            authenticator=authenticator,
            authorize=policies.check if policies is not None else None,
            dispatcher=self.call,
            requests=self._requests,
            sites=Sites(
                self.services.values(), authenticator=authenticator, judge=policies.denial if policies is not None else None
            ),
            clock=self.clock,
        )
        server = self._server = Server(pipeline.answer)
        await server.start(self._listening)
        self._cleanup.push_async_callback(server.stop)
        for service in self.services.values():
            if hasattr(service, "end_streams"):
                self._cleanup.callback(service.end_streams)
        self.folder.note(Running(os.getpid(), self.url))
        self._cleanup.callback(self.folder.unnote)
        self._is_ready = True
        self.clock.start()
        log.info("ready", url=self.url, data=str(self.folder.path))

    def _open_folder(self) -> None:
        if self.config.is_ephemeral:
            path = Path(tempfile.mkdtemp(prefix="lambent-"))
            self._cleanup.callback(shutil.rmtree, path, ignore_errors=True)
            self.folder = Folder(path)
        self.folder.prepare()
        self._hold = self._cleanup.enter_context(lock.hold(self.folder.path))

    def _source_folders(self) -> SourceFolders:
        try:
            return SourceFolders(
                is_loopback=is_loopback(self.config.host), allowed=self.config.source_folders, hidden=self.folder.path
            )
        except FolderRefused as refused:
            raise StartupError(f"--allow-folder: {refused}") from refused

    def _listen(self) -> None:
        try:
            self._listening = listen(self.config.host, self.config.port)
        except OSError as error:
            is_taken = error.errno == errno.EADDRINUSE
            raise StartupError(
                f"Port {self.config.port} of {self.config.host} {'is not free' if is_taken else 'cannot be listened on'} "
                f"({error.strerror}). Choose another with {'--port' if is_taken else '--port or --host'}."
            ) from error
        self._cleanup.callback(self._listening.close)
        self.config = replace(self.config, port=self._listening.getsockname()[1])

    def _open_database(self, path: Path, schemas: Sequence[Schema], durability: str) -> SqliteDatabase:
        database = SqliteDatabase.open(path, schemas, durability=durability, busy=self.clock.busy)
        self._databases.append(database)
        self._cleanup.push_async_callback(database.close)
        return database

    async def _build_services(self, sessions: SessionSeal, source_folders: SourceFolders) -> None:
        packages = {name: importlib.import_module(package) for name, (package, _) in SERVICES.items()}
        schemas = {package: schema_of(package) for package, _ in SERVICES.values() if _has_schema(package)}
        logs_schema = schemas.pop(SERVICES["logs"][0])
        store = self._open_database(
            self.folder.database, [schema_of("lambent.durable"), *schemas.values()], self.config.durability
        )
        # What functions print may be lost in a power cut, so that it does not cost a flush of the disk.
        logs_store = self._open_database(self.folder.logs_database, [logs_schema], "os")
        self._cleanup.push_async_callback(self.clock.stop)
        await Timekeeper(store=store, clocks=self.clock).restore(self.config.clock)
        signals = self.signals
        signals.attach(store)
        signals.attach(logs_store)
        timers = Timers(store=store, clock=self.clock, signals=signals)
        outbox = Outbox(store=store, clock=self.clock, signals=signals, call=self.call)
        self._workers += [timers.worker(), outbox.worker()]
        menu: dict[str, object] = {
            "store": store,
            "logs_store": logs_store,
            "blobs": Blobs(self.folder.blobs, durability=self.config.durability, busy=self.clock.busy),
            "clock": self.clock,
            "call": self.call,
            "signals": signals,
            "timers": timers,
            "outbox": outbox,
            "sessions": sessions,
            "source_folders": source_folders,
            "metrics": self.metrics,
            "config": self.config,
            "interceptor": self._interceptor,
            "inspect_zip": inspect_zip,
            "service_names": frozenset(SERVICES),
        }
        for name, (_, class_name) in SERVICES.items():
            service = self.services[name] = _build(getattr(packages[name], class_name), menu)
            menu |= getattr(service, "offers", {})
            if name == "logs":
                menu["log_sink"] = service
                menu["environments"] = await self._start_pool(menu)

    async def _start_pool(self, menu: dict[str, object]) -> Pool:
        pool = _build(Pool, menu | {"cache": self.config.cache, "code_folder": self.folder.code, "endpoint_url": self.url})
        await pool.start()
        self._cleanup.push_async_callback(pool.stop)
        self.pool = pool
        return pool

    async def _start_workers(self) -> None:
        for service in self.services.values():
            self._workers += getattr(service, "workers", list)()
        supervisor = Supervisor(self._workers, clock=self.clock)
        await supervisor.start()
        self._cleanup.push_async_callback(supervisor.stop)

    def _status(self) -> dict[str, object]:
        return {
            "ready": self._is_ready,
            "version": __version__,
            "services": list(self.services),
            "auth": self.config.auth,
            "clock": self.clock.state().mode,
            "isolation": self.pool.isolation if self.pool is not None else "",
        }


def build(config: Config, *, clock: Clocks | None = None, interceptor: Interceptor | None = None) -> Platform:
    """A platform that is not started yet."""
    return Platform(config, clock=clock, interceptor=interceptor)


def serve(config: Config, *, on_ready: Callable[[Platform], None] | None = None) -> None:
    """Runs a platform until SIGTERM or SIGINT. Raises StartupError."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(config, on_ready))


async def _serve(config: Config, on_ready: Callable[[Platform], None] | None) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    platform = build(config)
    await platform.start()
    _rest_the_collector()
    try:
        if on_ready is not None:
            on_ready(platform)
        while not ended.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), FOLDER_CHECK_S)
            if not platform.has_its_folder:
                # What is written to deleted files is acknowledged and lost.
                log.error("data_gone", data=str(platform.folder.path), effect="the platform ends")
                break
    finally:
        await platform.stop()


def _rest_the_collector() -> None:
    """Python looks for garbage in cycles after every 700 new objects, which one batch of items has: for nothing, as nearly all
    of a request dies without it. What the start has made stays, and is never looked through again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_OBJECTS, 20, 50)


def _build(factory: Callable[..., T], menu: dict[str, object]) -> T:
    """Gives a constructor what it asks for by name."""
    wanted = inspect.signature(factory).parameters
    missing = [name for name, parameter in wanted.items() if name not in menu and parameter.default is parameter.empty]
    assert not missing, f"{factory} asks for {missing}, which app.py does not have"
    return factory(**{name: menu[name] for name in wanted if name in menu})


def _has_schema(package: str) -> bool:
    return importlib.resources.files(package).joinpath("schema.sql").is_file()
