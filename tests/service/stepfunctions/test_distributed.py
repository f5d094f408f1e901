"""Distributed Maps: items from S3 and from the input, batches, tolerated failures, result files, map runs."""

import gzip
import json
import textwrap
from collections.abc import Callable
from typing import Any

import pytest
from tests.service.stepfunctions.conftest import Execution, machine, passing

Run = Callable[..., Execution]
ODD_FAILS = {
    "Type": "Choice",
    "Choices": [{"Variable": "$.bad", "BooleanEquals": True, "Next": "F"}],
    "Default": "P",
}


@pytest.fixture
def s3(client: Callable[..., Any]) -> Any:
    made = client("s3")
    made.create_bucket(Bucket="data")
    return made


def distributed(inner: Any, **fields: Any) -> dict[str, Any]:
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **inner}
    return machine("M", M={"Type": "Map", "ItemProcessor": processor, "End": True, **fields})


def reader(key: str, **config: Any) -> dict[str, Any]:
    return {
        "Resource": "arn:aws:states:::s3:getObject",
        "Parameters": {"Bucket": "data", "Key": key},
        "ReaderConfig": config,
    }


def failing() -> dict[str, Any]:
    return machine(S=ODD_FAILS, F={"Type": "Fail", "Error": "E"}, P=passing())


def test_each_item_is_an_execution_of_its_own(run: Run, sfn: Any) -> None:
    execution = run(distributed(machine(S=passing()), Label="each"), [1, {"a": 2}, "x"])
    assert execution.output == [1, {"a": 2}, "x"]
    assert execution.types() == [
        "ExecutionStarted",
        "MapStateEntered",
        "MapStateStarted",
        "MapRunStarted",
        "MapRunSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
        "ExecutionSucceeded",
    ]
    (run_told,) = sfn.list_map_runs(executionArn=execution.arn)["mapRuns"]
    assert execution.details("MapRunStarted") == [{"mapRunArn": run_told["mapRunArn"]}]
    told = sfn.describe_map_run(mapRunArn=run_told["mapRunArn"])
    assert (told["status"], told["itemCounts"]["succeeded"], told["executionCounts"]["total"]) == ("SUCCEEDED", 3, 3)
    children = sfn.list_executions(mapRunArn=run_told["mapRunArn"])["executions"]
    assert len(children) == 3
    assert ":execution:m/each:" in children[0]["executionArn"]
    assert json.loads(sfn.describe_execution(executionArn=children[-1]["executionArn"])["input"]) == 1
    assert len(sfn.get_execution_history(executionArn=children[0]["executionArn"])["events"]) == 4


def test_children_are_not_among_the_executions_of_the_machine(run: Run, sfn: Any, account: str) -> None:
    run(distributed(machine(S=passing())), [1, 2])
    listed = sfn.list_executions(stateMachineArn=f"arn:aws:states:us-east-1:{account}:stateMachine:m")["executions"]
    assert len(listed) == 1


def test_many_items_are_begun_in_several_transactions(run: Run) -> None:
    assert run(distributed(machine(S=passing())), list(range(450))).output == list(range(450))


def test_no_more_children_run_at_once_than_allowed(run: Run, sfn: Any, advance: Callable[[float], None]) -> None:
    waiting = machine(S={"Type": "Wait", "Seconds": 10, "End": True})
    execution = run(distributed(waiting, MaxConcurrency=2), [1, 2, 3])
    (told,) = sfn.list_map_runs(executionArn=execution.arn)["mapRuns"]
    counts = sfn.describe_map_run(mapRunArn=told["mapRunArn"])["executionCounts"]
    assert (counts["running"], counts["pending"]) == (2, 1)
    sfn.update_map_run(mapRunArn=told["mapRunArn"], maxConcurrency=3)
    assert sfn.describe_map_run(mapRunArn=told["mapRunArn"])["executionCounts"]["running"] == 3
    advance(10)
    assert execution.output == [1, 2, 3]


