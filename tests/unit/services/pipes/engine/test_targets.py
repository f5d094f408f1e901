"""What can be the target or the enrichment of a pipe."""

import pytest
from tests.unit.services.pipes.engine.conftest import BUS, FIFO, FUNCTION, GROUP, MACHINE, QUEUE, STREAM, TABLE, TOPIC

from lambent.core.errors import ServiceError
from lambent.services.pipes import errors
from lambent.services.pipes.engine import targets

KEY = {"KinesisStreamParameters": {"PartitionKey": "k"}}


@pytest.mark.parametrize(
    ("text", "service", "batch_max"),
    [
        (FUNCTION, "lambda", 10_000),
        (MACHINE, "stepfunctions", 10_000),
        (QUEUE, "sqs", 10),
        (TOPIC, "sns", 10),
        (BUS, "events", 10),
        (STREAM, "kinesis", 500),
        (GROUP, "logs", 10_000),
    ],
)
def test_each_kind_takes_as_many_events_at_once_as_aws_says(text, service, batch_max):
    kind = targets.kind_of(text)
    assert (kind.service, kind.batch_max) == (service, batch_max)


@pytest.mark.parametrize(
    ("text", "parameters", "region"),
    [
        (QUEUE, {}, "eu-west-1"),
        (QUEUE, KEY, "us-east-1"),
        (STREAM, {}, "us-east-1"),
        (FIFO, {}, "us-east-1"),
        (TABLE, {}, "us-east-1"),
        ("nothing", {}, "us-east-1"),
        ("arn:aws:firehose:us-east-1:111122223333:deliverystream/d", {}, "us-east-1"),
        (BUS, {"EventBridgeEventBusParameters": {"EndpointId": "a.b"}}, "us-east-1"),
    ],
)
def test_what_cannot_be_a_target_is_refused(text, parameters, region):
    with pytest.raises(ServiceError):
        targets.check(text, parameters, region=region)


def test_what_can_be_a_target_is_taken():
    for text in (FUNCTION, MACHINE, QUEUE, TOPIC, BUS, GROUP):
        targets.check(text, {"InputTemplate": "x"}, region="us-east-1")
    targets.check(STREAM, KEY, region="us-east-1")
    targets.check(FIFO, {"SqsQueueParameters": {"MessageGroupId": "g"}}, region="us-east-1")


def test_functions_and_workflows_enrich_and_nothing_else():
    targets.check_enrichment(FUNCTION)
    targets.check_enrichment(MACHINE)
    with pytest.raises(errors.ValidationException):
        targets.check_enrichment(QUEUE)
    with pytest.raises(errors.KindMissing, match="API destinations"):
        targets.check_enrichment("arn:aws:events:us-east-1:111122223333:api-destination/d/u")


def test_functions_are_waited_for_unless_it_is_said_otherwise():
    kind = targets.kind_of(FUNCTION)
    assert targets.invocation_type(kind, {}) == "REQUEST_RESPONSE"
    forget = {"LambdaFunctionParameters": {"InvocationType": "FIRE_AND_FORGET"}}
    assert targets.invocation_type(kind, forget) == "FIRE_AND_FORGET"
