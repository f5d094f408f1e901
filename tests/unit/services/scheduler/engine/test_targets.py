"""Targets: what can be one, how it is called, how often it is tried."""

import pytest
from tests.unit.services.scheduler.engine.conftest import ACCOUNT, QUEUE, SERVICES, target

from lambent.services.scheduler import errors
from lambent.services.scheduler.engine import targets

ARN = f"us-east-1:{ACCOUNT}"
FIFO = f"{QUEUE}.fifo"
MACHINE = f"arn:aws:states:{ARN}:stateMachine:m"
STREAM = f"arn:aws:kinesis:{ARN}:stream/s"


@pytest.mark.parametrize(
    ("arn", "operation", "universal"),
    [
        (QUEUE, "sqs SendMessage", "sqs:sendMessage"),
        (f"arn:aws:sns:{ARN}:t", "sns Publish", "sns:publish"),
        (f"arn:aws:lambda:{ARN}:function:f:live", "lambda Invoke", "lambda:invoke"),
        (f"arn:aws:events:{ARN}:event-bus/b", "events PutEvents", "eventbridge:putEvents"),
        (STREAM, "kinesis PutRecord", "kinesis:putRecord"),
        (MACHINE, "stepfunctions StartExecution", "sfn:startExecution"),
        ("arn:aws:scheduler:::aws-sdk:sqs:purgeQueue", "sqs PurgeQueue", "sqs:purgeQueue"),
    ],
)
def test_a_target_is_called_by_an_operation(arn, operation, universal):
    kind = targets.kind_of(arn)
    found = targets.operation_of(kind, SERVICES)
    assert f"{found.service.name} {found.name}" == operation
    assert kind.arn == f"arn:aws:scheduler:::aws-sdk:{universal}"


def test_a_service_that_is_not_there_is_not_implemented():
    with pytest.raises(errors.TargetKindMissing):
        targets.operation_of(targets.kind_of(MACHINE), {"sqs"})
    with pytest.raises(errors.TargetKindMissing):
        targets.kind_of(f"arn:aws:sagemaker:{ARN}:pipeline/p")


@pytest.mark.parametrize(
    "given",
    [
        target(FIFO, SqsParameters={"MessageGroupId": "g"}),
        target(STREAM, KinesisParameters={"PartitionKey": "p"}, Input="any text"),
        target(MACHINE, Input="{}"),
        target(QUEUE, Input="any text", SqsParameters={}),
        target("arn:aws:scheduler:::aws-sdk:sqs:sendMessage", Input="{}"),
    ],
)
def test_a_good_target_is_taken(given):
    targets.check(given, region="us-east-1", services=SERVICES)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (target(STREAM), "Parameters KinesisParameters must be specified."),
        (target(MACHINE, Input="no"), "JSON syntax error in input for the target"),
        (target(QUEUE, EcsParameters={}), "Parameters EcsParameters not supported for the target."),
        (target(MACHINE, SqsParameters={}), "Parameters SqsParameters not supported for the target."),
        (target("arn:aws:scheduler:::http-invoke", Input="{}"), "Provided Arn is not in correct format."),
    ],
)
def test_a_bad_one_is_refused(given, reason):
    with pytest.raises(errors.ValidationException) as refused:
        targets.check(given, region="us-east-1", services=SERVICES)
    assert refused.value.message == reason


def test_what_is_not_said_of_retries_is_as_aws_has_it():
    assert target()["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185}
    retries = targets.retries_of(target(RetryPolicy={"MaximumRetryAttempts": 0}))
    assert (retries.attempts_max, retries.age_s_max) == (1, 86_400.0)
