"""Durable functions, through AWS' own Python SDK inside the function: one deployment, an account of its own."""

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.durable_sdk import Runs, account_of, archive, refusal

ROLE = "arn:aws:iam::111111111111:role/lambda"
RUNTIME = f"python3.{sys.version_info.minor}"
FAST = {"Delay": 0, "MaxAttempts": 10_000}
APP = Path(__file__).parents[2] / "durable_app.py"
HOUR_S, DAY_S = 3_600.0, 86_400.0
YEAR_S = 365 * DAY_S


@pytest.fixture(scope="module")
def home(platform: Any) -> Callable[..., Any]:
    """Clients of the account of the functions: "long" may take a year, "short" a caller's patience, "worker" is not durable."""
    client = account_of(platform)
    functions, code = client("lambda"), {"ZipFile": archive(APP.read_text())}
    for name, handler, options in (
        ("long", "app.handler", {"DurableConfig": {"ExecutionTimeout": 366 * 86_400, "RetentionPeriodInDays": 2}}),
        ("short", "app.handler", {"DurableConfig": {"ExecutionTimeout": 900, "RetentionPeriodInDays": 1}}),
        ("worker", "app.worker", {}),
    ):
        functions.create_function(
            FunctionName=name, Runtime=RUNTIME, Handler=handler, Role=ROLE, Code=code, Timeout=60, Publish=True, **options
        )
        functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=FAST)
    return client


@pytest.fixture(scope="module")
def functions(home: Callable[..., Any]) -> Any:
    return home("lambda")


@pytest.fixture
def runs(platform: Any, home: Callable[..., Any], functions: Any) -> Runs:
    return Runs(platform, home.account, functions)


def test_steps_give_their_results_to_who_waits(runs):
    assert runs.call(kind="steps", n=1) == ["one", "two", 1]


def test_a_wait_of_a_year_goes_on_a_year_later_and_repeats_no_step(runs):
    arn = runs.start(kind="year")
    runs.advance(YEAR_S - 1)
    assert runs.get(arn)["Status"] == "RUNNING"
    runs.advance(2)
    assert runs.result(arn) == ["before", "after"]
    assert runs.kinds(arn) == [
        "ExecutionStarted",
        "StepStarted",
        "StepSucceeded",
        "WaitStarted",
        "InvocationCompleted",
        "WaitSucceeded",
        "StepStarted",
        "StepSucceeded",
        "InvocationCompleted",
        "ExecutionSucceeded",
    ]


def test_a_step_is_tried_again_when_its_delay_is_over(runs):
    arn = runs.start(kind="retries", good=3)
    for _ in range(2):
        assert runs.get(arn)["Status"] == "RUNNING"
        runs.advance(2 * HOUR_S + 1)
    assert runs.result(arn) == 3
    failed = [event["StepFailedDetails"] for event in runs.events(arn) if event["EventType"] == "StepFailed"]
    assert [details["RetryDetails"]["CurrentAttempt"] for details in failed] == [1, 2]
    assert failed[0]["Error"]["Payload"]["ErrorType"] == "ValueError"


def test_a_map_of_calls_gathers_what_workers_say(runs):
    assert runs.call(kind="gather", worker="worker", count=5) == [0, 10, 20, 30, 40]


def test_branches_run_while_others_wait(runs):
    arn = runs.start(kind="parallel")
    assert "WaitSucceeded" not in runs.kinds(arn)
    runs.advance(601)
    assert runs.result(arn) == ["slow", "quick"]


def test_a_callback_that_succeeds_goes_on_with_its_result(runs, functions):
    arn = runs.start(kind="callback")
    callback = runs.pending(arn, "CallbackStarted")["CallbackId"]
    functions.send_durable_execution_callback_success(CallbackId=callback, Result=b'"by me"')
    runs.advance(0)
    assert runs.result(arn) == ["approved", '"by me"']
    assert refusal(lambda: functions.send_durable_execution_callback_success(CallbackId=callback)) == (
        "CallbackTimeoutException",
        "The callback is either timed out or already completed",
    )


def test_a_callback_that_fails_raises_in_the_function(runs, functions):
    arn = runs.start(kind="callback")
    callback = runs.pending(arn, "CallbackStarted")["CallbackId"]
    functions.send_durable_execution_callback_failure(CallbackId=callback, Error={"ErrorMessage": "no", "ErrorType": "Mine"})
    runs.advance(0)
    assert runs.result(arn)[1] == "no"


