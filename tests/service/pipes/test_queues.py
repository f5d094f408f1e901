"""Pipes from queues: filters, enrichments, templates, failures, and the targets that get what comes."""

import json
from typing import Any

from tests.service.pipes.conftest import ROLE, bodies, send

from lambent.testing import LocalPlatform

ADD = """
def handler(event, context):
    return [dict(each, extra=1) for each in event]
"""
NAME_THE_BAD = """
def handler(event, context):
    return {"batchItemFailures": [{"itemIdentifier": each["messageId"]} for each in event if each["body"] == "bad"]}
"""
TELL = """
import json
def handler(event, context):
    print("event:" + json.dumps(event))
"""


def told(client: Any, function: str) -> list[Any]:
    """What the function was invoked with."""
    found = client("logs").filter_log_events(logGroupName=f"/aws/lambda/{function}", filterPattern='"event:"')["events"]
    return [json.loads(each["message"].partition("event:")[2]) for each in found]


def test_a_record_arrives_as_aws_writes_it(pipe: Any, queue: Any):
    source, target = queue("source"), queue("target")
    pipe(source.arn, target.arn)
    send(source, "hello")
    (record,) = bodies(target)
    assert list(record) == [
        *("messageId", "receiptHandle", "body", "attributes", "messageAttributes", "md5OfBody"),
        *("eventSource", "eventSourceARN", "awsRegion"),
    ]
    assert (record["body"], record["eventSource"], record["eventSourceARN"]) == ("hello", "aws:sqs", source.arn)
    assert source.take() == []


def test_filters_look_into_json_and_delete_what_they_do_not_let_through(pipe: Any, queue: Any, platform: LocalPlatform):
    source, target = queue("source"), queue("target")
    filters = {"FilterCriteria": {"Filters": [{"Pattern": json.dumps({"body": {"price": [{"numeric": [">", 5]}]}})}]}}
    pipe(source.arn, target.arn, SourceParameters=filters)
    send(source, {"price": 9}, {"price": 1}, "plain")
    assert [json.loads(record["body"]) for record in bodies(target)] == [{"price": 9}]
    platform.advance(60)
    assert source.take() == []


def test_templates_shape_what_enrichment_and_target_get(pipe: Any, queue: Any, function: Any):
    source, target = queue("source"), queue("target")
    arn = pipe(
        source.arn,
        target.arn,
        Enrichment=function("f", ADD),
        EnrichmentParameters={"InputTemplate": '{"name": <$.body.name>, "from": "<aws.pipes.source-arn>"}'},
        TargetParameters={"InputTemplate": '{"hi": "<$.name>", "all": <aws.pipes.event.json>, "pipe": <aws.pipes.pipe-arn>}'},
    )
    send(source, {"name": "Ada"})
    made = {"name": "Ada", "from": source.arn, "extra": 1}
    assert bodies(target) == [{"hi": "Ada", "all": made, "pipe": arn}]


def test_an_enrichment_that_returns_nothing_ends_the_execution(pipe: Any, queue: Any, function: Any, platform: LocalPlatform):
    source, target = queue("source"), queue("target")
    pipe(source.arn, target.arn, Enrichment=function("f", "def handler(event, context):\n    return []\n"))
    send(source, "a")
    assert target.take() == []
    platform.advance(60)
    assert source.take() == []


def test_an_express_workflow_enriches(pipe: Any, queue: Any, machine: Any):
    source, target = queue("source"), queue("target")
    enrichment = machine("m", {"Type": "Pass", "Parameters": {"first.$": "$[0].body"}, "End": True})
    pipe(source.arn, target.arn, Enrichment=enrichment)
    send(source, "a")
    assert bodies(target) == [{"first": "a"}]


def test_only_the_messages_that_a_function_names_come_back(pipe: Any, queue: Any, function: Any, platform: LocalPlatform):
    source = queue("source")
    pipe(
        source.arn, function("f", NAME_THE_BAD), SourceParameters={"SqsQueueParameters": {"MaximumBatchingWindowInSeconds": 1}}
    )
    send(source, "good", "bad", "good")
    platform.advance(2)
    left = source.sqs.get_queue_attributes(QueueUrl=source.url, AttributeNames=["ApproximateNumberOfMessagesNotVisible"])
    assert left["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "1"


def test_a_function_that_is_not_waited_for_gets_the_array(pipe: Any, queue: Any, function: Any, client: Any, platform: Any):
    source = queue("source")
    parameters = {"LambdaFunctionParameters": {"InvocationType": "FIRE_AND_FORGET"}, "InputTemplate": "<$.body>"}
    pipe(source.arn, function("tell", TELL), TargetParameters=parameters)
    send(source, {"n": 1})
    platform.settle()
    assert told(client, "tell") == [[{"n": 1}]]
    assert source.take() == []


def test_what_a_target_refuses_comes_back_until_its_queue_gives_up(pipe: Any, queue: Any, platform: LocalPlatform):
    source, target, dead = queue("source"), queue("target"), queue("dead")
    redrive = json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 2})
    source.sqs.set_queue_attributes(QueueUrl=source.url, Attributes={"RedrivePolicy": redrive})
    pipe(source.arn, target.arn)
    target.delete()
    send(source, "a")
    platform.advance(120)
    assert [message["Body"] for message in dead.take()] == ["a"]


