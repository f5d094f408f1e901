"""The scenario that Step Functions is here for: prepare, as many workers as there are items, gather."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.service.stepfunctions.conftest import Execution, machine

from lambent.testing import LocalPlatform

PREPARE = "def handler(event, context):\n    return {'items': event['items']}\n"
WORK = """
import time
class Broken(Exception): pass
def handler(event, context):
    item = event["item"]
    if item.get("fails"):
        raise Broken(str(event["index"]))
    time.sleep(item["ms"] / 1000)
    return {"index": event["index"], "slept": item["ms"]}
"""
GATHER = "def handler(event, context):\n    return {'count': len(event['results']), 'results': event['results']}\n"
INVOKE = "arn:aws:states:::lambda:invoke"


def invoke(function: str, **fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": INVOKE, "Parameters": {"FunctionName": function, "Payload.$": "$"}, **fields}


def workflow(**fan: Any) -> dict[str, Any]:
    work = invoke("work", OutputPath="$.Payload", End=True)
    return machine(
        "Prepare",
        Prepare=invoke("prepare", ResultSelector={"items.$": "$.Payload.items"}, Next="Fan"),
        Fan={
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemSelector": {"index.$": "$$.Map.Item.Index", "item.$": "$$.Map.Item.Value"},
            "ItemProcessor": machine("Work", Work=work),
            "ResultPath": "$.results",
            "Next": "Gather",
            **fan,
        },
        Gather=invoke("gather", OutputPath="$.Payload", End=True),
    )


@pytest.fixture(autouse=True)
def functions(function: Callable[..., str]) -> None:
    for name, source in (("prepare", PREPARE), ("work", WORK), ("gather", GATHER)):
        function(source, name)


@pytest.fixture
def billed_ms(client: Callable[..., Any]) -> Callable[[str], int]:
    def of(function: str) -> int:
        events = client("logs").filter_log_events(logGroupName=f"/aws/lambda/{function}", filterPattern="REPORT")["events"]
        return sum(int(re.search(r"Billed Duration: (\d+) ms", event["message"])[1]) for event in events)  # type: ignore[index]

    return of


def items(*milliseconds: int) -> dict[str, Any]:
    return {"items": [{"ms": ms} for ms in milliseconds]}


def test_five_workers_overlap_and_the_coordinator_pays_for_none_of_their_time(
    run: Callable[..., Execution], billed_ms: Callable[[str], int]
) -> None:
    execution = run(workflow(), items(100, 500, 1_000, 1_500, 2_000))
    assert execution.output["results"] == [{"index": n, "slept": ms} for n, ms in enumerate((100, 500, 1_000, 1_500, 2_000))]
    types = execution.types()
    work = types[types.index("MapStateStarted") : types.index("MapIterationSucceeded")]
    assert work.count("MapIterationStarted") == work.count("TaskStarted") == 5, "all five have begun before one ends"
    assert billed_ms("work") >= 5_100 > 10 * (billed_ms("prepare") + billed_ms("gather")), "who waits pays nothing"


@pytest.mark.parametrize("count", [0, 1, 40])
def test_there_are_as_many_workers_as_items(run: Callable[..., Execution], count: int) -> None:
    output = run(workflow(), items(*[1] * count)).output
    assert (output["count"], [each["index"] for each in output["results"]]) == (count, list(range(count)))


def test_one_worker_fails_is_tried_again_and_leaves_a_partial_result(
    run: Callable[..., Execution], advance: Callable[[float], None]
) -> None:
    definition = workflow()
    inner = definition["States"]["Fan"]["ItemProcessor"]
    inner["States"]["Work"] |= {
        "Retry": [{"ErrorEquals": ["Broken"], "MaxAttempts": 2, "IntervalSeconds": 1, "BackoffRate": 2}],
        "Catch": [{"ErrorEquals": ["Broken"], "ResultPath": "$.error", "Next": "Missing"}],
    }
    inner["States"]["Missing"] = {"Type": "Pass", "Parameters": {"index.$": "$.index", "error.$": "$.error.Error"}, "End": True}
    execution = run(definition, {"items": [{"ms": 1}, {"fails": True}, {"ms": 2}]})
    assert execution.status == "RUNNING"
    advance(3)
    assert execution.output["results"] == [{"index": 0, "slept": 1}, {"index": 1, "error": "Broken"}, {"index": 2, "slept": 2}]
    assert execution.types().count("TaskFailed") == 3


def test_never_more_than_two_work_at_once(run: Callable[..., Execution]) -> None:
    execution = run(workflow(MaxConcurrency=2), items(*[30] * 7))
    assert execution.output["count"] == 7
    running = most = 0
    for kind in execution.types():
        running += (kind == "MapIterationStarted") - (kind == "MapIterationSucceeded")
        most = max(most, running)
    assert most == 2


def test_the_items_may_be_objects_in_s3(run: Callable[..., Execution], client: Callable[..., Any]) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="items")
    for number in range(6):
        s3.put_object(Bucket="items", Key=f"in/{number}", Body=b"x")
    definition = workflow(
        ItemReader={"Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": {"Bucket": "items", "Prefix": "in/"}},
        ItemSelector={"index.$": "$$.Map.Item.Index", "item": {"ms": 5}, "key.$": "$$.Map.Item.Value.Key"},
    )
    fan = definition["States"]["Fan"]
    del fan["ItemsPath"]
    fan["ItemProcessor"]["ProcessorConfig"] = {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    assert run(definition, {"items": []}).output["count"] == 6


def test_a_message_in_a_queue_starts_it(
    still: LocalPlatform,
    client: Callable[..., Any],
    create: Callable[..., str],
    sfn: Any,
    sqs: Any,
    advance: Any,
    function: Any,
) -> None:
    arn = create(workflow())
    source = f"""
import boto3, json
def handler(event, context):
    for record in event["Records"]:
        boto3.client("stepfunctions").start_execution(stateMachineArn="{arn}", name=record["messageId"], input=record["body"])
"""
    function(source, "starter")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    mappings = client("lambda")
    mapping = mappings.create_event_source_mapping(FunctionName="starter", EventSourceArn=queue_arn)["UUID"]
    advance(0)
    assert mappings.get_event_source_mapping(UUID=mapping)["State"] == "Enabled"
    name = sqs.send_message(QueueUrl=url, MessageBody=json.dumps(items(1, 2)))["MessageId"]
    advance(0)
    told = sfn.describe_execution(executionArn=f"{arn.replace('stateMachine', 'execution')}:{name}")
    assert json.loads(told["output"])["count"] == 2
