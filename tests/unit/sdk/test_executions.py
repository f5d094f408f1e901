"""Executions: how they end, as an AWS of scripted answers tells it."""

import json
from dataclasses import dataclass

import pytest

from lambent import ExecutionFailed, MissingKey, RemoteError, compose, distinct_by, function
from lambent.sdk import executions
from lambent.sdk.clients import Target
from lambent.sdk.executions import Execution, decoded

ARN = "arn:aws:states:us-east-1:111122223333:execution:m:e"


class OutOfBooks(Exception):
    pass


@dataclass
class Book:
    id: int


@function
def lend(number: int) -> Book:
    return Book(number)


@pytest.fixture
def execution(aws, monkeypatch):
    monkeypatch.setattr(executions.time, "sleep", aws.pauses_s.append)
    return Execution(ARN, Target("us-east-1"), compose(lend))


def ended(status, **fields):
    return {"status": status, **fields}


def test_the_result_is_asked_for_until_it_is_there_less_and_less_often(aws, execution):
    running = ended("RUNNING")
    aws.answers = {"describe_execution": [running] * 30 + [ended("SUCCEEDED", output='{"id": 1}')]}
    assert execution.result() == Book(1)
    assert aws.pauses_s == sorted(aws.pauses_s)
    assert aws.pauses_s[-1] <= 1


def test_an_end_is_remembered(aws, execution):
    aws.answers = {"describe_execution": [ended("SUCCEEDED", output='{"id": 1}')]}
    assert (execution.status, execution.result(), execution.done()) == ("SUCCEEDED", Book(1), True)
    assert aws.names() == ["describe_execution"]


def test_whoever_does_not_want_to_wait_for_ever_is_told(aws, execution):
    aws.answers = {"describe_execution": [ended("RUNNING")]}
    with pytest.raises(TimeoutError, match="runs on"):
        execution.result(timeout_s=0)
    with pytest.raises(TimeoutError, match="runs on"):
        execution.exception(timeout_s=0)


def failing(aws, error, cause, status="FAILED"):
    aws.answers["describe_execution"] = [ended(status, error=error, cause=cause)]


def test_what_a_function_raised_is_raised_here(aws, execution):
    failing(aws, "OutOfBooks", json.dumps({"errorType": "OutOfBooks", "errorMessage": "none left", "stackTrace": ["line"]}))
    with pytest.raises(OutOfBooks, match="none left") as raised:
        execution.result()
    assert isinstance(raised.value.__cause__, RemoteError)
    assert raised.value.__cause__.stack_trace == ("line",)


@pytest.mark.parametrize(("fact", "told"), [({"requestId": "r-1"}, ", request r-1"), ({}, "")])
def test_a_failed_function_tells_its_request_where_its_cause_does(aws, execution, fact, told):
    failing(aws, "OutOfBooks", json.dumps({"errorType": "OutOfBooks", "errorMessage": "none left"} | fact))
    assert str(execution.exception().__cause__) == f"OutOfBooks: none left\nin {ARN}{told}"


def test_a_missing_key_is_one_here_too(aws, execution):
    cause = (
        "An error occurred while executing the state 'S' (entered at the event id #2). The JSONata expression "
        "'$error(\"MissingKey: \" & $x)' specified for the field 'Output' threw an error during evaluation. "
        "D3137: MissingKey: distinct_by('id'): item 3 has no 'id'"
    )
    failing(aws, "States.QueryEvaluationError", cause)
    with pytest.raises(MissingKey) as raised:
        execution.result()
    assert str(raised.value) == "distinct_by('id'): item 3 has no 'id'"
    assert isinstance(raised.value.__cause__, ExecutionFailed)


@pytest.mark.parametrize(
    ("status", "error", "cause"),
    [
        ("FAILED", "States.Runtime", "whatever"),
        (
            "FAILED",
            "States.QueryEvaluationError",
            "threw an error during evaluation. T1006: Attempted to invoke a non-function",
        ),
        ("TIMED_OUT", "States.Timeout", None),
        ("ABORTED", None, None),
    ],
)
def test_other_ends_are_told_as_step_functions_tells_them(aws, execution, status, error, cause):
    failing(aws, error, cause, status)
    failure = execution.exception()
    assert isinstance(failure, ExecutionFailed)
    assert (failure.status, failure.type) == (status, error or status)
    assert ARN in str(failure)


def test_of_a_distributed_map_the_first_childs_failure_is_told(aws, execution):
    tolerance = ended("FAILED", error="States.ExceedToleratedFailureThreshold", cause="The specified tolerated failure …")
    child = ended("FAILED", error="OutOfBooks", cause=json.dumps({"errorType": "OutOfBooks", "errorMessage": "none left"}))
    aws.answers = {
        "describe_execution": [tolerance, child],
        "list_map_runs": [{"mapRuns": [{"mapRunArn": "arn:run"}]}],
        "list_executions": [{"executions": [{"executionArn": "arn:child"}]}],
    }
    with pytest.raises(OutOfBooks, match="none left"):
        execution.result()


async def test_an_execution_can_be_awaited(aws, execution):
    aws.answers = {"describe_execution": [ended("RUNNING"), ended("SUCCEEDED", output='{"id": 2}')]}
    assert await execution == Book(2)


def test_it_can_be_stopped(aws, execution):
    execution.stop(cause="enough")
    assert aws.parameters("stop_execution") == {"executionArn": ARN, "cause": "enough"}


def test_results_become_what_type_hints_say_wherever_the_function_stands():
    assert decoded(compose(lend.map()), [{"id": 1}]) == [Book(1)]
    assert decoded(compose(lend >> lend), {"id": 1}) == Book(1)
    assert decoded(compose(distinct_by("id")), [{"id": 1}]) == [{"id": 1}]


def test_steps_that_choose_sort_or_put_together_leave_each_item_what_it_was():
    books = [{"id": 2}, {"id": 1}]
    assert decoded(lend.map() >> distinct_by("id", order="key"), books) == [Book(2), Book(1)]
    assert decoded(lend.map().sort_by("id").batched(1), [[each] for each in books]) == [[Book(2)], [Book(1)]]
    assert decoded(lend.map().group_by("id"), [{"key": 1, "items": books}]) == [{"key": 1, "items": [Book(2), Book(1)]}]
