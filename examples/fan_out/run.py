"""The same fan-out in five forms, with the time that passes and the time that is billed, side by side.

eval "$(lambent env)"; python run.py [ITEMS]
"""

import io
import json
import re
import sys
import time
import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import boto3
from workers import SECONDS, calling, in_threads, spread, total, work

from lambent import deploy

HERE = Path(__file__).parent
ITEMS = 40
BILLED = re.compile(r"Billed Duration: (\d+) ms")


def main() -> None:
    numbers = list(range(int(sys.argv[1]) if len(sys.argv) > 1 else ITEMS))
    deploy(work, in_threads, calling, total, spread, echo=None)
    forms: list[tuple[str, Callable[[], int], tuple[str, ...]]] = [
        ("threads in one function", lambda: in_threads(numbers), (in_threads.name,)),
        ("called from here: work.map", lambda: sum(work.map(numbers)), (work.name,)),
        ("a function that calls functions", lambda: calling(work, numbers), (calling.name, work.name)),
        ("a pipeline: Map state, nobody waits", lambda: spread.run(numbers), (work.name, total.name)),
    ]
    if find_spec("aws_durable_execution_sdk_python"):
        durable = deploy_durable("fan-out-durable")
        event = {"worker": f"{work.name}:$LATEST", "numbers": numbers}
        forms.append(("a durable function", lambda: invoke(durable, event), (durable.partition(":")[0], work.name)))
    expected = sum(number * number for number in numbers)
    print(f"{len(numbers)} items that wait {SECONDS} s each\n\n{'form':<38}{'wall s':>8}{'billed s':>10}{'invocations':>13}")
    for title, run, names in forms:
        begun_ms, started_s = int(time.time() * 1000), time.perf_counter()
        answer = run()
        wall_s = time.perf_counter() - started_s
        assert answer == expected, (title, answer)
        billed_ms = [ms for name in names for ms in billed(name, begun_ms)]
        print(f"{title:<38}{wall_s:>8.2f}{sum(billed_ms) / 1000:>10.2f}{len(billed_ms):>13}")


def billed(function: str, since_ms: int) -> list[int]:
    """The billed milliseconds of each invocation, as the function's log reports them."""
    pages = boto3.client("logs").get_paginator("filter_log_events")
    lines = pages.paginate(logGroupName=f"/aws/lambda/{function}", startTime=since_ms, filterPattern='"REPORT RequestId"')
    found = (BILLED.search(event["message"]) for page in lines for event in page["events"])
    return [int(match[1]) for match in found if match]


def deploy_durable(name: str) -> str:
    """Makes the durable function anew, and returns how it is invoked."""
    client = boto3.client("lambda")
    if any(each["FunctionName"] == name for each in client.list_functions()["Functions"]):
        client.delete_function(FunctionName=name)
    client.create_function(
        FunctionName=name,
        Runtime=f"python3.{sys.version_info.minor}",
        Handler="durable.handler",
        Role="arn:aws:iam::000000000000:role/fan-out",
        Code={"ZipFile": packed()},
        Timeout=60,
        DurableConfig={"ExecutionTimeout": 600},
    )
    client.get_waiter("function_active_v2").wait(FunctionName=name)
    return f"{name}:$LATEST"


def packed() -> bytes:
    """The durable function beside AWS' SDK, as it is installed here."""
    content, spec = io.BytesIO(), find_spec("aws_durable_execution_sdk_python")
    assert spec is not None
    assert spec.origin is not None
    root = Path(spec.origin).parent
    with zipfile.ZipFile(content, "w") as made:
        made.write(HERE / "durable.py", "durable.py")
        for file in root.rglob("*.py"):
            made.write(file, f"{root.name}/{file.relative_to(root)}")
    return content.getvalue()


def invoke(function: str, event: dict[str, Any]) -> int:
    answer = boto3.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
    payload = json.load(answer["Payload"])
    assert "FunctionError" not in answer, payload
    return int(payload)


if __name__ == "__main__":
    main()