def test_a_callback_without_a_heartbeat_times_out_and_one_with_it_does_not(runs, functions):
    arn = runs.start(kind="callback", heartbeat=100, timeout=1_000)
    callback = runs.pending(arn, "CallbackStarted")["CallbackId"]
    runs.advance(90)
    functions.send_durable_execution_callback_heartbeat(CallbackId=callback)
    runs.advance(90)
    assert runs.get(arn)["Status"] == "RUNNING"
    runs.advance(20)
    assert runs.result(arn) == ["CallbackTimeoutError", "Callback timed out on heartbeat"]


def test_what_a_called_function_raises_is_an_invoke_error(runs):
    assert runs.call(kind="called", function="worker", payload={"n": 4}) == 40
    assert runs.call(kind="called", function="worker", payload={"n": -1}) == ["InvokeError", "negative"]
    assert runs.call(kind="called", function="nobody") == [
        "InvokeError",
        f"Function not found: {runs.get(runs.start(kind='steps'))['FunctionArn'].replace('long:1', 'nobody:$LATEST')}",
    ]


def test_a_called_durable_function_is_an_execution_of_its_own(runs, functions):
    arn = runs.start(kind="called", function="long:1", payload={"kind": "child"})
    child = runs.pending(arn, "ChainedInvokeStarted")["DurableExecutionArn"]
    assert runs.get(child)["Status"] == "RUNNING"
    runs.advance(HOUR_S + 1)
    assert runs.result(arn) == ["inside"]


def test_a_called_execution_that_is_stopped_is_an_error_in_the_caller(runs, functions):
    arn = runs.start(kind="called", function="long:1", payload={"kind": "year"})
    child = runs.pending(arn, "ChainedInvokeStarted")["DurableExecutionArn"]
    functions.stop_durable_execution(DurableExecutionArn=child, Error={"ErrorMessage": "enough"})
    runs.advance(0)
    assert runs.result(arn) == ["InvokeError", "enough"]
    assert runs.get(child)["Status"] == "STOPPED"


def test_a_condition_is_asked_until_it_holds(runs):
    arn = runs.start(kind="condition", until=3)
    runs.advance(301)
    runs.advance(301)
    assert runs.result(arn) == 3


def test_an_error_of_the_handler_fails_the_execution(runs, functions):
    answer = functions.invoke(FunctionName="short:1", Payload=b'{"kind": "fails"}')
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read()) == {"errorMessage": "no", "errorType": "ValueError"}
    told = runs.get(answer["DurableExecutionArn"])
    assert (told["Status"], told["Error"]) == ("FAILED", {"ErrorMessage": "no", "ErrorType": "ValueError"})


def test_state_that_no_page_holds_is_replayed_in_pages(runs):
    arn = runs.start(kind="large", count=24, size=250_000)
    runs.advance(HOUR_S + 1)
    assert runs.result(arn) == 3


def test_a_name_starts_one_execution(runs, functions):
    first = runs.start(name="order-1", kind="steps", n=1)
    assert runs.start(name="order-1", kind="steps", n=1) == first
    assert first.split("/")[-2] == "order-1"
    code, message = refusal(lambda: runs.start(name="order-1", kind="steps", n=2))
    assert (code, message) == ("DurableExecutionAlreadyStartedException", f"Execution already started: {first}")
    listed = functions.list_durable_executions_by_function(FunctionName="long", DurableExecutionName="order-1")
    assert [each["DurableExecutionArn"] for each in listed["DurableExecutions"]] == [first]


def test_executions_are_listed_by_status_version_time_and_name(runs, functions):
    arns = [runs.start(name=f"listed-{number}", kind="steps" if number else "year", n=1) for number in range(3)]

    def listed(function: str = "long", **wanted: Any) -> list[str]:
        told = functions.list_durable_executions_by_function(FunctionName=function, **wanted)["DurableExecutions"]
        return [each["DurableExecutionArn"] for each in told if "/listed-" in each["DurableExecutionArn"]]

    later = runs.get(arns[0])["StartTimestamp"] + timedelta(seconds=1)
    assert sorted(listed(MaxItems=1000)) == sorted(arns)
    assert listed(ReverseOrder=True, MaxItems=1000) == listed(MaxItems=1000)[::-1]
    assert listed(Statuses=["RUNNING", "FAILED"], MaxItems=1000) == arns[:1]
    assert listed(StartedAfter=later) == []
    assert (listed("long:1", DurableExecutionName="listed-1"), listed("long:$LATEST", DurableExecutionName="listed-1")) == (
        arns[1:2],
        [],
    )
    for statuses, found in ((["SUCCEEDED"], arns[2:]), (["RUNNING"], [])):
        assert listed(DurableExecutionName="listed-2", Statuses=statuses) == found
    assert listed(DurableExecutionName="listed-2", StartedAfter=later) == []


