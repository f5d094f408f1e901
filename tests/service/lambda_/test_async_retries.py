"""What becomes of an event that fails, as a user sees it: attempts, dead letters, destinations, on a clock that is turned."""

import functools
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.lives import living
from tests.service.lambda_.conftest import FAST, ROLE, RUNTIME, zipped

from lambent.testing import LocalPlatform

RAISE = """
def handler(event, context):
    print("attempt")
    if event.get("raise_error"):
        raise Exception("Test exception (this is intentional)")
    return {"seen": event}
"""
RAISE_ERROR = b'{"raise_error": 1}'
MD5_RECORDED = "ba08269cbd0ce515889bfba6593731e1"


class World:
    """An account of a platform, a clock that is turned, and the account's clients."""

    def __init__(self, platform: LocalPlatform, account: str = "111111111111", *, has_own_clock: bool = False) -> None:
        self.platform, self.account, self.here = platform, account, f"us-east-1:{account}"
        self.advance = functools.partial(platform.advance, account=account if has_own_clock else "")
        self.client = functools.cache(self._client)
        self._earlier = dict(platform.platform.metrics.values)

    def _client(self, service: str) -> Any:
        keys = {"aws_access_key_id": self.account, "aws_secret_access_key": "x"}
        return boto3.client(service, region_name="us-east-1", endpoint_url=self.platform.url, **keys)

    def queue(self, name: str) -> str:
        """Makes a queue; its ARN."""
        self.client("sqs").create_queue(QueueName=name)
        return f"arn:aws:sqs:{self.here}:{name}"

    def received(self, name: str) -> list[dict[str, Any]]:
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        given = {"MessageAttributeNames": ["All"], "MessageSystemAttributeNames": ["All"], "MaxNumberOfMessages": 10}
        return sqs.receive_message(QueueUrl=url, VisibilityTimeout=0, **given).get("Messages", [])

    def record(self, name: str) -> dict[str, Any]:
        """The one record that lies in a queue."""
        (message,) = self.received(name)
        return json.loads(message["Body"])

    def deploy(self, name: str = "f", app: str = RAISE, **options: Any) -> None:
        given = {"Runtime": RUNTIME, "Handler": "app.handler", "Role": ROLE, "Code": {"ZipFile": zipped(app=app)}}
        aws = self.client("lambda")
        aws.create_function(FunctionName=name, **(given | options))
        aws.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=FAST)

    def configure(self, **config: Any) -> None:
        self.client("lambda").put_function_event_invoke_config(FunctionName="f", **config)

    def send(self, payload: bytes = RAISE_ERROR, name: str = "f") -> str:
        """Sends an event, lets it run, and returns its request id."""
        answer = self.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=payload)
        assert answer["StatusCode"] == 202
        self.advance(0)
        return answer["ResponseMetadata"]["RequestId"]

    def attempts(self, request_id: str, name: str = "f") -> int:
        """How often the function's log tells the end of this request."""
        events = self.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        return sum(each["message"].startswith(f"END RequestId: {request_id}") for each in events)

    def metric(self, name: str) -> float:
        """What was counted since this world began."""
        now = self.platform.platform.metrics.values
        return sum(value - self._earlier.get(key, 0) for key, value in now.items() if key[0] == name)


@pytest.fixture(scope="module")
def turned() -> Iterator[LocalPlatform]:
    with LocalPlatform(clock="virtual") as platform:
        yield platform


@pytest.fixture
def world(turned: LocalPlatform, account: str) -> World:
    return World(turned, account, has_own_clock=True)


def failing(destination: str) -> dict[str, Any]:
    return {"DestinationConfig": {"OnFailure": {"Destination": destination}}}


def test_an_event_that_fails_makes_three_attempts_under_one_id_and_then_lies_in_the_dlq_byte_for_byte(world):
    world.deploy(DeadLetterConfig={"TargetArn": world.queue("dlq")})
    request_id = world.send()
    for seconds, attempts in ((0, 1), (59, 1), (1, 2), (119, 2)):
        world.advance(seconds)
        assert world.attempts(request_id) == attempts
        assert world.received("dlq") == []
    world.advance(1)
    assert world.attempts(request_id) == 3
    (letter,) = world.received("dlq")
    assert letter["Body"].encode() == RAISE_ERROR
    assert letter["MD5OfBody"] == MD5_RECORDED == hashlib.md5(RAISE_ERROR).hexdigest()
    assert letter["MessageAttributes"] == {
        "RequestID": {"StringValue": request_id, "DataType": "String"},
        "ErrorCode": {"StringValue": "200", "DataType": "Number"},
        "ErrorMessage": {"StringValue": "Test exception (this is intentional)", "DataType": "String"},
    }