def test_a_fifo_queue_keeps_the_order_of_its_groups(pipe: Any, queue: Any):
    source, target = queue("source.fifo"), queue("target.fifo")
    fifo = {"MessageGroupId": "$.attributes.MessageGroupId", "MessageDeduplicationId": "$.messageId"}
    pipe(source.arn, target.arn, TargetParameters={"InputTemplate": "<$.body>", "SqsQueueParameters": fifo})
    for number in range(12):
        source.sqs.send_message(
            QueueUrl=source.url, MessageBody=str(number), MessageGroupId="ab"[number % 2], MessageDeduplicationId=str(number)
        )
    arrived = target.take()
    by_group = {
        group: [int(json.loads(each["Body"])) for each in arrived if each["Attributes"]["MessageGroupId"] == group]
        for group in "ab"
    }
    assert by_group == {"a": [0, 2, 4, 6, 8, 10], "b": [1, 3, 5, 7, 9, 11]}


def test_a_stopped_pipe_leaves_messages_until_it_is_started(pipe: Any, pipes: Any, queue: Any, platform: LocalPlatform):
    source, target = queue("source"), queue("target")
    pipe(source.arn, target.arn, DesiredState="STOPPED")
    send(source, "a")
    assert target.take() == []
    pipes.start_pipe(Name="p")
    platform.settle()
    assert [record["body"] for record in bodies(target)] == ["a"]


def test_a_bus_gets_events_from_the_pipe(pipe: Any, queue: Any, client: Any, account: str, platform: LocalPlatform):
    source, target, events = queue("source"), queue("target"), client("events")
    events.put_rule(Name="r", EventPattern=json.dumps({"source": ["Pipe p", "shop"]}))
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": target.arn}])
    bus = f"arn:aws:events:us-east-1:{account}:event-bus/default"
    pipe(source.arn, bus, TargetParameters={"InputTemplate": "<$.body>"})
    send(source, {"n": 1})
    (event,) = bodies(target)
    assert (event["source"], event["detail-type"], event["detail"]) == ("Pipe p", "Event from aws:sqs", {"n": 1})
    chosen = {"Source": "shop", "DetailType": "$.body.kind", "Resources": ["$.eventSourceARN"], "Time": "$.body.at"}
    client("pipes").update_pipe(
        Name="p", RoleArn=ROLE, TargetParameters={"InputTemplate": "<$.body>", "EventBridgeEventBusParameters": chosen}
    )
    platform.settle()
    send(source, {"kind": "order", "at": "2026-05-04T03:02:01Z"})
    (event,) = bodies(target)
    assert (event["source"], event["detail-type"], event["resources"]) == ("shop", "order", [source.arn])
    assert event["time"] == "2026-05-04T03:02:01Z"


def test_topics_streams_logs_and_workflows_are_targets(
    pipe: Any, queue: Any, client: Any, stream: Any, machine: Any, account: str, platform: LocalPlatform
):
    source, subscriber, sns, logs = queue("source"), queue("subscriber"), client("sns"), client("logs")
    topic, shard = sns.create_topic(Name="t")["TopicArn"], stream("s")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=subscriber.arn, Attributes={"RawMessageDelivery": "true"})
    logs.create_log_group(logGroupName="/pipes/out")
    standard = machine("m", {"Type": "Succeed"}, "STANDARD")
    express = machine("e", {"Type": "Succeed"})
    forget = {"StepFunctionStateMachineParameters": {"InvocationType": "FIRE_AND_FORGET"}}
    ways: dict[str, dict[str, Any]] = {
        topic: {},
        shard: {"KinesisStreamParameters": {"PartitionKey": "$.messageId"}},
        f"arn:aws:logs:us-east-1:{account}:log-group:/pipes/out": {"CloudWatchLogsParameters": {"LogStreamName": "made"}},
        standard: forget,
        express: {},
    }
    for number, (target, parameters) in enumerate(ways.items()):
        name = f"p{number}"
        pipe(source.arn, target, name, TargetParameters={"InputTemplate": "<$.body>", **parameters})
        send(source, {"n": number})
        assert source.take() == []
        client("pipes").stop_pipe(Name=name)
        platform.settle()
    assert bodies(subscriber) == [{"n": 0}]
    kinesis = client("kinesis")
    where = {"StreamARN": shard, "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
    records = kinesis.get_records(ShardIterator=kinesis.get_shard_iterator(**where)["ShardIterator"])["Records"]
    assert [json.loads(record["Data"]) for record in records] == [{"n": 1}]
    written = logs.get_log_events(logGroupName="/pipes/out", logStreamName="made")["events"]
    assert [json.loads(each["message"]) for each in written] == [{"n": 2}]
    sfn = client("stepfunctions")
    (execution,) = sfn.list_executions(stateMachineArn=standard)["executions"]
    assert json.loads(sfn.describe_execution(executionArn=execution["executionArn"])["input"]) == [{"n": 3}]


def test_executions_are_logged_as_the_pipe_wishes(pipe: Any, queue: Any, client: Any, account: str, platform: LocalPlatform):
    source, target, logs = queue("source"), queue("target"), client("logs")
    where = {"LogGroupArn": f"arn:aws:logs:us-east-1:{account}:log-group:/pipes/log"}
    logging = {"CloudwatchLogsLogDestination": where, "Level": "INFO", "IncludeExecutionData": ["ALL"]}
    pipe(source.arn, target.arn, LogConfiguration=logging)
    send(source, "a")
    target.take()
    lines = [
        json.loads(each["message"]) for each in logs.get_log_events(logGroupName="/pipes/log", logStreamName="p")["events"]
    ]
    steps = ["EXECUTION_STARTED", "TARGET_STAGE_ENTERED", "TARGET_STAGE_SUCCEEDED", "EXECUTION_SUCCEEDED"]
    assert [line["messageType"] for line in lines] == steps
    assert json.loads(lines[0]["payload"])[0]["body"] == "a"
    assert len({line["executionId"] for line in lines}) == 1