def test_a_durable_function_is_invoked_by_a_qualified_name_only(functions):
    assert refusal(lambda: functions.invoke(FunctionName="short", Payload=b"{}")) == (
        "InvalidParameterValueException",
        "You cannot invoke a durable function using an unqualified ARN.",
    )


def test_nobody_waits_for_a_function_that_may_take_more_than_15_minutes(functions):
    assert refusal(lambda: functions.invoke(FunctionName="long:1", Payload=b"{}")) == (
        "InvalidParameterValueException",
        "You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes.",
    )


def test_an_execution_times_out_and_is_forgotten_when_its_retention_is_over(runs):
    arn = runs.start("short:1", kind="callback")
    runs.advance(901)
    told = runs.get(arn)
    assert (told["Status"], told["Error"]["ErrorMessage"]) == ("TIMED_OUT", "Execution timed out after 900 seconds.")
    runs.advance(DAY_S + 1)
    assert refusal(lambda: runs.get(arn)) == ("ResourceNotFoundException", "Durable Execution does not exist")


def test_a_stopped_execution_can_be_deleted_and_a_running_one_cannot(runs, functions):
    arn = runs.start(kind="year")
    assert refusal(lambda: functions.delete_durable_execution(DurableExecutionArn=arn))[0] == "ResourceConflictException"
    stopped_at = functions.stop_durable_execution(DurableExecutionArn=arn)["StopTimestamp"]
    assert functions.stop_durable_execution(DurableExecutionArn=arn)["StopTimestamp"] == stopped_at
    functions.delete_durable_execution(DurableExecutionArn=arn)
    assert refusal(lambda: runs.get(arn))[0] == "ResourceNotFoundException"


def test_a_paused_execution_is_not_invoked_until_it_is_resumed_and_its_waits_go_on(runs, functions):
    arn = runs.start(kind="year")
    functions.pause_durable_execution(DurableExecutionArn=arn, Reason="a deployment")
    told = runs.get(arn)
    assert (told["Status"], told["PauseDetails"]["Reason"], told["PauseDetails"]["ExecutionTimeoutPaused"]) == (
        "PAUSED",
        "a deployment",
        True,
    )
    assert (told["ExpectedExecutionTimeoutTimestamp"] - told["StartTimestamp"]).days == 366
    runs.advance(YEAR_S + 1)
    assert (runs.get(arn)["Status"], runs.kinds(arn)[-1]) == ("PAUSED", "WaitSucceeded")
    functions.resume_durable_execution(DurableExecutionArn=arn, Reason="done")
    runs.advance(0)
    assert runs.result(arn) == ["before", "after"]
    paused, resumed = (event for event in runs.events(arn) if event["EventType"] in ("ExecutionPaused", "ExecutionResumed"))
    assert paused["ExecutionPausedDetails"]["Reason"] == {"Payload": "a deployment"}
    assert resumed["ExecutionResumedDetails"]["Reason"] == {"Payload": "done"}
    paused, *_ = (event for event in runs.events(arn, IncludeExecutionData=False) if event["EventType"] == "ExecutionPaused")
    assert paused["ExecutionPausedDetails"]["Reason"] == {"Truncated": True}


def test_an_invocation_that_runs_is_broken_off_at_its_next_checkpoint_and_begins_again_behind_it(runs, functions):
    arn = runs.start(kind="held")
    assert (runs.get(arn)["Status"], runs.kinds(arn)[-2:]) == ("PAUSED", ["ExecutionPaused", "InvocationCompleted"])
    functions.resume_durable_execution(DurableExecutionArn=arn)
    runs.advance(0)
    assert runs.result(arn) == ["first", "second"]
    assert runs.kinds(arn).count("StepSucceeded") == 2


