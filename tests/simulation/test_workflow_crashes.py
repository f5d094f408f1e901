"""A crash around every commit of a workflow: each execution ends exactly once, in the state that its tasks' outcomes decide."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.simulation import remains

from lambent.core.clock import VirtualClock
from lambent.core.config import Config
from lambent.core.context import Context
from lambent.core.ports import LogEvent, LogStreamName
from lambent.durable.signals import Signals
from lambent.durable.workers import Supervisor
from lambent.services.stepfunctions import StepFunctions
from lambent.store.schema import schema_of
from lambent.store.sqlite import SqliteDatabase
from lambent.store.writer import CommitPoint

ACCOUNT = "111111111111"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
COMMITS_MAX = 200
ITEMS = [1, 2, 3, 4]
FAILS_ONCE, FAILS = 2, 3
"""An item whose first call fails, and one whose every call does."""

WORK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "work", "Payload.$": "$"},
    "OutputPath": "$.Payload",
    "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "MaxAttempts": 2}],
    "Catch": [{"ErrorEquals": ["Broken"], "Next": "Missing"}],
    "End": True,
}
ASK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
    "Parameters": {"FunctionName": "ask", "Payload": {"token.$": "$$.Task.Token", "done.$": "$"}},
    "End": True,
}
INNER = {"StartAt": "Work", "States": {"Work": WORK, "Missing": {"Type": "Pass", "Result": "missing", "End": True}}}
FAN = {"Type": "Map", "MaxConcurrency": 2, "ItemProcessor": INNER, "Next": "Ask"}
DEFINITION = {"StartAt": "Fan", "States": {"Fan": FAN, "Ask": ASK}}
EXPECTED = {"answer": [10, 20, "missing", 40]}


@dataclass
class Facts:
    """``execution`` once it was acknowledged; ``calls`` counts what the function was given."""

    execution: str = ""
    calls: Counter[int] = field(default_factory=Counter)


class Nowhere:
    """Logs that nobody keeps."""

    async def append(self, stream: LogStreamName, events: Sequence[LogEvent], *, is_patient: bool = False) -> None:
        pass


class House:
    """One life of the service. Functions answer at once; the one that is asked sends its token back in time."""

    def __init__(self, folder: Path, facts: Facts, *, at: float, probe: Any = None) -> None:
        self.folder = folder
        self.facts = facts
        self.clock = VirtualClock(at)
        self._probe = probe
        self._answers: list[asyncio.Task[Any]] = []

    async def start(self) -> None:
        schemas = [schema_of("lambent.durable"), schema_of("lambent.services.stepfunctions")]
        path = self.folder / "lambent.db"
        self.store = SqliteDatabase.open(path, schemas, durability="os", busy=self.clock.busy, probe=self._probe)
        signals = Signals(self.clock)
        signals.attach(self.store)
        self.sfn = StepFunctions(
            store=self.store,
            clock=self.clock,
            call=self._call,
            signals=signals,
            config=Config(),
            log_sink=Nowhere(),
            service_names=("lambda",),
        )
        self._supervisor = Supervisor(self.sfn.workers(), clock=self.clock)
        await self._supervisor.start()

    async def stop(self) -> None:
        await asyncio.gather(*self._answers, return_exceptions=True)
        await self._supervisor.stop()
        await self.store.close()

    async def ask(self, operation: str, **parameters: Any) -> Any:
        context = Context(ACCOUNT, "us-east-1", "id", f"arn:aws:iam::{ACCOUNT}:root", "http://localhost:4566")
        return await getattr(self.sfn, operation)(context, parameters)

    async def _call(self, _context: Context, service: str, operation: str, parameters: Any) -> Any:
        assert (service, operation) == ("lambda", "Invoke"), f"nobody should call {service} {operation}"
        given = json.loads(parameters["Payload"])
        if parameters["FunctionName"] == "ask":
            self._answers.append(asyncio.create_task(self._send(given)))
            return {"StatusCode": 200, "Payload": b"null"}
        self.facts.calls[given] += 1
        if given == FAILS or (given == FAILS_ONCE and self.facts.calls[given] == 1):
            payload = json.dumps({"errorType": "Broken", "errorMessage": "no"}).encode()
            return {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": payload}
        return {"StatusCode": 200, "Payload": json.dumps(given * 10).encode()}

    async def _send(self, given: Any) -> None:
        await self.ask("send_task_success", taskToken=given["token"], output=json.dumps({"answer": given["done"]}))


async def live(house: House, facts: Facts) -> None:
    await house.start()
    made = await house.ask("create_state_machine", name="m", definition=json.dumps(DEFINITION), roleArn=ROLE)
    begun = await house.ask("start_execution", stateMachineArn=made["stateMachineArn"], name="e", input=json.dumps(ITEMS))
    facts.execution = begun["executionArn"]
    for _ in range(4):
        await house.clock.advance(5)
    await house.stop()


async def check(folder: Path, facts: Facts, at: float) -> None:
    if not facts.execution:
        return  # nothing was acknowledged
    before = facts.calls.copy()
    house = House(folder, facts, at=at + 1)
    await house.start()
    for _ in range(6):
        await house.clock.advance(5)
    told = await house.ask("describe_execution", executionArn=facts.execution)
    history = await house.ask("get_execution_history", executionArn=facts.execution, maxResults=1_000)
    await house.stop()
    assert told["status"] == "SUCCEEDED", told
    assert json.loads(told["output"]) == EXPECTED
    events = history["events"]
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    types = Counter(event["type"] for event in events)
    assert types["ExecutionSucceeded"] == 1
    assert types["MapIterationSucceeded"] == len(ITEMS)
    assert all(facts.calls[item] <= max(before[item], 1) + 3 for item in ITEMS), "at most what was in flight is done again"
    assert facts.calls[ITEMS[0]] <= 2


class Crash:
    """Keeps what the disk holds around one commit, and what was acknowledged and done by then."""

    def __init__(self, folder: Path, point: CommitPoint, commit: int) -> None:
        self.remains = folder.with_name(f"{folder.name}+")
        self.kept: tuple[Facts, float] | None = None
        self.facts = Facts()
        self.house = House(folder, self.facts, at=VirtualClock().now(), probe=self._probe)
        self._point, self._commit, self._commits = point, commit, 0
        folder.mkdir()

    def _probe(self, point: CommitPoint) -> None:
        self._commits += point is CommitPoint.BEFORE
        if point is self._point and self._commits == self._commit and self.kept is None:
            self.kept = (Facts(self.facts.execution, self.facts.calls.copy()), self.house.clock.now())
            remains.keep(self.house.folder, self.remains)


@pytest.mark.parametrize("point", CommitPoint)
def test_no_crash_loses_an_execution_or_does_finished_work_again(tmp_path: Path, point: CommitPoint) -> None:
    for commit in range(1, COMMITS_MAX):
        crash = Crash(tmp_path / str(commit), point, commit)
        asyncio.run(live(crash.house, crash.facts))
        if crash.kept is None:
            assert commit > 10
            return
        asyncio.run(check(crash.remains, *crash.kept))
    raise AssertionError(f"more than {COMMITS_MAX} commits")
