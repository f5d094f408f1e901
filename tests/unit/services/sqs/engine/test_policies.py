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
    ("statements", "expected"),
    [
        ([], False),
        ([statement()], True),
        (statement(), True),
        ([statement(Principal="*", Action=["sqs:receive*", "sqs:Send*"])], True),
        ([statement(Principal={"AWS": ["arn:aws:iam::111122223333:user/ada"]})], True),
        ([statement(Principal={"Service": "sns.amazonaws.com"})], False),
        ([statement(Principal={"AWS": "444455556666"})], False),
        ([statement(Action="SQS:ReceiveMessage")], False),
        ([statement(), statement(Effect="Deny", Action="*")], False),
        ([statement(), statement(Effect="Deny", Action="SQS:*")], False),
        (["nonsense"], False),
    ],
)
def test_a_policy_lets_another_account_in(statements, expected):
    assert policies.lets_in(json.dumps({"Statement": statements}), "111122223333", "SendMessage") is expected


def test_no_policy_lets_nobody_in():
    assert not policies.lets_in("", "111122223333", "SendMessage")
