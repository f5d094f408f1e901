"""A crash around every commit of a durable execution: it goes on to its end, and no step that was checkpointed runs again."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.simulation import remains
from tests.unit.services.lambda_.operations.conftest import Environments, House

from lambent.core.ports import EnvironmentSpec, Invocation, Outcome
from lambent.store.writer import CommitPoint

COMMITS_MAX = 200
DAY_S = 86_400.0


class Function(Environments):
    """Plays AWS' SDK: a step, a wait of a day, a call of another function, a step; and the other function."""

    def __init__(self, house: House) -> None:
        super().__init__()
        self._house = house
        self.done: Counter[str] = Counter()  # what steps have done
        self.kept: set[str] = set()  # steps whose checkpoint was acknowledged

    async def invoke(self, spec: EnvironmentSpec, invocation: Invocation, stream: Any = None) -> Outcome:
        if spec.function_name == "worker":
            self.done["worker"] += 1
            return Outcome(invocation.payload)
        event = json.loads(invocation.payload)
        state = {each["Id"]: each for each in event["InitialExecutionState"]["Operations"]}
        run = Run(self._house, event["DurableExecutionArn"], event["CheckpointToken"], state)
        for name in ("first", "wait", "call", "last"):
            if name in ("first", "last"):
                if run.status(name) != "SUCCEEDED":
                    self.done[name] += 1
                    await run.checkpoint(step(name, "START"), step(name, "SUCCEED"))
                    self.kept.add(name)
                continue
            if run.status(name) is None:
                await run.checkpoint(STARTS[name])
            if run.status(name) == "STARTED":
                return Outcome(b'{"Status": "PENDING"}')
        return Outcome(b'{"Status": "SUCCEEDED", "Result": "done"}')


class Run:
    def __init__(self, house: House, arn: str, token: str, state: dict[str, Any]) -> None:
        self._house, self._arn, self._token, self._state = house, arn, token, state

    def status(self, name: str) -> str | None:
        return self._state.get(name, {}).get("Status")

    async def checkpoint(self, *updates: dict[str, Any]) -> None:
        reply = await self._house(
            "checkpoint_durable_execution", DurableExecutionArn=self._arn, CheckpointToken=self._token, Updates=updates
        )
        self._token = reply["CheckpointToken"]
        self._state |= {each["Id"]: each for each in reply["NewExecutionState"]["Operations"]}


def step(name: str, action: str) -> dict[str, Any]:
    return {"Id": name, "Type": "STEP", "Action": action}


STARTS = {
    "wait": {"Id": "wait", "Type": "WAIT", "Action": "START", "WaitOptions": {"WaitSeconds": int(DAY_S)}},
    "call": {
        "Id": "call",
        "Type": "CHAINED_INVOKE",
        "Action": "START",
        "ChainedInvokeOptions": {"FunctionName": "worker"},
        "Payload": "1",
    },
}


def open_house(folder: Path) -> House:
    house = House(folder)
    house.environments = Function(house)
    house.answers = {("events", "PutEvents"): {"FailedEntryCount": 0, "Entries": []}}
    return house


class Crash:
    """Keeps what the disk holds around one commit, and what had happened by then."""

    def __init__(self, folder: Path, remains: Path, point: CommitPoint, commit: int) -> None:
        self.house = open_house(folder)
        self.house.probe = self.probe
        self.arn: str | None = None
        self.kept: set[str] | None = None
        self.had_started = False
        self._remains, self._point, self._commit = remains, point, commit
        self._commits = 0

    def probe(self, point: CommitPoint) -> None:
        self._commits += point is CommitPoint.BEFORE
        if point is self._point and self._commits == self._commit and self.kept is None:
            self.kept, self.had_started = set(self.house.environments.kept), self.arn is not None
            remains.keep(self.house.folder, self._remains)


async def live(crash: Crash) -> None:
    house = crash.house
    await house.start()
    await house.create("worker")
    await house.create(DurableConfig={"ExecutionTimeout": int(3 * DAY_S)})
    told = await house("invoke", FunctionName="f:$LATEST", InvocationType="Event", Payload=b"{}", DurableExecutionName="n")
    crash.arn = told["DurableExecutionArn"]
    await house.clock.advance(2 * DAY_S)
    told = await house("get_durable_execution", DurableExecutionArn=crash.arn)
    assert told["Status"] == "SUCCEEDED"
    assert house.environments.done == {"first": 1, "worker": 1, "last": 1}
    await house.stop()


async def check(folder: Path, crash: Crash) -> None:
    house = open_house(folder)
    await house.start()
    await house.clock.advance(2 * DAY_S)
    if crash.had_started:
        told = await house("get_durable_execution", DurableExecutionArn=crash.arn)
        assert (told["Status"], told["Result"]) == ("SUCCEEDED", "done")
        assert crash.kept is not None
        assert crash.kept.isdisjoint(house.environments.done)
        history = await house("get_durable_execution_history", DurableExecutionArn=crash.arn, IncludeExecutionData=True)
        kinds = Counter(event["EventType"] for event in history["Events"])
        assert (kinds["StepSucceeded"], kinds["ChainedInvokeSucceeded"], kinds["ExecutionSucceeded"]) == (2, 1, 1)
    await house.stop()


@pytest.mark.parametrize("point", CommitPoint)
def test_no_crash_loses_an_execution_or_repeats_a_step_that_was_kept(tmp_path: Path, point: CommitPoint) -> None:
    for commit in range(1, COMMITS_MAX):
        crash = Crash(tmp_path / str(commit), tmp_path / f"{commit}+", point, commit)
        asyncio.run(live(crash))
        if crash.kept is None:
            assert commit > 12
            return
        asyncio.run(check(tmp_path / f"{commit}+", crash))
    raise AssertionError(f"more than {COMMITS_MAX} commits")
