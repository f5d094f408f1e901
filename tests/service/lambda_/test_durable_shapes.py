"""The shapes of AWS' documentation of durable functions run through its own SDK, and their history is told as AWS tells it."""

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.durable_sdk import Runs, account_of, archive

APP = Path(__file__).parents[2] / "durable_shapes.py"
ROLE = "arn:aws:iam::111111111111:role/lambda"
MINUTE_S, HOUR_S = 60.0, 3_600.0


@pytest.fixture(scope="module")
def home(platform: Any) -> Callable[..., Any]:
    client = account_of(platform)
    functions = client("lambda")
    code = {"ZipFile": archive(APP.read_text())}
    for name, timeout_s in (("long", 366 * 86_400), ("short", 900)):
        functions.create_function(
            FunctionName=name,
            Runtime=f"python3.{sys.version_info.minor}",
            Handler="app.handler",
            Role=ROLE,
            Code=code,
            Timeout=60,
            Publish=True,
            DurableConfig={"ExecutionTimeout": timeout_s},
        )
        functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0, "MaxAttempts": 10_000})
    return client


@pytest.fixture
def runs(platform: Any, home: Callable[..., Any]) -> Runs:
    return Runs(platform, home.account, home("lambda"))


@pytest.fixture
def said(home: Callable[..., Any]) -> Callable[..., list[str]]:
    """What the functions have logged that holds a word, each record's message without its head."""

    def find(word: str) -> list[str]:
        told = home("logs").filter_log_events(logGroupName="/aws/lambda/long", filterPattern=f'"{word}"')["events"]
        return [event["message"].strip().rpartition("\t")[2] for event in told]

    return find


def test_steps_and_contexts_may_be_made_by_decorators_and_a_replay_logs_nothing_twice(runs, said):
    arn = runs.start(kind="decorated", n=1)
    runs.advance(MINUTE_S + 1)
    assert runs.result(arn) == [{"item": "tea", "price": 2}, {"item": "cup", "price": 3, "shipped": True}, 1]
    assert Counter(said("priced")) == {"priced tea": 1, "priced cup": 1}
    assert len(said("said once")) == 1
    names = [event.get("Name") for event in runs.events(arn) if event["EventType"].endswith("Started")]
    assert names[1:] == ["priced", "order", "priced", "time to ship", "ship"]


def test_a_callback_is_waited_for_that_a_submitter_has_asked_for(runs, home, said):
    arn = runs.start(kind="approval")
    (line,) = said("the boss")
    home("lambda").send_durable_execution_callback_success(CallbackId=line.split()[-1], Result=b'"yes"')
    runs.advance(0)
    assert runs.result(arn) == '"yes"'
    kinds = {(event["EventType"], event.get("SubType")) for event in runs.events(arn)}
    assert {("ContextStarted", "WaitForCallback"), ("CallbackStarted", "Callback"), ("StepSucceeded", "Step")} <= kinds


def test_a_callback_that_nobody_could_be_asked_for_is_an_error(runs):
    assert runs.result(runs.start(kind="unasked")) == ["not asked", "nobody is there"]


def test_the_first_branch_that_succeeds_ends_the_race(runs):
    arn = runs.start(kind="first_of", minutes=[30, 2, 60])
    runs.advance(2 * MINUTE_S + 1)
    assert runs.result(arn) == [[2], "MIN_SUCCESSFUL_REACHED"]


@pytest.mark.parametrize("nesting", ["NESTED", "FLAT"])
def test_a_map_tolerates_as_many_failures_as_it_is_told(runs, nesting):
    call = {"kind": "tolerant", "items": [1, 0, 5], "nesting": nesting}
    assert runs.result(runs.start(**call, tolerated=1))[-2:] == [2, 1]
    told = runs.result(runs.start(**call, tolerated=0))
    assert (told[0] in ("failed", "too many"), told[-1]) == (True, 1)


def test_a_predicate_completes_a_map(runs):
    arn = runs.start(kind="decided", items=[1, 2, 500], enough=2)
    runs.advance(MINUTE_S + 1)
    runs.advance(MINUTE_S + 1)
    assert runs.result(arn) == [1, 2]


def test_a_step_that_ended_the_process_is_not_done_again_where_it_may_be_done_once(runs, said):
    arn = runs.start(kind="once")
    runs.advance(MINUTE_S)
    assert "interrupted" in runs.result(arn)
    assert len(said("charged")) == 1
    ended = [event["InvocationCompletedDetails"] for event in runs.events(arn) if event["EventType"] == "InvocationCompleted"]
    assert ended[0]["Error"]["Payload"]["ErrorType"] == "Runtime.ExitError"