def test_a_dead_letter_keeps_blanks_escapes_and_numbers_as_they_were_sent(world):
    world.deploy(DeadLetterConfig={"TargetArn": world.queue("dlq")})
    world.configure(MaximumRetryAttempts=0)
    payload = ' {"raise_error":1.0,\n  "b": "\\u00e9 é 😀", "a" : 1e2, "a": -0}\t'.encode()
    world.send(payload)
    (letter,) = world.received("dlq")
    assert letter["Body"].encode() == payload


def test_a_failures_record_is_as_recorded_from_aws(world):
    world.deploy()
    world.configure(MaximumRetryAttempts=0, **failing(world.queue("failed")))
    request_id = world.send()
    record = world.record("failed")
    assert list(record) == [
        "version", "timestamp", "requestContext", "requestPayload", "responseContext", "responsePayload"
    ]  # fmt: skip
    assert record["requestContext"] == {
        "requestId": request_id,
        "functionArn": f"arn:aws:lambda:{world.here}:function:f:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 1,
    }
    assert record["requestPayload"] == {"raise_error": 1}
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    error = record["responsePayload"]
    assert (error["errorMessage"], error["errorType"]) == ("Test exception (this is intentional)", "Exception")
    assert error["requestId"] == request_id
    assert "stackTrace" in error


def test_a_successs_record_carries_the_answer_and_the_trace(world):
    world.deploy()
    world.configure(DestinationConfig={"OnSuccess": {"Destination": world.queue("done")}})
    world.send(b"{}")
    (message,) = world.received("done")
    record = json.loads(message["Body"])
    assert (record["requestContext"]["condition"], record["requestContext"]["approximateInvokeCount"]) == ("Success", 1)
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}
    assert record["responsePayload"] == {"seen": {}}
    assert message["Attributes"]["AWSTraceHeader"].startswith("Root=1-")


