"""Targets are checked with the role when they are configured and again when they are used; what fails is counted."""

import json
from typing import Any

import pytest
from tests.unit.services.lambda_.operations.conftest import FAILED, ROLE, House

from lambent.core.errors import ServiceError
from lambent.services.lambda_ import errors

HERE = "us-east-1:111111111111"
QUEUE, TOPIC, BUS = f"arn:aws:sqs:{HERE}:q", f"arn:aws:sns:{HERE}:t", f"arn:aws:events:{HERE}:event-bus/b"
FUNCTION, BUCKET = f"arn:aws:lambda:{HERE}:function:g", "arn:aws:s3:::bucket"
ALLOWED = {"EvaluationResults": [{"EvalDecision": "allowed"}]}
DENIED = {"EvaluationResults": [{"EvalDecision": "implicitDeny"}]}
SIMULATE = ("iam", "SimulatePrincipalPolicy")
SESSION = "arn:aws:sts::111111111111:assumed-role/r/f"
FAILURES, DEAD_LETTER_ERRORS = "lambent_destination_delivery_failures_total", "lambent_dead_letter_errors_total"


class NotImplementedYet(ServiceError):
    code, status, wording = "NotImplemented", 501, "no"


class Missing(ServiceError):
    code, status, wording = "AWS.SimpleQueueService.NonExistentQueue", 400, "no"


class TopicMissing(ServiceError):
    code, status, wording = "NotFound", 404, "no"


class Refused(ServiceError):
    code, status, wording = "AccessDenied", 403, "no"


@pytest.fixture
async def house(house: House) -> House:
    """With two functions, and neighbours that have everything and take everything."""
    house.answers = {SIMULATE: ALLOWED}
    for service, operation in (
        ("sqs", "GetQueueUrl"),
        ("sqs", "SendMessage"),
        ("sns", "GetTopicAttributes"),
        ("sns", "Publish"),
        ("events", "DescribeEventBus"),
        ("events", "PutEvents"),
        ("s3", "HeadBucket"),
        ("s3", "PutObject"),
    ):
        house.answers[service, operation] = {}
    for name in ("f", "g"):
        await house.create(name)
    return house


async def configure(house: House, arn: str, *, when: str = "OnFailure", **more: Any) -> Any:
    destinations = {"DestinationConfig": {when: {"Destination": arn}}}
    told = await house("put_function_event_invoke_config", FunctionName="f", MaximumRetryAttempts=0, **(destinations | more))
    return told["DestinationConfig"][when]


async def fail(house: House, request_id: str = "one") -> None:
    house.calls.clear()
    house.environments.outcomes = [FAILED]
    await house.send(request_id)


async def refusal(house: House, arn: str, **more: Any) -> str:
    with pytest.raises(errors.InvalidParameterValue) as refused:
        await configure(house, arn, **more)
    return refused.value.message


@pytest.mark.parametrize(
    ("arn", "service", "operation", "action"),
    [
        (QUEUE, "sqs", "SendMessage", "sqs:SendMessage"),
        (TOPIC, "sns", "Publish", "sns:Publish"),
        (BUS, "events", "PutEvents", "events:PutEvents"),
        (BUCKET, "s3", "PutObject", "s3:PutObject"),
    ],
)
async def test_each_kind_of_target_is_asked_for_and_called_as_the_role(house, arn, service, operation, action):
    await configure(house, arn)
    await fail(house)
    (asked,) = house.called("iam")
    assert asked.parameters["PolicySourceArn"] == ROLE
    assert asked.parameters["ActionNames"] == [action]
    assert asked.parameters["ResourceArns"][0].startswith(arn)
    (call,) = house.called(service)
    assert call.operation == operation
    assert (call.context.principal_arn, call.context.account) == (SESSION, "111111111111")
    assert house.metric(FAILURES) == 0


