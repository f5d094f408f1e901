"""Calls of tasks and their answers."""

import json

from tests.unit.services.stepfunctions.engine.runs import Story, machine, task

from lambent.services.stepfunctions.engine.failures import Failure
from lambent.services.stepfunctions.engine.interpreter import tokens
from lambent.services.stepfunctions.engine.interpreter.loop import Beat, Returned, Taken

WAITING = task(
    Resource="arn:aws:states:::sqs:sendMessage.waitForTaskToken", Parameters={"t.$": "$$.Task.Token"}, HeartbeatSeconds=10
)


def test_a_task_calls_with_its_parameters_and_goes_on_with_the_answer():
    story = Story(machine(S=task(Parameters={"Payload.$": "$"}, ResultSelector={"r.$": "$.x"})), {"a": 1})
    (call,) = story.calls
    assert (call.lane, call.parameters) == ("lambda", b'{"Payload":{"a":1}}')
    story.answer({"x": 5})
    assert story.output == {"r": 5}


def test_an_answer_counts_once():
    story = Story(machine(S=task(Next="T") | {"End": False}, T=task()), {})
    (call,) = story.calls
    story.answer(1)
    assert not story.happen(Returned(call.frame, call.attempt, b"2"))
    assert story.types().count("TaskSucceeded") == 1


def test_the_holder_of_the_token_tells_the_outcome():
    story = Story(machine(S=WAITING), {})
    token = tokens.parse(json.loads(story.calls[0].parameters)["t"])
    assert token is not None
    story.answer({"MessageId": "1"}, is_final=False)
    assert story.types()[-1] == "TaskSubmitted"
    assert not story.happen(Returned(token.frame, token.attempt, b"1", secret="0" * 32, is_from_outside=True))
    assert story.happen(Beat(token.frame, token.attempt, token.secret))
    assert story.happen(Returned(token.frame, token.attempt, b"1", secret=token.secret, is_from_outside=True))
    assert story.output == 1


def test_an_outcome_may_come_before_the_call_has_returned():
    story = Story(machine(S=WAITING), {})
    token = tokens.parse(story.calls[0].token)
    assert token is not None
    assert story.happen(Returned(token.frame, token.attempt, b"1", secret=token.secret, is_from_outside=True))
    assert story.output == 1


def test_a_task_without_a_sign_of_life_times_out():
    story = Story(machine(S=WAITING), {})
    story.ring()
    assert story.failure == ("States.HeartbeatTimeout", None)


def test_an_answer_silences_the_alarms():
    story = Story(machine(S=task(TimeoutSeconds=5, HeartbeatSeconds=2)), {})
    assert sorted(alarm.kind for alarm in story.alarms) == ["heartbeat", "timeout"]
    story.answer(1)
    assert story.alarms == []


def test_limits_may_be_read_from_the_input():
    story = Story(machine(S=task(TimeoutSecondsPath="$.t")), {"t": 7})
    assert story.alarms[0].due_at - story.now == 7
    assert Story(machine(S=task(TimeoutSecondsPath="$.t")), {"t": "x"}).failure[0] == "States.Runtime"


def test_an_activity_is_taken_by_a_worker():
    story = Story(machine(S=task(Resource="arn:aws:states:us-east-1:111122223333:activity:a")), {})
    (call,) = story.calls
    assert story.happen(Taken(call.frame, call.attempt, "w"))
    assert story.types()[-2:] == ["ActivityScheduled", "ActivityStarted"]


def test_a_result_that_is_too_large_is_a_failure_of_the_task():
    story = Story(machine(S=task()), {})
    story.answer("x" * 300_000)
    assert story.failure[0] == "States.DataLimitExceeded"
    assert story.types()[-2:] == ["TaskFailed", "ExecutionFailed"]


def test_a_failed_call_fails_the_task():
    story = Story(machine(S=task()), {})
    story.answer(failure=Failure("E", "c"))
    assert story.failure == ("E", "c")


def test_the_heart_of_a_function_that_hands_over_beats_from_its_return():
    resource = "arn:aws:states:::lambda:invoke.waitForTaskToken"
    story = Story(machine(S=task(Resource=resource, HeartbeatSeconds=10)), {})
    assert story.alarms == []
    story.answer({}, is_final=False)
    assert [alarm.kind for alarm in story.alarms] == ["heartbeat"]
    at_once = Story(machine(S=task(Resource=resource, HeartbeatSeconds=10, Parameters={"InvocationType": "Event"})), {})
    assert [alarm.kind for alarm in at_once.alarms] == ["heartbeat"]


def test_the_heart_of_an_activity_beats_when_a_worker_has_taken_it():
    activity = "arn:aws:states:us-east-1:111122223333:activity:a"
    story = Story(machine(S=task(Resource=activity, TimeoutSeconds=99, HeartbeatSeconds=10)), {})
    assert [alarm.kind for alarm in story.alarms] == ["timeout"]
    story.happen(Taken(story.calls[0].frame, story.calls[0].attempt, "w"))
    assert [alarm.kind for alarm in story.alarms] == ["timeout", "heartbeat"]


def test_a_role_is_a_text():
    story = Story(machine(S=task(Credentials={"RoleArn.$": "$.role"})), {"role": 5})
    assert story.failure[0] == "States.Runtime"


def test_the_time_of_an_activity_runs_from_when_it_is_scheduled():
    activity = "arn:aws:states:us-east-1:111122223333:activity:a"
    story = Story(machine(S=task(Resource=activity, TimeoutSeconds=99)), {})
    (alarm,) = story.alarms
    assert (alarm.kind, alarm.due_at) == ("timeout", story.now + 99)
    story.ring()
    assert story.types()[-3:] == ["ActivityScheduled", "ActivityTimedOut", "ExecutionFailed"]
    assert story.failure == ("States.Timeout", None)


def test_what_is_begun_for_a_task_is_told_even_where_its_end_comes_first():
    state = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync", "Next": "T"}
    story = Story(machine(S=state, T=task()), {})
    (call,) = story.calls
    told = Returned(call.frame, call.attempt, b"1", is_from_outside=True, submitted=b'{"ExecutionArn":"a"}')
    assert story.happen(told)
    assert story.types()[3:6] == ["TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    assert not story.happen(Returned(call.frame, call.attempt, b"2", is_final=False))
