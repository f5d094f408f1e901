"""A crash around every commit of a pipe from a queue, and from a stream: what was sent arrives, or is given up and told of."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.simulation import remains

from lambent.core.clock import VirtualClock
from lambent.core.config import Config
from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.core.ports import Metrics
from lambent.durable.outbox import Outbox
from lambent.durable.signals import Signals
from lambent.durable.timers import Timers
from lambent.durable.workers import Supervisor
from lambent.services.kinesis import Kinesis
from lambent.services.pipes import Pipes
from lambent.services.sqs import Sqs
from lambent.store.schema import schema_of
from lambent.store.sqlite import SqliteDatabase
from lambent.store.writer import CommitPoint

ACCOUNT = "111111111111"
CONTEXT = Context(ACCOUNT, "us-east-1", "id", f"arn:aws:iam::{ACCOUNT}:root", "http://localhost:4566")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
COMMITS_MAX = 200
BODIES = [f"m{number}" for number in range(7)]
BAD = "bad"
"""The body of what no target takes."""
DELIVERY_FAILS_AT = 2


class NoSuchEntity(ServiceError):
    code, status = "NoSuchEntity", 404


class Busy(ServiceError):
    code, status = "ServiceUnavailable", 503


class Refused(ServiceError):
    code, status = "InvalidMessageContents", 400


@dataclass
class Facts:
    """What has been acknowledged: the pipe, and the bodies of what was sent."""

    is_made: bool = False
    sent: set[str] = field(default_factory=set)

    def copied(self) -> "Facts":
        return Facts(self.is_made, set(self.sent))


class Nobody:
    """Keeps no logs."""

    async def append(self, *_: Any, is_patient: bool = False) -> None:
        raise AssertionError("nothing is logged here")


class Street:
    """Pipes, sqs and kinesis on one database. One of the deliveries to the target fails."""

    def __init__(self, folder: Path, *, probe: Callable[[CommitPoint], None] | None = None) -> None:
        self.folder, self._probe, self.clock = folder, probe, VirtualClock()
        self._deliveries = 0

    async def start(self) -> None:
        signals = Signals(self.clock)
        services = [f"lambent.services.{name}" for name in ("sqs", "kinesis", "pipes")]
        schemas = [schema_of(name) for name in ("lambent.durable", *services)]
        options: dict[str, Any] = {"durability": "os", "busy": self.clock.busy, "probe": self._probe}
        self.store = SqliteDatabase.open(self.folder / "db", schemas, **options)
        signals.attach(self.store)
        timers = Timers(store=self.store, clock=self.clock, signals=signals)
        outbox = Outbox(store=self.store, clock=self.clock, signals=signals, call=self._call)
        self.sqs = Sqs(store=self.store, clock=self.clock, call=self._call, signals=signals, timers=timers)
        self.kinesis = Kinesis(store=self.store, clock=self.clock, signals=signals, timers=timers, config=Config())
        self.pipes = Pipes(
            store=self.store,
            clock=self.clock,
            call=self._call,
            signals=signals,
            outbox=outbox,
            log_sink=Nobody(),
            metrics=Metrics(),
            config=Config(),
        )
        workers = [*self.sqs.workers(), *self.kinesis.workers(), *self.pipes.workers(), timers.worker(), outbox.worker()]
        self._supervisor = Supervisor(workers, clock=self.clock)
        await self._supervisor.start()

    async def stop(self) -> None:
        await self._supervisor.stop()
        await self.store.close()

    async def ask(self, operation: str, **parameters: Any) -> Any:
        return await getattr(self.sqs, operation)(CONTEXT, parameters)

    async def put(self, bodies: list[str]) -> None:
        """Into the stream, all under one key."""
        records = [{"Data": json.dumps(body).encode(), "PartitionKey": "k"} for body in bodies]
        await self.kinesis.put_records(CONTEXT, {"StreamName": "s", "Records": records})

    async def taken(self, name: str) -> list[str]:
        """The bodies of all messages that can be received now; they are deleted."""
        bodies: list[str] = []
        while True:
            told = await self.ask("receive_message", QueueUrl=url_of(name), MaxNumberOfMessages=10)
            if not told.get("Messages"):
                return bodies
            for message in told["Messages"]:
                await self.ask("delete_message", QueueUrl=url_of(name), ReceiptHandle=message["ReceiptHandle"])
                bodies.append(message["Body"])

    async def _call(self, context: Context, service: str, operation: str, parameters: Any) -> Any:
        if service == "iam":
            raise NoSuchEntity()
        if service == "sts":
            return {"UserId": "AROA:p"}
        assert service in ("sqs", "kinesis"), f"nobody should call {service} {operation}"
        if operation == "SendMessageBatch":
            self._deliveries += 1
            if self._deliveries == DELIVERY_FAILS_AT:
                raise Busy()
            if any(json.loads(entry["MessageBody"]) == BAD for entry in parameters["Entries"]):
                raise Refused()
        name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation)[1:]
        return await getattr(getattr(self, service), name)(context, parameters)


class Crash:
    """Keeps what the disk holds around one commit, and what was acknowledged by then."""

    def __init__(self, folder: Path, remains: Path, point: CommitPoint, commit: int) -> None:
        self.facts = Facts()
        folder.mkdir()
        self.street = Street(folder, probe=self.probe)
        self.kept: Facts | None = None
        self._remains, self._point, self._commit = remains, point, commit
        self._commits = 0

    def probe(self, point: CommitPoint) -> None:
        self._commits += point is CommitPoint.BEFORE
        if point is self._point and self._commits == self._commit and self.kept is None:
            self.kept = self.facts.copied()
            remains.keep(self.street.folder, self._remains)


def url_of(name: str) -> str:
    return f"http://localhost:4566/{ACCOUNT}/{name}"


async def live(crash: Crash) -> None:
    street, facts = crash.street, crash.facts
    await street.start()
    for name in ("from", "to"):
        await street.ask("create_queue", QueueName=name)
    arns = {way: f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}" for way, name in (("Source", "from"), ("Target", "to"))}
    template = {"InputTemplate": "<$.body>"}
    await street.pipes.create_pipe(CONTEXT, {"Name": "p", "RoleArn": ROLE, "TargetParameters": template, **arns})
    facts.is_made = True
    await street.clock.advance(0)
    for bodies in (BODIES[:3], BODIES[3:4], BODIES[4:]):
        entries = [{"Id": body, "MessageBody": body} for body in bodies]
        await street.ask("send_message_batch", QueueUrl=url_of("from"), Entries=entries)
        facts.sent.update(bodies)
        await street.clock.advance(0)
    for change in (street.pipes.stop_pipe, street.pipes.start_pipe):
        await change(CONTEXT, {"Name": "p"})
        await street.clock.advance(0)
    await street.clock.advance(40)
    await street.stop()


async def check(folder: Path, facts: Facts) -> None:
    street = Street(folder)
    street.clock = VirtualClock(street.clock.now() + 100)
    await street.start()
    await street.clock.advance(0)
    if facts.is_made:
        told = await street.pipes.describe_pipe(CONTEXT, {"Name": "p"})
        assert told["CurrentState"] in ("RUNNING", "STOPPED")
        if told["CurrentState"] == "STOPPED":
            await street.pipes.start_pipe(CONTEXT, {"Name": "p"})
        for _ in range(3):
            await street.clock.advance(40)
        assert await street.taken("from") == []
        assert facts.sent <= {json.loads(body) for body in await street.taken("to")}
    await street.stop()


async def live_by_stream(crash: Crash) -> None:
    street, facts = crash.street, crash.facts
    await street.start()
    await street.kinesis.create_stream(CONTEXT, {"StreamName": "s", "ShardCount": 1})
    await street.clock.advance(0)
    for name in ("to", "given-up"):
        await street.ask("create_queue", QueueName=name)
    reading = {
        "StartingPosition": "LATEST",
        "BatchSize": 3,
        "MaximumRetryAttempts": 1,
        "OnPartialBatchItemFailure": "AUTOMATIC_BISECT",
        "DeadLetterConfig": {"Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:given-up"},
    }
    pipe = {
        "Name": "p",
        "RoleArn": ROLE,
        "Source": f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s",
        "SourceParameters": {"KinesisStreamParameters": reading},
        "Target": f"arn:aws:sqs:us-east-1:{ACCOUNT}:to",
        "TargetParameters": {"InputTemplate": "<$.data>"},
    }
    await street.put(["before"])
    await street.pipes.create_pipe(CONTEXT, pipe)
    facts.is_made = True
    await street.clock.advance(0)
    for bodies in (BODIES[:3], [BAD, *BODIES[3:4]], BODIES[4:]):
        await street.put(bodies)
        facts.sent.update(bodies)
        await street.clock.advance(0)
    for change in (street.pipes.stop_pipe, street.pipes.start_pipe):
        await change(CONTEXT, {"Name": "p"})
        await street.clock.advance(5)
    await street.stop()


async def check_by_stream(folder: Path, facts: Facts) -> None:
    """A record that is there comes in order, and the bad one is told of. What was there before the pipe never comes."""
    street = Street(folder)
    street.clock = VirtualClock(street.clock.now() + 100)
    await street.start()
    await street.clock.advance(0)
    if facts.is_made:
        if (await street.pipes.describe_pipe(CONTEXT, {"Name": "p"}))["CurrentState"] == "STOPPED":
            await street.pipes.start_pipe(CONTEXT, {"Name": "p"})
        for _ in range(3):
            await street.clock.advance(10)
        taken = [json.loads(body) for body in await street.taken("to")]
        assert facts.sent - {BAD} <= set(taken) <= set(BODIES)
        firsts = list(dict.fromkeys(taken))
        assert firsts == sorted(firsts)
        assert (
            len(taken) <= len(firsts) + 2 * 3
        )  # what was delivered twice: batches that ended right before and after the crash
        told = [json.loads(body) for body in await street.taken("given-up")]
        assert all(each["KinesisBatchInfo"]["batchSize"] == 1 for each in told)
        assert len(told) in ((1, 2) if BAD in facts.sent else (0, 1))
    await street.stop()


@pytest.mark.parametrize("point", CommitPoint)
def test_no_crash_loses_what_was_put_into_a_stream_or_mixes_it_up(tmp_path: Path, point: CommitPoint) -> None:
    for commit in range(1, COMMITS_MAX):
        crash = Crash(tmp_path / str(commit), tmp_path / f"{commit}+", point, commit)
        asyncio.run(live_by_stream(crash))
        if crash.kept is None:
            assert commit > 15
            return
        asyncio.run(check_by_stream(tmp_path / f"{commit}+", crash.kept))
    raise AssertionError(f"more than {COMMITS_MAX} commits")


@pytest.mark.parametrize("point", CommitPoint)
def test_no_crash_loses_what_was_sent_into_a_pipe(tmp_path: Path, point: CommitPoint) -> None:
    for commit in range(1, COMMITS_MAX):
        crash = Crash(tmp_path / str(commit), tmp_path / f"{commit}+", point, commit)
        asyncio.run(live(crash))
        if crash.kept is None:
            assert commit > 15
            return
        asyncio.run(check(tmp_path / f"{commit}+", crash.kept))
    raise AssertionError(f"more than {COMMITS_MAX} commits")
