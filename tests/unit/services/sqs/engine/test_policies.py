"""Redrive, redrive allow and access policies."""

import json

import pytest

from lambent.services.sqs import errors
from lambent.services.sqs.engine import policies

DEAD = "arn:aws:sqs:us-east-1:111122223333:dead"


def test_a_redrive_policy_is_kept_with_its_count_as_a_number():
    text = json.dumps({"deadLetterTargetArn": DEAD, "maxReceiveCount": "3"})
    assert json.loads(policies.checked_redrive(text, is_fifo=False)) == {"deadLetterTargetArn": DEAD, "maxReceiveCount": 3}


@pytest.mark.parametrize("count", [True, None, "three", [], 1.5e300])
def test_a_count_that_is_none_is_refused(count):
    text = json.dumps({"deadLetterTargetArn": DEAD, "maxReceiveCount": count})
    with pytest.raises(errors.InvalidValue, match="Invalid value for maxReceiveCount"):
        policies.checked_redrive(text, is_fifo=False)


def test_a_target_is_of_the_same_kind():
    text = json.dumps({"deadLetterTargetArn": DEAD, "maxReceiveCount": 1})
    with pytest.raises(errors.InvalidValue, match="same type of queue"):
        policies.checked_redrive(text, is_fifo=True)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("", True),
        ('{"redrivePermission":"allowAll"}', True),
        ('{"redrivePermission":"denyAll"}', False),
        ('{"redrivePermission":"byQueue","sourceQueueArns":["a"]}', True),
        ('{"redrivePermission":"byQueue","sourceQueueArns":["b"]}', False),
    ],
)
def test_a_queue_says_whose_dead_letters_it_takes(policy, expected):
    assert policies.allows_redrive(policy, "a") is expected


def statement(**changes):
    return {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "SQS:SendMessage"} | changes


@pytest.mark.parametrize(
    "bad",
    [
        "no policy",
        "[]",
        "{}",
        '{"Statement":["nonsense"]}',
        *(
            json.dumps({"Statement": found})
            for found in (
                [],
                statement(Principal={"AWS": "nobody"}),
                statement(Action="sns:Publish"),
                statement(Effect="Perhaps"),
                [statement(Sid="s"), statement(Sid="s")],
            )
        ),
    ],
)
def test_a_policy_that_could_not_be_read_is_refused(bad):
    with pytest.raises(errors.InvalidAttributeValue, match="Policy"):
        policies.checked_access(bad)


def test_a_policy_is_kept_as_it_is_given():
    text = json.dumps({"Statement": [statement(), statement(Principal={"Service": "sns.amazonaws.com"})]})
    assert policies.checked_access(text) == text