def test_a_result_that_no_checkpoint_holds_is_made_again_of_its_children(runs):
    arn = runs.start(kind="bulky", size=100_000)
    runs.advance(HOUR_S + 1)
    runs.advance(HOUR_S + 1)
    assert runs.result(arn) == [400_000, 300_000]


def test_a_result_larger_than_events_may_be_fails_the_execution(runs):
    told = runs.get(runs.start(kind="too_much", size=1_100_000))
    assert (told["Status"], told["Error"]["ErrorType"]) == ("FAILED", "InvalidParameterValueException")
    assert told["Error"]["ErrorMessage"] == "Execution output payload size must be less than or equal to 1048576 bytes."


def test_steps_may_have_a_format_of_their_own(runs):
    arn = runs.start(kind="own_format")
    runs.advance(MINUTE_S + 1)
    assert runs.result(arn) == "abc"
    (succeeded,) = (event["StepSucceededDetails"] for event in runs.events(arn) if event["EventType"] == "StepSucceeded")
    assert succeeded["Result"]["Payload"] == '"cba"'


def test_executions_call_executions_that_call_executions(runs):
    arn = runs.start(kind="nested", depth=3, self="long:1")
    runs.advance(MINUTE_S + 1)
    assert runs.result(arn) == [[["bottom"]]]


def test_what_was_done_is_undone_where_a_later_step_fails(runs):
    assert runs.result(runs.start(kind="saga", full="car")) == ["no car", ["no hotel", "no flight"]]
    assert runs.result(runs.start(kind="saga", full="")) == ["flight", "hotel", "car"]


def test_a_condition_is_polled_with_growing_delays(runs):
    arn = runs.start(kind="polled", until=3)
    runs.advance(MINUTE_S + 1)
    assert runs.get(arn)["Status"] == "RUNNING"
    runs.advance(2 * MINUTE_S + 1)
    assert runs.result(arn) == {"asked": 3}
    delays = [
        event["StepSucceededDetails"]["RetryDetails"].get("NextAttemptDelaySeconds")
        for event in runs.events(arn)
        if event["EventType"] == "StepSucceeded"
    ]
    assert delays == [60, 120, None]


def test_a_block_is_tried_again_as_a_whole(runs, said):
    arn = runs.start(kind="again", good=3)
    for _ in range(2):
        runs.advance(MINUTE_S + 1)
    assert runs.result(arn) == ["good", 3]
    assert said("block") == ["block 1", "block 2", "block 3"]


def test_branches_within_branches_wait_each_for_its_own_time_and_log_once(runs, said):
    arn = runs.start(kind="staggered", groups=[[1, 3], [2]])
    for _ in range(3):
        runs.advance(MINUTE_S + 1)
    assert runs.result(arn) == [["1 done", "3 done"], ["2 done"]]
    assert sorted(said("before")) == ["before 1", "before 2", "before 3"]
    assert sorted(said("after")) == ["after 1", "after 2", "after 3"]


def test_what_is_random_is_the_same_in_each_replay(runs):
    arn = runs.start(kind="random_once")
    runs.advance(MINUTE_S + 1)
    first, second = runs.result(arn)
    assert first == second


def test_a_batch_of_a_queue_is_one_execution(runs, home):
    queues, functions = home("sqs"), home("lambda")
    url = queues.create_queue(QueueName="work", Attributes={"VisibilityTimeout": "900"})["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    queues.send_message_batch(QueueUrl=url, Entries=[{"Id": name, "MessageBody": name} for name in ("one", "two")])
    mapping = functions.create_event_source_mapping(
        FunctionName="short:1", EventSourceArn=arn, FunctionResponseTypes=["ReportBatchItemFailures"]
    )
    executions: list[Any] = []
    while not executions:
        runs.advance(1)
        executions = functions.list_durable_executions_by_function(FunctionName="short")["DurableExecutions"]
    while runs.get(executions[0]["DurableExecutionArn"])["Status"] == "RUNNING":
        runs.advance(MINUTE_S)
    assert sorted(runs.result(executions[0]["DurableExecutionArn"])["done"]) == ["one", "two"]
    functions.delete_event_source_mapping(UUID=mapping["UUID"])
    runs.advance(0)
    left = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesNotVisible"])["Attributes"]
    assert left == {"ApproximateNumberOfMessagesNotVisible": "0"}