@pytest.mark.parametrize(("age_s", "attempts"), [(60, 1), (90, 2)])
def test_an_events_age_is_looked_at_before_the_delay(world, age_s, attempts):
    world.deploy()
    world.configure(MaximumEventAgeInSeconds=age_s, **failing(world.queue("failed")))
    world.send()
    world.advance(60)
    context = world.record("failed")["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("EventAgeExceeded", attempts)


def test_reserved_concurrency_of_zero_discards_at_once_and_drains_what_waits(world):
    world.deploy(DeadLetterConfig={"TargetArn": world.queue("dlq")})
    world.configure(**failing(world.queue("failed")))
    waiting = world.send()
    world.client("lambda").put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    world.advance(0)
    late = world.send()
    records = {each["requestContext"]["requestId"]: each for each in (json.loads(m["Body"]) for m in world.received("failed"))}
    assert records.keys() == {waiting, late}
    assert {each["requestContext"]["condition"] for each in records.values()} == {"ZeroReservedConcurrency"}
    assert records[late]["requestContext"]["approximateInvokeCount"] == 0
    assert not {"responseContext", "responsePayload"} & records[late].keys()
    assert {letter["MessageAttributes"]["ErrorCode"]["StringValue"] for letter in world.received("dlq")} == {"429"}
    assert (world.attempts(waiting), world.attempts(late)) == (1, 0)


def test_each_attempt_runs_the_functions_current_code(world):
    world.deploy()
    world.configure(DestinationConfig={"OnSuccess": {"Destination": world.queue("done")}})
    request_id = world.send()
    aws = world.client("lambda")
    aws.update_function_code(FunctionName="f", ZipFile=zipped(app="def handler(event, context): return 'mended'\n"))
    aws.get_waiter("function_updated_v2").wait(FunctionName="f", WaiterConfig=FAST)
    world.advance(60)
    record = world.record("done")
    assert (record["requestContext"]["requestId"], record["requestContext"]["approximateInvokeCount"]) == (request_id, 2)
    assert record["responsePayload"] == "mended"


def test_a_function_and_a_bucket_are_destinations_too(world):
    s3 = world.client("s3")
    s3.create_bucket(Bucket="records")
    world.deploy()
    world.deploy("listener")
    world.configure(
        MaximumRetryAttempts=0,
        DestinationConfig={
            "OnSuccess": {"Destination": f"arn:aws:lambda:{world.here}:function:listener"},
            "OnFailure": {"Destination": "arn:aws:s3:::records"},
        },
    )
    request_id = world.send(b"{}")
    (end,) = [
        each["message"]
        for each in world.client("logs").filter_log_events(logGroupName="/aws/lambda/listener")["events"]
        if each["message"].startswith("END")
    ]
    assert request_id not in end
    failed = world.send()
    (found,) = s3.list_objects_v2(Bucket="records")["Contents"]
    assert found["Key"].startswith("aws/lambda/async/f/2026/01/01/2026-01-01T")
    record = json.loads(s3.get_object(Bucket="records", Key=found["Key"])["Body"].read())
    assert record["requestContext"]["requestId"] == failed


def test_topics_get_records_and_dead_letters(world):
    sns, queue = world.client("sns"), world.queue("subscribed")
    for name in ("failed", "dead"):
        arn = sns.create_topic(Name=name)["TopicArn"]
        sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue)
    world.deploy(DeadLetterConfig={"TargetArn": f"arn:aws:sns:{world.here}:dead"})
    world.configure(MaximumRetryAttempts=0, **failing(f"arn:aws:sns:{world.here}:failed"))
    request_id = world.send()
    notes = {
        note["TopicArn"].rpartition(":")[2]: note for note in (json.loads(m["Body"]) for m in world.received("subscribed"))
    }
    assert notes["dead"]["Message"].encode() == RAISE_ERROR
    assert notes["dead"]["MessageAttributes"]["ErrorCode"] == {"Type": "Number", "Value": "200"}
    assert notes["dead"]["MessageAttributes"]["RequestID"] == {"Type": "String", "Value": request_id}
    assert json.loads(notes["failed"]["Message"])["requestContext"]["requestId"] == request_id


def test_a_bus_as_a_destination_gets_the_record(world):
    events = world.client("events")
    pattern = {"source": ["lambda"], "detail-type": ["Lambda Function Invocation Result - Failure"]}
    events.put_rule(Name="failures", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="failures", Targets=[{"Id": "1", "Arn": world.queue("failures")}])
    world.deploy()
    world.configure(MaximumRetryAttempts=0, **failing(f"arn:aws:events:{world.here}:event-bus/default"))
    request_id = world.send()
    (message,) = world.received("failures")
    event = json.loads(message["Body"])
    assert event["detail"]["requestContext"]["requestId"] == request_id
    assert event["resources"] == [
        f"arn:aws:events:{world.here}:event-bus/default",
        f"arn:aws:lambda:{world.here}:function:f:$LATEST",
    ]
    assert world.metric("lambent_destination_delivery_failures_total") == 0


def test_dlq_and_destination_are_independent(world):
    """The destination was deleted: the dead letter arrives all the same, and the failure is counted."""
    world.deploy(DeadLetterConfig={"TargetArn": world.queue("dlq")})
    world.configure(MaximumRetryAttempts=0, **failing(world.queue("failed")))
    sqs = world.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="failed")["QueueUrl"])
    world.send()
    assert len(world.received("dlq")) == 1
    assert world.metric("lambent_destination_delivery_failures_total") == 1
    assert world.metric("lambent_dead_letter_errors_total") == 0


def role(world: World, *actions: str) -> str:
    """Makes a role that may do this to everything."""
    iam = world.client("iam")
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    arn = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17"} | trust))["Role"][
        "Arn"
    ]
    allow(world, *actions)
    return arn


def allow(world: World, *actions: str) -> None:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    world.client("iam").put_role_policy(RoleName="worker", PolicyName="p", PolicyDocument=policy)


def refused(call: Callable[..., Any], **parameters: Any) -> str:
    with pytest.raises(call.__self__.exceptions.InvalidParameterValueException) as error:
        call(**parameters)
    return error.value.response["Error"]["Message"]


