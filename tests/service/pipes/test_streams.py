"""Pipes from Kinesis and from streams of tables: positions, retries, splits, ages, dead letters, checkpoints."""

import base64
import json
from typing import Any

from tests.service.pipes.conftest import ROLE, Queue, bodies

from lambent.testing import LocalPlatform

FAIL_AT_BAD = """
import base64, json
def handler(event, context):
    data = [base64.b64decode(each["data"]).decode() for each in event]
    print("batch:" + json.dumps(data))
    if "bad" in data:
        raise ValueError("a bad record")
"""
NAME_THE_BAD = """
import base64, json
def handler(event, context):
    data = [base64.b64decode(each["data"]).decode() for each in event]
    print("batch:" + json.dumps(data))
    return {"batchItemFailures": [{"itemIdentifier": each["eventID"]} for each, text in zip(event, data) if text == "bad"]}
"""
FROM_HORIZON = {"StartingPosition": "TRIM_HORIZON"}


def put(client: Any, *data: str, key: str = "k", name: str = "s") -> None:
    entries = [{"Data": each.encode(), "PartitionKey": key} for each in data]
    client("kinesis").put_records(StreamName=name, Records=entries)


def batches(client: Any, function: str = "f") -> list[list[str]]:
    found = client("logs").filter_log_events(logGroupName=f"/aws/lambda/{function}", filterPattern='"batch:"')["events"]
    return [json.loads(each["message"].partition("batch:")[2]) for each in found]


def data(queue: Queue) -> list[str]:
    return [base64.b64decode(record["data"]).decode() for record in bodies(queue)]


def kinesis(**parameters: Any) -> dict[str, Any]:
    return {"KinesisStreamParameters": FROM_HORIZON | parameters}


def test_records_of_kinesis_are_flat_and_their_data_can_be_looked_into(pipe: Any, queue: Any, stream: Any, client: Any):
    target, arn = queue("target"), stream()
    filters = {"FilterCriteria": {"Filters": [{"Pattern": json.dumps({"data": {"n": [1, 3]}, "partitionKey": ["k"]})}]}}
    template = {"InputTemplate": '{"n": <$.data.n>, "record": <aws.pipes.event>}'}
    pipe(arn, target.arn, SourceParameters=kinesis() | filters, TargetParameters=template)
    put(client, '{"n": 1}', '{"n": 2}', "plain")
    put(client, '{"n": 3}', key="other")
    (told,) = bodies(target)
    record = told["record"]
    assert told["n"] == 1
    assert list(record) == [
        *("kinesisSchemaVersion", "partitionKey", "sequenceNumber", "data", "approximateArrivalTimestamp"),
        *("eventSource", "eventVersion", "eventID", "eventName", "invokeIdentityArn", "awsRegion", "eventSourceARN"),
    ]
    assert (record["invokeIdentityArn"], record["eventSourceARN"]) == (ROLE, arn)


def test_latest_begins_behind_what_is_there(pipe: Any, pipes: Any, queue: Any, stream: Any, client: Any, platform: Any):
    target, arn = queue("target"), stream()
    put(client, "early")
    pipe(arn, target.arn, SourceParameters={"KinesisStreamParameters": {"StartingPosition": "LATEST"}})
    put(client, "late")
    assert data(target) == ["late"]
    pipes.stop_pipe(Name="p")
    platform.settle()
    put(client, "meanwhile")
    assert target.take() == []
    pipes.start_pipe(Name="p")
    platform.settle()
    assert data(target) == ["meanwhile"]


def test_a_batch_that_fails_for_all_its_retries_is_told_and_holds_up_what_is_behind_it(
    pipe: Any, queue: Any, stream: Any, function: Any, client: Any, platform: LocalPlatform
):
    failed, arn = queue("failed"), stream()
    parameters = kinesis(MaximumRetryAttempts=2, DeadLetterConfig={"Arn": failed.arn})
    pipe_arn = pipe(arn, function("f", FAIL_AT_BAD), SourceParameters=parameters)
    put(client, "bad", "good")
    put(client, "later")
    platform.advance(30)
    assert batches(client)[:3] == [["bad", "good"]] * 3 or batches(client)[:3] == [["bad", "good", "later"]] * 3
    (record,) = bodies(failed)
    assert record["context"] == {"partnerResourceArn": pipe_arn, "condition": "RetryAttemptsExhausted"}
    assert (record["version"], record["KinesisBatchInfo"]["streamArn"]) == ("1.0", arn)


def test_a_batch_is_halved_until_the_bad_record_is_alone(
    pipe: Any, queue: Any, stream: Any, function: Any, client: Any, platform: LocalPlatform
):
    failed, arn = queue("failed"), stream()
    put(client, "a", "b", "bad", "c")
    parameters = kinesis(
        MaximumRetryAttempts=1, DeadLetterConfig={"Arn": failed.arn}, OnPartialBatchItemFailure="AUTOMATIC_BISECT"
    )
    pipe(arn, function("f", FAIL_AT_BAD), SourceParameters=parameters)
    platform.advance(30)
    assert batches(client) == [["a", "b", "bad", "c"], ["a", "b"], ["bad", "c"], ["bad"], ["bad"], ["c"]]
    assert bodies(failed)[0]["KinesisBatchInfo"]["batchSize"] == 1


def test_the_records_before_the_one_that_a_function_names_are_done(
    pipe: Any, stream: Any, function: Any, client: Any, platform: LocalPlatform
):
    arn = stream()
    put(client, "a", "bad", "c")
    pipe(arn, function("f", NAME_THE_BAD), SourceParameters=kinesis(MaximumRetryAttempts=1))
    platform.advance(30)
    assert batches(client) == [["a", "bad", "c"], ["bad", "c"]]


def test_records_that_became_too_old_are_told(pipe: Any, pipes: Any, queue: Any, stream: Any, client: Any, platform: Any):
    failed, target, arn = queue("failed"), queue("target"), stream()
    put(client, "old")
    parameters = kinesis(MaximumRecordAgeInSeconds=60, DeadLetterConfig={"Arn": failed.arn})
    pipe(arn, target.arn, SourceParameters=parameters, DesiredState="STOPPED")
    platform.advance(120)
    put(client, "new")
    pipes.start_pipe(Name="p")
    platform.settle()
    assert data(target) == ["new"]
    assert bodies(failed)[0]["context"]["condition"] == "RecordAgeExceeded"


def test_changes_of_a_table_reach_a_workflow(pipe: Any, client: Any, machine: Any, platform: LocalPlatform):
    tables, sfn = client("dynamodb"), client("stepfunctions")
    described = tables.create_table(
        TableName="table",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    standard = machine("m", {"Type": "Succeed"}, "STANDARD")
    filters = {"FilterCriteria": {"Filters": [{"Pattern": json.dumps({"eventName": ["MODIFY"]})}]}}
    pipe(
        described["TableDescription"]["LatestStreamArn"],
        standard,
        SourceParameters={"DynamoDBStreamParameters": FROM_HORIZON} | filters,
        TargetParameters={
            "InputTemplate": '{"old": <$.dynamodb.OldImage.n.N>, "new": <$.dynamodb.NewImage.n.N>}',
            "StepFunctionStateMachineParameters": {"InvocationType": "FIRE_AND_FORGET"},
        },
    )
    for number in "12":
        tables.put_item(TableName="table", Item={"id": {"S": "x"}, "n": {"N": number}})
    platform.settle()
    (execution,) = sfn.list_executions(stateMachineArn=standard)["executions"]
    told = sfn.describe_execution(executionArn=execution["executionArn"])["input"]
    assert json.loads(told) == [{"old": "1", "new": "2"}]
