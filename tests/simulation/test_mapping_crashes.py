"""A crash around every commit of a function that follows a queue: no message is lost, none comes back after it was deleted."""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.simulation import remains
from tests.unit.services.lambda_.operations.conftest import ACCOUNT, House

from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.core.ports import EnvironmentSpec, Invocation, Outcome
from lambent.durable.timers import Timers
from lambent.durable.workers import Supervisor
from lambent.services.sqs import Sqs
from lambent.store.writer import CommitPoint

COMMITS_MAX = 200
RECEIVES_MAX = 2
GOOD = [f"good {number}" for number in range(6)]
BAD = "bad"


class NoSuchEntity(ServiceError):
    code, status = "NoSuchEntity", 404


@dataclass
class Facts:
    """What has been acknowledged: messages sent and deleted, by body, and the mapping. ``attempts`` counts what was handled."""

    mapping_id: str = ""
    sent: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    attempts: Counter[str] = field(default_factory=Counter)

    def copied(self) -> "Facts":
        return Facts(self.mapping_id, set(self.sent), set(self.deleted), self.attempts.copy())


class Street(House):
    """Lambda and sqs on one database. The function names the bad message as failed."""

    packages = (*House.packages, "lambent.services.sqs")

    def __init__(self, folder: Path, facts: Facts, **options: Any) -> None:
        super().__init__(folder, **options)
        self.facts = facts
        self.environments.invoke = self._invoke  # type: ignore[method-assign]
        self._bodies: dict[str, str] = {}

    async def start(self) -> None:
        await super().start()
        timers = Timers(store=self.store, clock=self.clock, signals=self.signals)
        self.sqs = Sqs(store=self.store, clock=self.clock, call=self._call, signals=self.signals, timers=timers)
        self.others = Supervisor([*self.sqs.workers(), timers.worker()], clock=self.clock)
        await self.others.start()

    async def stop(self) -> None:
        await self.others.stop()
        await super().stop()

    async def ask(self, operation: str, **parameters: Any) -> Any:
        context = Context(ACCOUNT, "us-east-1", "id", f"arn:aws:iam::{ACCOUNT}:root", "http://localhost:4566")
        return await getattr(self.sqs, operation)(context, parameters)

    async def _call(self, context: Context, service: str, operation: str, parameters: Any) -> Any:
        if service == "iam":
            raise NoSuchEntity()
        assert service == "sqs", f"nobody should call {service} {operation}"
        name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation)[1:]
        reply = await getattr(self.sqs, name)(context, parameters)
        for message in reply.get("Messages", ()):
            self._bodies[message["ReceiptHandle"]] = message["Body"]
        if operation == "DeleteMessageBatch":
            self.facts.deleted.update(self._bodies[entry["ReceiptHandle"]] for entry in parameters["Entries"])
        return reply

    async def _invoke(self, _spec: EnvironmentSpec, invocation: Invocation, _stream: object = None) -> Outcome:
        records = json.loads(invocation.payload)["Records"]
        bodies = [record["body"] for record in records]
        assert self.facts.deleted.isdisjoint(bodies), "a message came back after it was deleted"
        self.facts.attempts.update(bodies)
        failures = [{"itemIdentifier": record["messageId"]} for record in records if record["body"] == BAD]
        return Outcome(json.dumps({"batchItemFailures": failures}).encode())

    async def count(self, url: str) -> int:
        """All messages, visible or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = await self.ask("get_queue_attributes", QueueUrl=url, AttributeNames=names)
        return sum(int(value) for value in told["Attributes"].values())


class Crash:
    """Keeps what the disk holds around one commit, and what was acknowledged by then."""

    def __init__(self, folder: Path, remains: Path, point: CommitPoint, commit: int) -> None:
        self.facts = Facts()
        self.street = Street(folder, self.facts, probe=self.probe)
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


def arn_of(name: str) -> str:
    return f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"


async def live(crash: Crash) -> None:
    street, facts = crash.street, crash.facts
    await street.start()
    await street.ask("create_queue", QueueName="dead")
    redrive = json.dumps({"deadLetterTargetArn": arn_of("dead"), "maxReceiveCount": RECEIVES_MAX})
    await street.ask("create_queue", QueueName="q", Attributes={"RedrivePolicy": redrive})
    await street.create()
    options = {"BatchSize": 2, "FunctionResponseTypes": ["ReportBatchItemFailures"]}
    told = await street("create_event_source_mapping", FunctionName="f", EventSourceArn=arn_of("q"), **options)
    facts.mapping_id = told["UUID"]
    await street.settle()
    for bodies in (GOOD[:4], [BAD], GOOD[4:]):
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
        await street.ask("send_message_batch", QueueUrl=url_of("q"), Entries=entries)
        facts.sent.update(bodies)
        await street.settle()
    for is_enabled in (False, True):
        await street("update_event_source_mapping", UUID=facts.mapping_id, Enabled=is_enabled)
        await street.settle()
    for _ in range(RECEIVES_MAX + 1):
        await street.clock.advance(30)
    await street.stop()


async def check(folder: Path, facts: Facts) -> None:
    street = Street(folder, facts)
    street.clock = type(street.clock)(street.clock.now() + 100)
    await street.start()
    await street.settle()
    if not facts.mapping_id:
        await street.stop()
        return
    told = await street("get_event_source_mapping", UUID=facts.mapping_id)
    assert told["State"] in ("Enabled", "Disabled")
    if told["State"] == "Disabled":
        await street("update_event_source_mapping", UUID=facts.mapping_id, Enabled=True)
    for _ in range(RECEIVES_MAX + 2):
        await street.clock.advance(30)
    assert await street.count(url_of("q")) == 0
    assert facts.sent <= facts.attempts.keys()
    assert facts.attempts[BAD] <= RECEIVES_MAX
    assert await street.count(url_of("dead")) == (1 if facts.attempts[BAD] else 0)
    await street.stop()


@pytest.mark.parametrize("point", CommitPoint)
def test_no_crash_loses_a_message_or_brings_one_back(tmp_path: Path, point: CommitPoint) -> None:
    for commit in range(1, COMMITS_MAX):
        crash = Crash(tmp_path / str(commit), tmp_path / f"{commit}+", point, commit)
        asyncio.run(live(crash))
        if crash.kept is None:
            assert commit > 20
            return
        asyncio.run(check(tmp_path / f"{commit}+", crash.kept))
    raise AssertionError(f"more than {COMMITS_MAX} commits")