async def test_a_call_is_made_in_the_targets_region(house):
    await configure(house, QUEUE.replace("us-east-1", "eu-west-1"))
    await fail(house)
    (call,) = house.called("sqs")
    assert call.context.region == "eu-west-1"


async def test_a_function_gets_the_record_as_an_event_of_its_own(house):
    await configure(house, FUNCTION)
    await fail(house)
    (_, first), (spec, second) = house.environments.invoked
    assert spec.function_name == "g"
    assert first.request_id == "one" != second.request_id
    assert json.loads(second.payload)["requestContext"]["requestId"] == "one"


@pytest.mark.parametrize(
    ("arn", "action"),
    [
        (QUEUE, "SendMessage"),
        (TOPIC, "Publish"),
        (BUS, "PutEvents"),
        (BUCKET, "PutObject"),
        (FUNCTION, "InvokeFunction"),
    ],
)
async def test_a_role_that_may_not_deliver_is_refused_with_aws_words(house, arn, action):
    house.answers[SIMULATE] = DENIED
    assert await refusal(house, arn) == f"The function's execution role does not have permissions to call {action} on {arn}"


async def test_a_queue_or_topic_that_is_not_there_is_refused_with_the_same_words(house):
    house.answers["sqs", "GetQueueUrl"] = Missing()
    house.answers["sns", "GetTopicAttributes"] = TopicMissing()
    for arn, action in ((QUEUE, "SendMessage"), (TOPIC, "Publish")):
        assert await refusal(house, arn) == f"The function's execution role does not have permissions to call {action} on {arn}"


@pytest.mark.parametrize("error", [NotImplementedYet(), Refused()])
async def test_a_target_that_cannot_be_looked_at_is_taken_to_be_there(house, error):
    house.answers["events", "DescribeEventBus"] = error
    assert await configure(house, BUS) == {"Destination": BUS}


async def test_a_function_cannot_be_its_own_destination(house):
    for arn in (f"arn:aws:lambda:{HERE}:function:f", f"arn:aws:lambda:{HERE}:function:f:live"):
        assert await refusal(house, arn) == "You can't specify the function as a destination for itself."


async def test_a_destination_function_must_be_there(house):
    for arn in (f"{FUNCTION}x", f"{FUNCTION}:live", f"{FUNCTION}:a:b"):
        assert await refusal(house, arn) == f"The destination ARN {arn} is invalid."


async def test_what_can_be_no_destination_is_told_as_aws_prints_it(house):
    arn = f"arn:aws:iam:{HERE}:function:f"
    given = {"OnSuccess": {"Destination": arn}}
    assert await refusal(house, arn, DestinationConfig=given) == (
        f"The provided destination config DestinationConfig(onSuccess=OnSuccess(destination={arn}), onFailure=null) is invalid."
    )
    both = {"OnSuccess": {"Destination": QUEUE}, "OnFailure": {"Destination": f"{QUEUE}.fifo"}}
    assert await refusal(house, arn, DestinationConfig=both) == (
        f"The provided destination config DestinationConfig(onSuccess=OnSuccess(destination={QUEUE}), "
        f"onFailure=OnFailure(destination={QUEUE}.fifo)) is invalid."
    )


async def test_a_bucket_is_no_destination_of_success(house):
    assert "is invalid" in await refusal(house, BUCKET, when="OnSuccess")


async def test_a_right_that_was_taken_away_is_missed_at_the_delivery_and_counted(house):
    await house("update_function_configuration", FunctionName="f", DeadLetterConfig={"TargetArn": QUEUE})
    await house.settle()
    await configure(house, TOPIC)
    house.answers[SIMULATE] = DENIED
    await fail(house)
    assert (house.called("sqs"), house.called("sns")) == ([], [])
    assert (house.metric(FAILURES), house.metric(DEAD_LETTER_ERRORS)) == (1, 1)
    assert await house.waiting() == 0


