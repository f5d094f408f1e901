"""What can be the source of a pipe, and how it is read."""

from datetime import UTC, datetime

import pytest
from tests.unit.services.pipes.engine.conftest import FIFO, FUNCTION, NOW, QUEUE, STREAM, TABLE

from lambent.core.errors import ServiceError
from lambent.services.pipes import errors
from lambent.services.pipes.engine import sources
from lambent.services.pipes.engine.sources import Reading

HORIZON = {"StartingPosition": "TRIM_HORIZON"}
MOST = 10_000


def read(source: str, given: dict, batch_max: int = MOST) -> Reading:
    arn = sources.source_of(source)
    parameters = sources.completed(arn, given, batch_max=batch_max)
    sources.check(arn, parameters, batch_max=batch_max)
    return sources.reading(arn, parameters)


@pytest.mark.parametrize("text", [FUNCTION, "arn:aws:dynamodb:us-east-1:111122223333:table/t", "nothing"])
def test_what_is_no_source_is_refused(text):
    with pytest.raises(errors.ValidationException):
        sources.source_of(text)


@pytest.mark.parametrize("text", ["smk://host.example:9092", "arn:aws:mq:us-east-1:111122223333:broker:b:1"])
def test_what_only_aws_has_is_said_not_to_be_here(text):
    with pytest.raises(errors.KindMissing):
        sources.source_of(text)


def test_defaults_are_those_of_aws_and_no_larger_than_what_the_target_takes():
    assert read(QUEUE, {}) == Reading(10)
    assert read(STREAM, {"KinesisStreamParameters": HORIZON}) == Reading(100)
    assert read(STREAM, {"KinesisStreamParameters": HORIZON}, batch_max=10) == Reading(10)


def test_everything_that_is_given_is_read():
    given = HORIZON | {
        "BatchSize": 5,
        "MaximumBatchingWindowInSeconds": 6,
        "ParallelizationFactor": 7,
        "MaximumRetryAttempts": 8,
        "MaximumRecordAgeInSeconds": 90,
        "OnPartialBatchItemFailure": "AUTOMATIC_BISECT",
    }
    assert read(TABLE, {"DynamoDBStreamParameters": given}) == Reading(5, 6, 7, 8, 90, True)


def test_a_timestamp_is_kept_as_seconds():
    at = {"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": datetime(2026, 1, 1, tzinfo=UTC)}
    kept = sources.completed(sources.source_of(STREAM), {"KinesisStreamParameters": at}, batch_max=MOST)
    assert kept["KinesisStreamParameters"]["StartingPositionTimestamp"] == NOW


@pytest.mark.parametrize(
    ("source", "given"),
    [
        (QUEUE, {"SqsQueueParameters": {"BatchSize": 11}}),
        (FIFO, {"SqsQueueParameters": {"MaximumBatchingWindowInSeconds": 1}}),
        (FIFO, {"SqsQueueParameters": {"BatchSize": 11}}),
        (QUEUE, {"KinesisStreamParameters": HORIZON}),
        (STREAM, {}),
        (STREAM, {"KinesisStreamParameters": {"StartingPosition": "AT_TIMESTAMP"}}),
        (TABLE, {"DynamoDBStreamParameters": {"StartingPosition": "AT_TIMESTAMP"}}),
        (STREAM, {"KinesisStreamParameters": HORIZON | {"MaximumRecordAgeInSeconds": 59}}),
        (STREAM, {"KinesisStreamParameters": HORIZON | {"DeadLetterConfig": {"Arn": FUNCTION}}}),
        (STREAM, {"KinesisStreamParameters": HORIZON | {"DeadLetterConfig": {"Arn": FIFO}}}),
        (STREAM, {"KinesisStreamParameters": HORIZON, "FilterCriteria": {"Filters": [{"Pattern": '{"data": ["x"]}'}]}}),
        (QUEUE, {"FilterCriteria": {"Filters": [{"Pattern": '{"a": 1}'}]}}),
    ],
)
def test_what_does_not_go_together_is_refused(source, given):
    with pytest.raises(ServiceError):
        read(source, given)


def test_the_dead_letter_target_is_found():
    arn = sources.source_of(STREAM)
    given = {"KinesisStreamParameters": HORIZON | {"DeadLetterConfig": {"Arn": QUEUE}}}
    assert sources.dead_letter_arn(arn, sources.completed(arn, given, batch_max=MOST)) == QUEUE
    plain = {"KinesisStreamParameters": HORIZON}
    assert sources.dead_letter_arn(arn, sources.completed(arn, plain, batch_max=MOST)) == ""