def test_items_are_selected_and_batched(run: Run) -> None:
    execution = run(
        distributed(
            machine(S=passing()),
            ItemsPath="$.items",
            ItemSelector={"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "k.$": "$.k"},
            ItemBatcher={"MaxItemsPerBatch": 2, "BatchInput": {"b.$": "$.k"}},
        ),
        {"items": ["a", "b", "c"], "k": 7},
    )
    assert execution.output == [
        {"BatchInput": {"b": 7}, "Items": [{"i": 0, "v": "a", "k": 7}, {"i": 1, "v": "b", "k": 7}]},
        {"BatchInput": {"b": 7}, "Items": [{"i": 2, "v": "c", "k": 7}]},
    ]


@pytest.mark.parametrize(
    ("body", "config", "expected"),
    [
        ('[1, {"a": 2}]', {"InputType": "JSON"}, [1, {"a": 2}]),
        ('{"x": {"y": [5]}}', {"InputType": "JSON", "ItemsPointer": "/x/y"}, [5]),
        ('{"a": 1}\n\n[2]\n', {"InputType": "JSONL"}, [{"a": 1}, [2]]),
        ("id,name\n1,Ann\n2,\"B, C\"\n", {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
            [{"id": "1", "name": "Ann"}, {"id": "2", "name": "B, C"}]),
        ("1|x\n", {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a", "b"], "CSVDelimiter": "PIPE"},
            [{"a": "1", "b": "x"}]),
        ("[1, 2, 3]", {"InputType": "JSON", "MaxItems": 2}, [1, 2]),
    ],
)  # fmt: skip
def test_items_are_read_from_an_object(run: Run, s3: Any, body: str, config: Any, expected: Any) -> None:
    s3.put_object(Bucket="data", Key="items", Body=body.encode())
    assert run(distributed(machine(S=passing()), ItemReader=reader("items", **config))).output == expected


def test_items_are_the_objects_of_a_bucket(run: Run, s3: Any) -> None:
    for number in range(3):
        s3.put_object(Bucket="data", Key=f"in/{number}", Body=b"x" * number)
    listing = {"Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": {"Bucket": "data", "Prefix.$": "$.p"}}
    output = run(distributed(machine(S=passing()), ItemReader=listing), {"p": "in/"}).output
    assert [(each["Key"], each["Size"]) for each in output] == [("in/0", 0), ("in/1", 1), ("in/2", 2)]


def test_items_are_the_rows_of_an_inventory(run: Run, s3: Any) -> None:
    s3.put_object(Bucket="data", Key="part.csv.gz", Body=gzip.compress(b'"data","a.txt"\n"data","b.txt"\n'))
    manifest = {"files": [{"key": "part.csv.gz"}], "fileSchema": "Bucket, Key", "fileFormat": "CSV"}
    s3.put_object(Bucket="data", Key="manifest.json", Body=json.dumps(manifest).encode())
    output = run(distributed(machine(S=passing()), ItemReader=reader("manifest.json", InputType="MANIFEST"))).output
    assert output == [{"Bucket": "data", "Key": "a.txt"}, {"Bucket": "data", "Key": "b.txt"}]


@pytest.mark.parametrize(("body", "config"), [(b"5", {}), (b"{", {}), (b"\xff\xfe", {"InputType": "CSV"}), (None, {})])
def test_what_cannot_be_read_fails_the_map(run: Run, s3: Any, body: bytes | None, config: Any) -> None:
    if body is not None:
        s3.put_object(Bucket="data", Key="items", Body=body)
    execution = run(distributed(machine(S=passing()), ItemReader=reader("items", **config)))
    assert execution.failure[0] == "States.ItemReaderFailed"
    assert execution.types()[-2:] == ["MapStateFailed", "ExecutionFailed"]


def test_one_failure_fails_the_run_where_none_is_tolerated(run: Run, sfn: Any) -> None:
    execution = run(distributed(failing()), [{"bad": True}, {"bad": False}])
    assert execution.failure == (
        "States.ExceedToleratedFailureThreshold",
        "The specified tolerated failure threshold was exceeded",
    )
    assert execution.details("MapRunFailed")[0]["error"] == "States.ExceedToleratedFailureThreshold"
    (told,) = sfn.list_map_runs(executionArn=execution.arn)["mapRuns"]
    assert sfn.describe_map_run(mapRunArn=told["mapRunArn"])["status"] == "FAILED"


@pytest.mark.parametrize("tolerated", [{"ToleratedFailureCount": 1}, {"ToleratedFailurePercentage": 50}])
def test_some_failures_may_be_tolerated(run: Run, tolerated: dict[str, int]) -> None:
    execution = run(distributed(failing(), **tolerated), [{"bad": True}, {"bad": False}])
    assert execution.output == [{"bad": False}]


def test_results_are_written_to_a_bucket(run: Run, s3: Any) -> None:
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "data", "Prefix": "out"}}
    output = run(
        distributed(failing(), ResultWriter=writer, ToleratedFailureCount=1), [{"bad": False, "n": 1}, {"bad": True}]
    ).output
    details = output["ResultWriterDetails"]
    assert details["Bucket"] == "data"
    manifest = json.loads(s3.get_object(Bucket="data", Key=details["Key"])["Body"].read())
    assert manifest["MapRunArn"] == output["MapRunArn"]
    (succeeded,) = manifest["ResultFiles"]["SUCCEEDED"]
    (told,) = json.loads(s3.get_object(Bucket="data", Key=succeeded["Key"])["Body"].read())
    assert (told["Status"], json.loads(told["Output"])) == ("SUCCEEDED", {"bad": False, "n": 1})
    (failed,) = manifest["ResultFiles"]["FAILED"]
    assert json.loads(s3.get_object(Bucket="data", Key=failed["Key"])["Body"].read())[0]["Error"] == "E"


def test_a_stopped_execution_aborts_its_children(run: Run, sfn: Any) -> None:
    waiting = machine(S={"Type": "Wait", "Seconds": 10, "End": True})
    execution = run(distributed(waiting), [1, 2])
    sfn.stop_execution(executionArn=execution.arn)
    (told,) = sfn.list_map_runs(executionArn=execution.arn)["mapRuns"]
    described = sfn.describe_map_run(mapRunArn=told["mapRunArn"])
    assert (described["status"], described["executionCounts"]["aborted"]) == ("ABORTED", 2)


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_a_redrive_runs_failed_children_again(run: Run, sfn: Any, sqs: Any, function: Any, advance: Any, kind: str) -> None:
    """The function fails for an item until a marker is there."""
    app = """
        import boto3
        def handler(event, context):
            found = boto3.client("sqs").list_queues(QueueNamePrefix="healed").get("QueueUrls")
            if event == 2 and not found:
                raise ValueError("not yet")
            return event * 10
    """
    task = {"Type": "Task", "Resource": function(textwrap.dedent(app)), "End": True}
    definition = distributed(machine(S=task))
    definition["States"]["M"]["ItemProcessor"]["ProcessorConfig"]["ExecutionType"] = kind
    definition["States"]["M"]["MaxConcurrency"] = 1
    execution = run(definition, [1, 2, 3])
    assert execution.status == "FAILED"
    (told,) = sfn.list_map_runs(executionArn=execution.arn)["mapRuns"]
    (failed,) = sfn.list_executions(mapRunArn=told["mapRunArn"], statusFilter="FAILED")["executions"]
    assert failed["mapRunArn"] == sfn.describe_execution(executionArn=failed["executionArn"])["mapRunArn"] == told["mapRunArn"]
    assert (":express:" in failed["executionArn"]) == (kind == "EXPRESS")
    sqs.create_queue(QueueName="healed")
    sfn.redrive_execution(executionArn=execution.arn)
    advance(0)
    assert execution.output == [10, 20, 30]
    assert execution.details("MapRunRedriven") == [{"mapRunArn": told["mapRunArn"], "redriveCount": 1}]
    described = sfn.describe_map_run(mapRunArn=told["mapRunArn"])
    assert (described["redriveCount"], described["executionCounts"]["succeeded"], described["status"]) == (1, 3, "SUCCEEDED")
    again = sfn.describe_execution(executionArn=failed["executionArn"])
    assert (again["status"], again["redriveCount"]) == ("SUCCEEDED", 0 if kind == "EXPRESS" else 1)


def test_what_a_map_run_comes_to_may_take_long_to_evaluate(run: Run) -> None:
    """It is evaluated in the transaction in which the last children end, whose results are not to be lost."""
    lists = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sqs:listQueues", "Arguments": {}, "End": True}
    definition = distributed(machine(S=lists), Output="{% $sum($map([1..4000], function($i) { $i })) %}")
    assert run({"QueryLanguage": "JSONata", **definition}, [1, 2, 3]).output == 8_002_000


def test_an_express_child_has_five_minutes(run: Run, sfn: Any, advance: Callable[[float], None]) -> None:
    waiting = machine(S={"Type": "Wait", "Seconds": 400, "End": True})
    definition = distributed(waiting, ToleratedFailurePercentage=100)
    definition["States"]["M"]["ItemProcessor"]["ProcessorConfig"]["ExecutionType"] = "EXPRESS"
    execution = run(definition, [1, 2])
    advance(299)
    assert execution.status == "RUNNING"
    advance(1)
    assert execution.output == []
    (told,) = sfn.list_map_runs(executionArn=execution.arn)["mapRuns"]
    assert sfn.describe_map_run(mapRunArn=told["mapRunArn"])["executionCounts"]["timedOut"] == 2


def test_a_map_over_no_items_has_a_run_of_nothing(run: Run) -> None:
    assert run(distributed(machine(S=passing())), []).output == []


def test_children_see_no_variables_of_their_parent(run: Run) -> None:
    definition = distributed(machine(S=passing(Parameters={"x.$": "$x"})), ToleratedFailurePercentage=100)
    definition["States"]["A"] = {"Type": "Pass", "Assign": {"x": 1}, "Next": "M"}
    assert run(definition | {"StartAt": "A"}, [1]).output == []


def test_a_limit_that_is_none_fails_the_map(run: Run, s3: Any) -> None:
    s3.put_object(Bucket="data", Key="items.json", Body=b"[1]")
    items = reader("items.json", InputType="JSON", MaxItemsPath="$.text")
    assert run(distributed(machine(S=passing()), ItemReader=items), {"text": "x"}).failure[0] == "States.Runtime"