def test_what_cannot_be_paused_or_resumed_is_a_conflict_and_a_repetition_is_none(runs, functions):
    arn = runs.start(kind="year")
    named, again = {"DurableExecutionArn": arn}, {"DurableExecutionArn": arn, "ClientToken": "once"}
    assert refusal(lambda: functions.resume_durable_execution(**named))[0] == "ResourceConflictException"
    for _ in range(2):
        assert functions.pause_durable_execution(**again)["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert refusal(lambda: functions.pause_durable_execution(**named))[0] == "ResourceConflictException"
    assert refusal(lambda: functions.delete_durable_execution(**named))[0] == "ResourceConflictException"
    listed = functions.list_durable_executions_by_function(FunctionName="long:1", Statuses=["PAUSED"])["DurableExecutions"]
    assert [each["DurableExecutionArn"] for each in listed] == [arn]
    for _ in range(2):
        functions.resume_durable_execution(**again)
    assert runs.get(arn)["Status"] == "RUNNING"
    functions.pause_durable_execution(**named)
    functions.stop_durable_execution(**named)
    assert runs.get(arn)["Status"] == "STOPPED"
    assert refusal(lambda: functions.pause_durable_execution(**named))[0] == "ResourceConflictException"


def test_a_token_is_good_for_the_invocation_that_runs(runs, functions):
    arn = runs.start(kind="year")
    call = {"DurableExecutionArn": arn, "CheckpointToken": "WyJhIiwiYiIsMF0="}
    assert refusal(lambda: functions.checkpoint_durable_execution(**call))[1] == (
        "Checkpoint token is not valid for the durable execution ARN"
    )
    assert refusal(lambda: functions.get_durable_execution_state(**call))[0] == "InvalidParameterValueException"


def test_history_comes_in_pages_in_either_order_and_without_data_where_it_is_not_wanted(runs):
    arn = runs.start(kind="steps")
    events = runs.events(arn, PaginationConfig={"PageSize": 2})
    assert [event["EventId"] for event in events] == list(range(1, 8))
    backwards = runs.events(arn, ReverseOrder=True, PaginationConfig={"PageSize": 3})
    assert backwards == events[::-1]
    bare = runs.events(arn, IncludeExecutionData=False)
    assert [event["StepSucceededDetails"]["Result"] for event in bare if "StepSucceededDetails" in event] == [{}, {}]


def test_a_change_of_status_is_an_event_on_the_default_bus(runs, home, platform):
    queues, rules = home("sqs"), home("events")
    url = queues.create_queue(QueueName="changes")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.lambda"], "detail-type": ["Durable Execution Status Change"]}
    rule = rules.put_rule(Name="changes", EventPattern=json.dumps(pattern))["RuleArn"]
    allowed = {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
            }
        ]
    }
    queues.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(allowed)})
    rules.put_targets(Rule="changes", Targets=[{"Id": "q", "Arn": arn}])
    started = runs.start(kind="steps")
    messages = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5)["Messages"]
    details = [json.loads(message["Body"])["detail"] for message in messages]
    assert {detail["status"] for detail in details} <= {"RUNNING", "SUCCEEDED"}
    assert {detail["durableExecutionArn"] for detail in details} == {started}


def test_a_failed_event_is_a_dead_letter(runs, home, functions):
    queues = home("sqs")
    url = queues.create_queue(QueueName="dead")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    functions.update_function_configuration(FunctionName="short", DeadLetterConfig={"TargetArn": arn})
    functions.get_waiter("function_updated_v2").wait(FunctionName="short", WaiterConfig=FAST)
    runs.start("short:$LATEST", kind="fails")
    (letter,) = queues.receive_message(QueueUrl=url, WaitTimeSeconds=5, MessageAttributeNames=["All"])["Messages"]
    assert json.loads(letter["Body"]) == {"kind": "fails"}
    assert letter["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no"


def test_durability_is_decided_when_a_function_is_created(functions):
    told = functions.update_function_configuration(FunctionName="long", DurableConfig={"RetentionPeriodInDays": 3})
    assert told["DurableConfig"] == {"ExecutionTimeout": 366 * 86_400, "RetentionPeriodInDays": 3}
    config = {"ExecutionTimeout": 10}
    call = {"FunctionName": "worker", "DurableConfig": config}
    assert refusal(lambda: functions.update_function_configuration(**call))[0] == "InvalidParameterValueException"


def test_a_streamed_invocation_tells_which_execution_it_was(runs, functions):
    answer = functions.invoke_with_response_stream(FunctionName="short:1", Payload=b'{"kind": "steps", "n": 1}')
    (piece,) = (event["PayloadChunk"]["Payload"] for event in answer["EventStream"] if "PayloadChunk" in event)
    assert json.loads(piece) == ["one", "two", 1]
    arn = answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-durable-execution-arn"]
    assert runs.result(arn) == ["one", "two", 1]


def test_a_mapping_must_name_a_version_that_ends_within_15_minutes(home, functions):
    queues = home("sqs")
    url = queues.create_queue(QueueName="mapped", Attributes={"VisibilityTimeout": "60"})["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def follow(name: str) -> Any:
        return functions.create_event_source_mapping(FunctionName=name, EventSourceArn=arn, Enabled=False)

    for name, words in (("short", "using an unqualified ARN."), ("long:1", "executionTimeout greater than 15 minutes.")):
        code, message = refusal(lambda name=name: follow(name))
        assert (code, message.endswith(words)) == ("InvalidParameterValueException", True), message
    made = follow("short:1")
    change = {"UUID": made["UUID"], "FunctionName": "short"}
    assert refusal(lambda: functions.update_event_source_mapping(**change))[1].endswith("using an unqualified ARN.")
