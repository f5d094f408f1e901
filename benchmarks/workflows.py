"""Step Functions, durable history on: chains, maps inline and distributed, starts and transitions a second, many that sleep."""

import http.client
import json
import time
from typing import Any

from benchmarks import load, measure, platforms
from benchmarks.invokes import Client
from benchmarks.measure import Measurement
from benchmarks.platforms import ROLE, Platform

HELLO = "def handler(event, context):\n    return 'hello'\n"
SLEEP = "import time\ndef handler(event, context):\n    time.sleep(0.1)\n    return 1\n"
REPEAT = 5
INLINE, DISTRIBUTED, SLEEPERS, OPEN = 1_000, 10_000, 10_000, 100_000
CONCURRENCY = 1_000
CLIENTS = 64
SECONDS = 4.0
POLL_S = 0.01
DAY_S = 86_400
YEAR_S = 365 * DAY_S


def run() -> list[Measurement]:
    return [*alone(), *maps(), *rates(), *sleeping()]


def passing(count: int) -> dict[str, Any]:
    """A chain of Pass states."""
    states = {f"S{n}": {"Type": "Pass", "Next": f"S{n + 1}"} for n in range(count - 1)}
    return {"StartAt": "S0", "States": {**states, f"S{count - 1}": {"Type": "Pass", "End": True}}}


def mapping(function: str, **fields: Any) -> dict[str, Any]:
    parameters = {"FunctionName": function, "Payload.$": "$"}
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": parameters}
    inner = {"StartAt": "W", "States": {"W": {**task, "ResultSelector": {"r.$": "$.Payload"}, "End": True}}}
    config = fields.pop("config", {"Mode": "INLINE"})
    state = {"Type": "Map", "ItemProcessor": {"ProcessorConfig": config, **inner}, "ResultPath": None, "End": True}
    return {"StartAt": "M", "States": {"M": {**state, **fields}}}


def distributed(function: str) -> dict[str, Any]:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    return mapping(function, config=config, MaxConcurrency=CONCURRENCY)


def alone() -> list[Measurement]:
    """One client, one execution at a time: from the request to the end, as the execution itself tells."""
    with platforms.platform() as platform:
        one, chain = machine(platform, "one", passing(1)), machine(platform, "chain", passing(100))
        # Such an execution ends in the transaction in which it is started, so its answer comes after its end.
        samples = {arn: started_ms(platform, arn) for arn in (one, chain)}
    return [
        measure.of("an execution of one Pass state, start to end", samples[one], "ms", goal="<= 5 ms"),
        measure.of("a chain of 100 Pass states", samples[chain], "ms", goal="<= 40 ms"),
    ]


def maps() -> list[Measurement]:
    with platforms.platform() as platform:
        platform.deploy("hello", HELLO)
        platform.deploy("sleep", SLEEP)
        inline = machine(platform, "inline", mapping("hello"))
        seen = [ended_s(platform, inline, list(range(INLINE))) for _ in range(REPEAT)]
        many = machine(platform, "many", distributed("hello"))
        spread = [ended_s(platform, many, list(range(DISTRIBUTED))) for _ in range(3)]
        slow = machine(platform, "slow", distributed("sleep"))
        slept = [ended_s(platform, slow, list(range(DISTRIBUTED))) for _ in range(3)]
    return [
        measure.of(f"inline Map over {INLINE:,} items, warm hello world", seen[1:], "s", goal="<= 0.8 s"),
        measure.of(f"distributed Map over {DISTRIBUTED:,} items, warm hello world", spread, "s", goal="<= 4 s"),
        measure.of(f"the same with 100 ms of sleep, {CONCURRENCY:,} at once, from cold", slept[:1], "s", goal="<= 12 s"),
        measure.of("the same, warm", slept[1:], "s", goal="<= 4 s"),
    ]


def rates() -> list[Measurement]:
    with platforms.platform() as platform:
        one, chain = machine(platform, "one", passing(1)), machine(platform, "chain", passing(100))
        starts = load.run(platform.port, start_request(one), connections=CLIENTS, seconds=SECONDS)
        chains = load.run(platform.port, start_request(chain), connections=CLIENTS, seconds=SECONDS)
    assert not starts.failures + chains.failures, "an execution was not started"
    return [
        measure.of(f"executions started a second, {CLIENTS} clients", [starts.per_second], "/s", goal=">= 1000 /s"),
        measure.of("states entered and left a second", [chains.per_second * 100], "/s", goal=">= 5000 /s"),
    ]


def sleeping() -> list[Measurement]:
    """Executions in Wait for a day: what they weigh, and how long one turn of the clock takes that wakes them."""
    with platforms.platform("--clock", "virtual") as platform:
        year_s = woken_s_after(platform, machine(platform, "year", waiting(YEAR_S)), YEAR_S, count=1)
        arn = machine(platform, "sleep", waiting(DAY_S))
        woken_s = woken_s_after(platform, arn, DAY_S, count=SLEEPERS)
        load.run_count(platform.port, start_request(arn), connections=CLIENTS, count=OPEN)
        memory_mb = platforms.resident_mb(platform.process.pid)
    return [
        measure.of("an execution that waits a year, woken by one turn of the clock", [year_s], "s"),
        measure.of(f"{SLEEPERS:,} executions woken by one turn of the clock", [woken_s], "s", goal="<= 8 s"),
        measure.of(f"resident memory with {OPEN:,} open executions", [memory_mb], "MB", goal="<= 250 MB"),
    ]


def waiting(seconds: int) -> dict[str, Any]:
    return {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": seconds, "End": True}}}


def woken_s_after(platform: Platform, arn: str, seconds: int, *, count: int) -> float:
    """How long the turn of the clock takes after which so many executions that were started before have ended."""
    load.run_count(platform.port, start_request(arn), connections=min(CLIENTS, count), count=count)
    start = time.perf_counter()
    turn(platform, seconds)
    took_s = time.perf_counter() - start
    sfn = platform.client("stepfunctions")
    assert not sfn.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"], "some sleep on"
    return took_s


def machine(platform: Platform, name: str, definition: Any) -> str:
    sfn = platform.client("stepfunctions")
    arn: str = sfn.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE)["stateMachineArn"]
    return arn


def ended_s(platform: Platform, arn: str, given: Any) -> float:
    """How long an execution took, as it tells itself, so that asking for its end costs nothing."""
    sfn = platform.client("stepfunctions")
    execution = sfn.start_execution(stateMachineArn=arn, input=json.dumps(given))["executionArn"]
    while (told := sfn.describe_execution(executionArn=execution, includedData="METADATA_ONLY"))["status"] == "RUNNING":
        time.sleep(POLL_S)
    assert told["status"] == "SUCCEEDED", told
    return float((told["stopDate"] - told["startDate"]).total_seconds())


def started_ms(platform: Platform, arn: str) -> list[float]:
    client = Client(platform.port)
    request = start_request(arn)
    samples = measure.milliseconds(100, lambda: client.send(request), warm_up=10)
    client.close()
    sfn = platform.client("stepfunctions")
    assert not sfn.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"], "they have not ended"
    return samples


def start_request(arn: str) -> bytes:
    headers = {"content_type": "application/x-amz-json-1.0", "x_amz_target": "AWSStepFunctions.StartExecution"}
    return load.request_bytes("POST", "/", "states", json.dumps({"stateMachineArn": arn}).encode(), **headers)


def turn(platform: Platform, seconds: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", platform.port, timeout=600)
    body = json.dumps({"advance_s": seconds})
    connection.request("POST", "/_lambent/clock", body=body, headers={"content-type": "application/json"})
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    connection.close()
