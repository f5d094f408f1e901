"""Tasks: functions, integrations, tokens, activities; retries, catches, timeouts, heartbeats."""

import json
import threading
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from tests.service.stepfunctions.conftest import Execution, machine, passing

Run = Callable[..., Execution]
INVOKE = "arn:aws:states:::lambda:invoke"
FAILING = "class Broken(Exception): pass\ndef handler(event, context):\n    raise Broken('no')\n"
TWICE = """
seen = {}
class Broken(Exception): pass
def handler(event, context):
    seen[event] = seen.get(event, 0) + 1
    if seen[event] < 3:
        raise Broken('no')
    return seen[event]
"""


def task(resource: str = INVOKE, **fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": resource, "End": True, **fields}


def invoking(**fields: Any) -> dict[str, Any]:
    return task(Parameters={"FunctionName": "f", "Payload.$": "$"}, **fields)


def test_a_function_by_its_arn_gives_its_payload_and_aws_events(run: Run, function: Callable[..., str]) -> None:
    arn = function()
    execution = run(machine(S=task(arn)), {"a": 1})
    assert execution.output == {"a": 1}
    assert execution.types() == [
        "ExecutionStarted",
        "TaskStateEntered",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    assert execution.details("LambdaFunctionScheduled") == [
        {"resource": arn, "input": '{"a":1}', "inputDetails": {"truncated": False}}
    ]


def test_invoke_gives_the_answer_with_what_aws_tells_of_it(run: Run, function: Callable[..., str]) -> None:
    function()
    execution = run(machine(S=invoking()), {"a": 1})
    output = execution.output
    assert sorted(output) == ["ExecutedVersion", "Payload", "SdkHttpMetadata", "SdkResponseMetadata", "StatusCode"]
    assert (output["Payload"], output["ExecutedVersion"], output["StatusCode"]) == ({"a": 1}, "$LATEST", 200)
    (scheduled,) = execution.details("TaskScheduled")
    assert scheduled == {
        "resource": "invoke",
        "resourceType": "lambda",
        "region": "us-east-1",
        "parameters": '{"FunctionName":"f","Payload":{"a":1}}',
    }
    assert execution.details("TaskStarted") == [{"resource": "invoke", "resourceType": "lambda"}]


def test_what_a_function_raises_is_the_error_and_its_json_the_cause(run: Run, function: Callable[..., str]) -> None:
    function(FAILING)
    error, cause = run(machine(S=invoking())).failure
    assert error == "Broken"
    assert json.loads(cause or "")["errorMessage"] == "no"


def test_a_function_that_is_not_there_is_an_error_of_lambda(run: Run) -> None:
    error, cause = run(machine(S=invoking())).failure
    assert error == "Lambda.ResourceNotFoundException"
    assert str(cause).startswith("Function not found: arn:aws:lambda:us-east-1:")
    assert "(Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: " in str(cause)


def test_a_task_is_tried_again_after_growing_delays(
    run: Run, function: Callable[..., str], advance: Callable[[float], None]
) -> None:
    function(TWICE)
    retry = [{"ErrorEquals": ["Other"]}, {"ErrorEquals": ["Broken"], "IntervalSeconds": 10, "BackoffRate": 3}]
    execution = run(machine(S=invoking(Retry=retry, OutputPath="$.Payload")), "x")
    advance(9)
    assert execution.types().count("TaskScheduled") == 1
    advance(1)
    assert execution.types().count("TaskScheduled") == 2
    advance(29)
    assert execution.types().count("TaskScheduled") == 2
    advance(1)
    assert execution.output == 3


def test_retries_end_and_a_catch_goes_on(run: Run, function: Callable[..., str], advance: Callable[[float], None]) -> None:
    function(FAILING)
    state = invoking(
        Retry=[{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1, "IntervalSeconds": 1}],
        Catch=[{"ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.error", "Next": "C"}],
    )
    execution = run(machine(S=state, C=passing(OutputPath="$.error.Error")), {})
    advance(1)
    assert execution.output == "Broken"
    assert execution.types().count("TaskFailed") == 2


def test_a_task_that_takes_too_long_times_out(run: Run, sqs: Any, queue: str, advance: Callable[[float], None]) -> None:
    execution = run(machine(S=waiting(queue, TimeoutSeconds=30)))
    advance(30)
    assert execution.failure == ("States.Timeout", None)
    assert execution.details("TaskTimedOut") == [
        {"resource": "sendMessage.waitForTaskToken", "resourceType": "sqs", "error": "States.Timeout"}
    ]


# ---- tokens ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def queue(sqs: Any) -> str:
    return str(sqs.create_queue(QueueName="q")["QueueUrl"])


def waiting(queue: str, **fields: Any) -> dict[str, Any]:
    parameters = {"QueueUrl": queue, "MessageBody": {"token.$": "$$.Task.Token", "in.$": "$"}}
    return task("arn:aws:states:::sqs:sendMessage.waitForTaskToken", Parameters=parameters, **fields)


@pytest.fixture
def token(bodies: Callable[..., list[str]], queue: str) -> Callable[[], str]:
    """The token that a task has sent to the queue."""

    def receive() -> str:
        (body,) = bodies(queue)
        return str(json.loads(body)["token"])

    return receive


def test_a_task_waits_for_its_token(run: Run, sfn: Any, queue: str, token: Callable[[], str]) -> None:
    execution = run(machine(S=waiting(queue)), {"a": 1})
    assert execution.types()[-3:] == ["TaskScheduled", "TaskStarted", "TaskSubmitted"]
    sfn.send_task_success(taskToken=token(), output='{"done": true}')
    assert execution.output == {"done": True}
    assert execution.types()[-3:] == ["TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"]


def test_a_token_works_once(
    run: Run, sfn: Any, queue: str, token: Callable[[], str], refused: Callable[..., tuple[str, str]]
) -> None:
    execution = run(machine(S=waiting(queue)))
    held = token()
    sfn.send_task_failure(taskToken=held, error="E", cause="c")
    assert execution.failure == ("E", "c")
    assert refused("send_task_success", taskToken=held, output="1") == (
        "TaskTimedOut",
        "Task Timed Out: 'Provided task does not exist anymore'",
    )


@pytest.mark.parametrize("garbage", ["x", "e30=", "WyJ4IiwxLDIsInMiXQ=="])
def test_what_is_no_token_is_refused(refused: Callable[..., tuple[str, str]], garbage: str) -> None:
    assert refused("send_task_heartbeat", taskToken=garbage) == ("InvalidToken", "Invalid Token: 'Invalid token'")


def test_an_output_that_is_no_json_is_refused(
    run: Run, queue: str, token: Callable[[], str], refused: Callable[..., tuple[str, str]]
) -> None:
    run(machine(S=waiting(queue)))
    assert refused("send_task_success", taskToken=token(), output="{oops")[0] == "InvalidOutput"


def test_heartbeats_keep_a_task_alive(
    run: Run, sfn: Any, queue: str, token: Callable[[], str], advance: Callable[[float], None]
) -> None:
    execution = run(machine(S=waiting(queue, HeartbeatSeconds=10)))
    held = token()
    for _ in range(3):
        advance(9)
        sfn.send_task_heartbeat(taskToken=held)
    advance(9)
    assert execution.status == "RUNNING"
    advance(1)
    assert execution.failure[0] == "States.HeartbeatTimeout"


# ---- integrations ----------------------------------------------------------------------------------------------------


def test_a_message_is_sent_as_json(run: Run, queue: str, bodies: Callable[..., list[str]]) -> None:
    state = task("arn:aws:states:::sqs:sendMessage", Parameters={"QueueUrl": queue, "MessageBody": {"a": [1]}})
    assert "MessageId" in run(machine(S=state)).output
    assert bodies(queue) == ['{"a":[1]}']


def test_any_operation_is_called_by_the_sdk(run: Run, sqs: Any) -> None:
    state = task("arn:aws:states:::aws-sdk:sqs:createQueue", Parameters={"QueueName": "made"})
    assert run(machine(S=state)).output == {"QueueUrl": sqs.get_queue_url(QueueName="made")["QueueUrl"]}


def test_members_of_the_sdk_begin_with_capitals_whatever_the_service(run: Run, create: Callable[..., str]) -> None:
    create(machine(S=passing()), "other")
    state = task("arn:aws:states:::aws-sdk:sfn:listStateMachines", Parameters={})
    assert [each["Name"] for each in run(machine(S=state)).output["StateMachines"]] == ["m", "other"]


def test_an_error_of_the_sdk_has_its_service_before_it(run: Run) -> None:
    state = task("arn:aws:states:::aws-sdk:sfn:describeStateMachine", Parameters={"StateMachineArn": "arn:aws:states:::x"})
    error, cause = run(machine(S=state)).failure
    assert error == "Sfn.InvalidArnException"
    assert "(Service: Sfn, Status Code: 400, Request ID: " in str(cause)


def test_parameters_that_an_operation_does_not_take_fail_the_task(run: Run) -> None:
    assert run(machine(S=task("arn:aws:states:::sqs:sendMessage", Parameters={}))).failure[0] == "SQS.AmazonSQSException"


def test_an_entry_that_a_bus_refuses_fails_the_task(run: Run) -> None:
    entries = [{"Source": "s", "DetailType": "t", "Detail": {"a": 1}}]
    assert (
        run(machine(S=task("arn:aws:states:::events:putEvents", Parameters={"Entries": entries}))).output["FailedEntryCount"]
        == 0
    )
    entries = [{"Source": "s", "DetailType": "t", "Detail": "no json"}]
    error, _ = run(machine(S=task("arn:aws:states:::events:putEvents", Parameters={"Entries": entries})), name="m2").failure
    assert error == "EventBridge.FailedEntry"


def test_a_topic_is_published_to(run: Run, client: Callable[..., Any], sqs: Any, queue: str, bodies: Any, advance: Any) -> None:
    sns = client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    run(machine(S=task("arn:aws:states:::sns:publish", Parameters={"TopicArn": topic, "Message": {"a": 1}})))
    assert bodies(queue) == ['{"a":1}']


def starting(arn: str, pattern: str) -> dict[str, Any]:
    resource = f"arn:aws:states:::states:startExecution{pattern}"
    return task(resource, Parameters={"StateMachineArn": arn, "Input": {"a": 1}})


def test_a_child_execution_is_started(run: Run, create: Callable[..., str], sfn: Any) -> None:
    output = run(machine(S=starting(create(machine(S=passing()), "child"), ""))).output
    assert sfn.describe_execution(executionArn=output["ExecutionArn"])["input"] == '{"a":1}'


@pytest.mark.parametrize(("pattern", "expected"), [(".sync", '{"a":1}'), (".sync:2", {"a": 1})])
def test_a_child_execution_is_waited_for(
    run: Run, create: Callable[..., str], advance: Callable[[float], None], pattern: str, expected: Any
) -> None:
    child = create(machine(S={"Type": "Wait", "Seconds": 60, "End": True}), "child")
    execution = run(machine(S=starting(child, pattern)))
    assert execution.types()[-1] == "TaskSubmitted"
    advance(60)
    assert execution.output["Output"] == expected


def test_a_child_that_fails_fails_the_task_that_waits(run: Run, create: Callable[..., str]) -> None:
    child = create(machine(S={"Type": "Fail", "Error": "E", "Cause": "c"}), "child")
    error, cause = run(machine(S=starting(child, ".sync"))).failure
    assert error == "States.TaskFailed"
    assert json.loads(str(cause))["Error"] == "E"


# ---- activities ------------------------------------------------------------------------------------------------------


def test_a_worker_takes_the_task_of_an_activity(run: Run, sfn: Any) -> None:
    activity = sfn.create_activity(name="a")["activityArn"]
    execution = run(machine(S=task(activity)), {"a": 1})
    taken = sfn.get_activity_task(activityArn=activity, workerName="w")
    assert json.loads(taken["input"]) == {"a": 1}
    sfn.send_task_success(taskToken=taken["taskToken"], output="5")
    assert execution.output == 5
    assert execution.types()[2:5] == ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]
    assert execution.details("ActivityStarted") == [{"workerName": "w"}]


def test_a_worker_that_waits_is_woken_by_the_task(run: Run, sfn: Any) -> None:
    activity = sfn.create_activity(name="a")["activityArn"]
    taken: list[Any] = []
    worker = threading.Thread(target=lambda: taken.append(sfn.get_activity_task(activityArn=activity)))
    worker.start()
    run(machine(S=task(activity)), 7)
    worker.join()
    assert taken[0]["input"] == "7"


def test_items_of_a_table_are_put_and_got(run: Run, client: Callable[..., Any]) -> None:
    client("dynamodb").create_table(
        TableName="items",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    item = {"id": {"S": "1"}, "n": {"N": "5"}}
    put = task("arn:aws:states:::dynamodb:putItem", Parameters={"TableName": "items", "Item": item}, ResultPath=None, Next="G")
    del put["End"]
    get = task(
        "arn:aws:states:::dynamodb:getItem", Parameters={"TableName": "items", "Key": {"id": {"S": "1"}}}, OutputPath="$.Item"
    )
    assert run(machine("P", P=put, G=get)).output == item
    query = {
        "TableName": "items",
        "KeyConditionExpression": "id = :i",
        "ExpressionAttributeValues": {":i": {"S": "1"}},
    }
    found = run(machine(S=task("arn:aws:states:::aws-sdk:dynamodb:query", Parameters=query)), name="m2").output
    assert (found["Count"], found["Items"]) == (1, [item])
    error, _ = run(
        machine(S=task("arn:aws:states:::dynamodb:getItem", Parameters={"TableName": "none", "Key": item})), name="m3"
    ).failure
    assert error == "DynamoDB.ResourceNotFoundException"


def test_no_request_says_who_waits_for_an_execution(
    run: Run, create: Callable[..., str], still: Any, account: str, advance: Any
) -> None:
    child = create(machine(S={"Type": "Wait", "Seconds": 60, "End": True}), "child")
    parent = run(machine(S=starting(child, ".sync:2")))
    (scheduled,) = [event["id"] for event in parent.events() if event["type"] == "TaskScheduled"]
    other = create(machine(S=passing(Result="forged")), "other")
    for execution in range(1, 30):
        body = json.dumps({"stateMachineArn": other, "lambent:waiter": f"{execution}/0/{scheduled}/sync:2"}).encode()
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": "AWSStepFunctions.StartExecution",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={account}/20260101/us-east-1/states/aws4_request, "
            "SignedHeaders=host, Signature=0",
        }
        urllib.request.urlopen(urllib.request.Request(still.url, body, headers)).read()
    assert parent.status == "RUNNING"
