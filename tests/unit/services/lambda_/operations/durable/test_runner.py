"""What runs durable executions, when something that it needs fails."""

import json

import pytest

from lambent.core.ports import Outcome
from lambent.services.lambda_.engine.durable.lifecycle import Lifecycle
from lambent.services.lambda_.operations.durable.runner import DEFECT_WAIT_S

DONE = Outcome(b'{"Status": "SUCCEEDED", "Result": "1"}')
EVENTS = ("events", "PutEvents")


async def start(house, name="e"):
    house.answers = {EVENTS: {"FailedEntryCount": 0, "Entries": []}}
    call = {"FunctionName": "f:$LATEST", "InvocationType": "Event", "Payload": b"{}", "DurableExecutionName": name}
    told = await house("invoke", **call)
    await house.settle()
    return told["DurableExecutionArn"]


async def status(house, arn):
    return (await house("get_durable_execution", DurableExecutionArn=arn))["Status"]


@pytest.fixture
async def durable(house):
    await house.create(DurableConfig={"ExecutionTimeout": 86_400})
    return house


async def test_what_kept_an_execution_from_being_begun_takes_no_room_from_the_others(durable, monkeypatch):
    await durable("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=1)
    begin, broken = Lifecycle.begin, ["once", "twice"]

    def fail_first(self, *arguments):
        if broken:
            raise RuntimeError(broken.pop())
        return begin(self, *arguments)

    monkeypatch.setattr(Lifecycle, "begin", fail_first)
    durable.environments.outcomes = [DONE, DONE]
    first, second = await start(durable, "a"), await start(durable, "b")
    await durable.clock.advance(3 * DEFECT_WAIT_S)
    assert [await status(durable, arn) for arn in (first, second)] == ["SUCCEEDED", "SUCCEEDED"]


async def test_an_answer_that_nests_too_deeply_fails_the_execution(durable):
    durable.environments.outcomes = [Outcome(b"[" * 100_000 + b"]" * 100_000)]
    arn = await start(durable)
    told = await durable("get_durable_execution", DurableExecutionArn=arn)
    assert (told["Status"], told["Error"]["ErrorMessage"]) == ("FAILED", "Invalid Status in invocation output.")
    assert len(durable.environments.invoked) == 1


async def test_no_more_executions_than_there_is_room_run_at_once(durable):
    await durable("put_function_concurrency", FunctionName="f", ReservedConcurrentExecutions=2)
    durable.environments.gate.clear()
    durable.environments.outcomes = [DONE] * 5
    arns = [await start(durable, str(number)) for number in range(5)]
    assert durable.environments.running_max == 2
    durable.environments.gate.set()
    await durable.clock.advance(60)
    assert {await status(durable, arn) for arn in arns} == {"SUCCEEDED"}
    assert json.loads(durable.environments.invoked[0][1].payload)["DurableExecutionArn"] == arns[0]
