"""How many durable executions may wait at once: what they cost while they do, and that all of them go on."""

import asyncio
import json
import resource
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.unit.services.lambda_.operations.conftest import Environments, House

from lambent.core import clock
from lambent.core.ports import EnvironmentSpec, Invocation, Outcome

DAY_S = 86_400.0
AT_ONCE = 100
EACH_BYTES_MAX = 1_000  # of the process' memory, for an execution that waits


class Function(Environments):
    """Waits a day, and is done."""

    def __init__(self, house: House) -> None:
        super().__init__()
        self._house = house
        self.ended: Counter[str] = Counter()

    async def invoke(self, spec: EnvironmentSpec, invocation: Invocation, stream: Any = None) -> Outcome:
        event = json.loads(invocation.payload)
        if len(event["InitialExecutionState"]["Operations"]) > 1:
            self.ended["all"] += 1
            return Outcome(b'{"Status": "SUCCEEDED", "Result": "1"}')
        wait = {"Id": "w", "Type": "WAIT", "Action": "START", "WaitOptions": {"WaitSeconds": int(DAY_S)}}
        call = {"DurableExecutionArn": event["DurableExecutionArn"], "CheckpointToken": event["CheckpointToken"]}
        await self._house("checkpoint_durable_execution", **call, Updates=[wait])
        return Outcome(b'{"Status": "PENDING"}')


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def used_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.parametrize("count", [500, pytest.param(100_000, marks=pytest.mark.realtime)])
async def test_executions_that_wait_cost_rows_and_no_memory(tmp_path: Path, count: int, capsys: Any) -> None:
    house = House(tmp_path)
    house.environments = function = Function(house)
    house.answers = {("events", "PutEvents"): {"FailedEntryCount": 0, "Entries": []}}
    await house.start()
    await house.create(DurableConfig={"ExecutionTimeout": int(30 * DAY_S)})
    await start(house, AT_ONCE)
    before_kb, began_s = used_kb(), clock.monotonic_s()
    for _ in range(AT_ONCE, count, AT_ONCE):
        await start(house, AT_ONCE)
    opened_s = clock.monotonic_s() - began_s
    grown_bytes = (used_kb() - before_kb) * 1024 / count
    began_s = clock.monotonic_s()
    await house.restart()
    restarted_s = clock.monotonic_s() - began_s
    assert not function.ended
    began_s = clock.monotonic_s()
    await house.clock.advance(2 * DAY_S)
    ended_s = clock.monotonic_s() - began_s
    assert function.ended["all"] == count
    await house.stop()
    figures = {
        "executions": count,
        "opened_ms_each": round(opened_s * 1000 / count, 2),
        "ended_ms_each": round(ended_s * 1000 / count, 2),
        "restart_s": round(restarted_s, 2),
        "memory_bytes_each": round(grown_bytes),
        "memory_mb": round(used_kb() / 1024),
        "disk_mb": round(await asyncio.to_thread(size_of, tmp_path) / 1e6),
    }
    with capsys.disabled():
        print(f"\n{figures}")
    assert count < 10_000 or grown_bytes < EACH_BYTES_MAX
    assert restarted_s < 5


async def start(house: House, count: int) -> None:
    call = {"FunctionName": "f:$LATEST", "InvocationType": "Event", "Payload": b"{}"}
    for _ in range(count):
        await house("invoke", **call)
    await house.settle()
    house.calls.clear()  # what the test keeps is not what is measured
