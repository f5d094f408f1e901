"""Pipelines: duplicates dropped in this process, compiling, and a compiled state machine beside one that is written by hand."""

import json
import os
import time
from typing import Any
from unittest import mock

from benchmarks import measure, platforms
from benchmarks.measure import Measurement
from benchmarks.workflows import ended_s

WORK = "def handler(event, context):\n    return {'id': event % 50, 'n': event}\n"
TOTAL = "def handler(event, context):\n    return sum(book['n'] for book in event)\n"
ITEMS = 100_000
DELIVERIES = (50, 100, 400)
REPEAT = 15


def run() -> list[Measurement]:
    return [*here(), *there()]


def here() -> list[Measurement]:
    from lambent import distinct, distinct_by

    items = [{"id": number % 50_000, "n": number % 70_000} for number in range(ITEMS)]
    rows = []
    for step in (distinct_by("id"), distinct_by("id", keep="last", order="key"), distinct_by(("id", "n")), distinct()):
        sorted_too = " in the order of the keys" if step.order == "key" else ""
        name = f"{ITEMS:,} items through {step!r}{sorted_too}, processor time"
        rows.append(measure.of(name, [took_s(step, items) for _ in range(5)], "s", goal="<= 1 s"))
    return rows


def took_s(step: Any, items: list[Any]) -> float:
    began = time.process_time()
    step(items)
    return time.process_time() - began


def there() -> list[Measurement]:
    with platforms.platform() as platform, mock.patch.dict(os.environ, configuration(platform.url)):
        from lambent import compose, distinct_by, remote

        platform.deploy("work", WORK)
        platform.deploy("total", TOTAL)
        work, total = remote("work"), remote("total")
        pipeline = compose(work.map(), distinct_by("id"), total)
        compiling = measure.milliseconds(20, pipeline.definition)
        machines = {"compiled": pipeline.definition(), "written": by_hand()}
        sfn = platform.client("stepfunctions")
        arns = {
            name: sfn.create_state_machine(name=name, definition=json.dumps(definition), roleArn=platforms.ROLE)[
                "stateMachineArn"
            ]
            for name, definition in machines.items()
        }
        compared = [row for count in DELIVERIES for row in beside(platform, arns, count)]
        called = called_ms(pipeline)
    return [
        measure.of("a pipeline's definition", compiling, "ms"),
        *compared,
        measure.of(f"the same pipeline over {DELIVERIES[-1]} called from here", called, "ms"),
    ]


def beside(platform: platforms.Platform, arns: dict[str, str], count: int) -> list[Measurement]:
    """In turn, so that whatever else goes on slows down both."""
    seen: dict[str, list[float]] = {name: [] for name in arns}
    for _ in range(REPEAT):
        for name, arn in arns.items():
            seen[name].append(ended_s(platform, arn, list(range(count))) * 1000)
    what = f"a Map over {count}, one of each id, a total"
    written = measure.of(f"{what}: a state machine written by hand", seen["written"][2:], "ms")
    compiled = measure.of(f"{what}: compiled from a pipeline", seen["compiled"][2:], "ms").against(written)
    return [
        written,
        compiled,
        measure.of(f"{what}: compiled over written", [compiled.ratio or 0.0], "times", goal="<= 1.2 times"),
    ]


def called_ms(pipeline: Any) -> list[float]:
    samples = []
    for _ in range(5):
        began = time.perf_counter()
        pipeline(list(range(DELIVERIES[-1])))
        samples.append((time.perf_counter() - began) * 1000)
    return samples[1:]


def by_hand() -> dict[str, Any]:
    def task(function: str, **fields: Any) -> dict[str, Any]:
        arguments = {"FunctionName": function, "Payload": "{% $states.input %}"}
        resource = "arn:aws:states:::lambda:invoke"
        return {
            "Type": "Task",
            "Resource": resource,
            "Arguments": arguments,
            "Output": "{% $states.result.Payload %}",
            "End": True,
        } | fields

    processor = {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "Work", "States": {"Work": task("work")}}
    one_of_each = "{% ($books := $states.result{$string(id): $[0]}; [$books.*]) %}"
    fan = {"Type": "Map", "Items": "{% $states.input %}", "ItemProcessor": processor, "Output": one_of_each, "Next": "Total"}
    return {"QueryLanguage": "JSONata", "StartAt": "Fan", "States": {"Fan": fan, "Total": task("total")}}


def configuration(url: str) -> dict[str, str]:
    """boto3's, for this process, as the SDK reads it."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_REGION": "us-east-1",
    }