def test_a_role_needs_the_right_to_send_when_configured_and_when_used(world):
    arn, queue = role(world, "logs:*"), world.queue("dlq")
    aws = world.client("lambda")
    code = {"Runtime": RUNTIME, "Handler": "app.handler", "Code": {"ZipFile": zipped(app=RAISE)}}
    message = "The provided execution role does not have permissions to call SendMessage on SQS"
    given = {"FunctionName": "f", "Role": arn, "DeadLetterConfig": {"TargetArn": queue}}
    assert refused(aws.create_function, **given, **code) == message
    allow(world, "sqs:SendMessage")
    world.deploy(Role=arn, DeadLetterConfig={"TargetArn": queue})
    world.configure(MaximumRetryAttempts=0, **failing(queue))
    allow(world, "logs:*")
    assert refused(aws.put_function_event_invoke_config, FunctionName="f", **failing(queue)) == (
        f"The function's execution role does not have permissions to call SendMessage on {queue}"
    )
    world.send()
    assert world.received("dlq") == []
    assert world.metric("lambent_dead_letter_errors_total") == 1
    assert world.metric("lambent_destination_delivery_failures_total") == 1


def test_a_queue_that_is_not_there_can_take_no_dead_letters(world):
    aws = world.client("lambda")
    world.deploy()
    target = {"TargetArn": f"arn:aws:sqs:{world.here}:missing"}
    message = "The provided execution role does not have permissions to call SendMessage on SQS"
    assert refused(aws.update_function_configuration, FunctionName="f", DeadLetterConfig=target) == message


def test_a_published_version_keeps_its_dead_letter_target(world):
    world.deploy(DeadLetterConfig={"TargetArn": world.queue("dlq")}, Publish=True)
    aws = world.client("lambda")
    aws.update_function_configuration(FunctionName="f", DeadLetterConfig={"TargetArn": ""})
    aws.get_waiter("function_updated_v2").wait(FunctionName="f", WaiterConfig=FAST)
    assert "DeadLetterConfig" not in aws.get_function_configuration(FunctionName="f")
    assert aws.get_function_configuration(FunctionName="f:1")["DeadLetterConfig"]["TargetArn"].endswith(":dlq")
    aws.put_function_event_invoke_config(FunctionName="f", Qualifier="1", MaximumRetryAttempts=0)
    world.send(name="f:1")
    assert len(world.received("dlq")) == 1


def test_a_restart_between_attempts_neither_loses_nor_adds_one(tmp_path: Path):
    request_id = ""
    for life in range(4):
        with LocalPlatform(data=tmp_path, clock="virtual") as platform:
            world = World(platform)
            if life == 0:
                world.deploy(DeadLetterConfig={"TargetArn": world.queue("dlq")})
                request_id = world.send()
            world.advance(50)
    with LocalPlatform(data=tmp_path, clock="virtual") as platform:
        world = World(platform)
        world.advance(600)
        assert world.attempts(request_id) == 3
        assert len(world.received("dlq")) == 1


def test_retries_go_by_the_clock_of_the_account(world):
    world.deploy(DeadLetterConfig={"TargetArn": world.queue("dlq")})
    request_id = world.send()
    world.platform.advance(60, account="222222222222")
    assert world.attempts(request_id) == 1
    world.platform.advance(60, account=world.account)
    assert world.attempts(request_id) == 2
    world.platform.advance(120, account=world.account)
    assert len(world.received("dlq")) == 1


def test_an_event_that_was_accepted_before_kill_9_is_tried_after_it(tmp_path: Path):
    given = {"FunctionName": "f", "Runtime": RUNTIME, "Handler": "app.handler", "Role": ROLE}
    with living(tmp_path) as life:
        aws = life.client("lambda")
        aws.create_function(**given, Code={"ZipFile": zipped(app=RAISE)})
        aws.get_waiter("function_active_v2").wait(FunctionName="f", WaiterConfig=FAST)
        aws.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0)
        sent = {aws.invoke(FunctionName="f", InvocationType="Event")["ResponseMetadata"]["RequestId"] for _ in range(20)}
    with living(tmp_path) as life:
        ended: set[str] = set()
        while not sent <= ended:
            pages = life.client("logs").get_paginator("filter_log_events").paginate(logGroupName="/aws/lambda/f")
            messages = [each["message"] for page in pages for each in page["events"]]
            ended = {message.split()[2] for message in messages if message.startswith("END RequestId:")}
        assert ended == sent