async def test_a_target_that_refuses_is_given_up_and_counted_and_the_other_gets_its_own(house):
    await house("update_function_configuration", FunctionName="f", DeadLetterConfig={"TargetArn": QUEUE})
    await house.settle()
    await configure(house, TOPIC)
    house.answers["sns", "Publish"] = Refused()
    await fail(house)
    assert [call.operation for call in house.called("sqs")] == ["SendMessage"]
    assert (house.metric(FAILURES), house.metric(DEAD_LETTER_ERRORS)) == (1, 0)


async def test_a_service_that_is_not_there_yet_is_given_up_and_counted(house):
    house.answers["events", "PutEvents"] = NotImplementedYet()
    await configure(house, BUS)
    await fail(house)
    assert house.metric(FAILURES) == 1


async def test_a_bus_that_takes_the_call_and_not_the_event_has_failed(house):
    house.answers["events", "PutEvents"] = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]}
    await configure(house, BUS)
    await fail(house)
    assert house.metric(FAILURES) == 1


async def test_a_delivery_survives_a_restart_and_is_tried_again(house):
    await configure(house, QUEUE)
    house.answers["sqs", "SendMessage"] = OSError("not today")
    await fail(house)
    assert await house.waiting() == 0
    await house.restart()
    house.answers["sqs", "SendMessage"] = {}
    house.calls.clear()
    await house.clock.advance(1)
    assert len(house.called("sqs")) == 1
    assert house.metric(FAILURES) == 0


@pytest.mark.parametrize(
    ("arn", "message"),
    [
        (QUEUE, "The provided execution role does not have permissions to call SendMessage on SQS"),
        (TOPIC, "The provided execution role does not have permissions to call Publish on SNS"),
    ],
)
async def test_dead_letter_targets_are_checked_when_they_or_the_role_are_set(house, arn, message):
    house.answers[SIMULATE] = DENIED
    for change in (
        lambda: house.create("new", DeadLetterConfig={"TargetArn": arn}),
        lambda: house("update_function_configuration", FunctionName="f", DeadLetterConfig={"TargetArn": arn}),
    ):
        with pytest.raises(errors.DeadLetterDenied) as refused:
            await change()
        assert refused.value.message == message
    house.answers[SIMULATE] = ALLOWED
    await house("update_function_configuration", FunctionName="f", DeadLetterConfig={"TargetArn": arn})
    await house.settle()
    house.answers[SIMULATE] = DENIED
    with pytest.raises(errors.DeadLetterDenied):
        await house("update_function_configuration", FunctionName="f", Role=f"{ROLE}2")
    await house("update_function_configuration", FunctionName="f", Timeout=5)
    await house.settle()
    await house("update_function_configuration", FunctionName="f", DeadLetterConfig={"TargetArn": ""})


async def test_a_dead_letter_queue_that_is_not_there_is_refused_with_the_same_words(house):
    house.answers["sqs", "GetQueueUrl"] = Missing()
    with pytest.raises(errors.DeadLetterDenied, match="does not have permissions to call SendMessage on SQS"):
        await house.create("new", DeadLetterConfig={"TargetArn": QUEUE})


@pytest.mark.parametrize("arn", [f"{QUEUE}.fifo", f"{TOPIC}.fifo", FUNCTION, BUCKET])
async def test_only_standard_queues_and_topics_take_dead_letters(house, arn):
    with pytest.raises(errors.DeadLetterTargetInvalid, match="standard SQS queue or a standard SNS topic"):
        await house.create("new", DeadLetterConfig={"TargetArn": arn})


async def test_a_role_that_cannot_be_judged_delivers_nothing_and_the_function_does_not_run_again(house):
    await configure(house, QUEUE)
    house.answers[SIMULATE] = Refused()
    await fail(house)
    await house.clock.advance(600)
    assert (len(house.environments.invoked), house.called("sqs")) == (1, [])
    assert house.metric(FAILURES) == 1
