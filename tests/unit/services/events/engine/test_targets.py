"""Targets: what can be one, how many, and how it is used."""

import pytest
from tests.unit.services.events.engine.conftest import ACCOUNT, BUS, QUEUE, event

from lambent.services.events import errors
from lambent.services.events.engine import targets
from lambent.services.events.engine.identifiers import RuleName
from lambent.services.events.tables.targets import TargetRow

HERE = f"us-east-1:{ACCOUNT}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
MACHINE = f"arn:aws:states:{HERE}:stateMachine:m"
STREAM = f"arn:aws:kinesis:{HERE}:stream/s"


def target(arn=QUEUE, **members):
    return {"Id": "1", "Arn": arn, **members}


@pytest.mark.parametrize(
    ("arn", "service", "operation"),
    [
        (QUEUE, "sqs", "SendMessage"),
        (f"arn:aws:sns:{HERE}:t", "sns", "Publish"),
        (f"arn:aws:lambda:{HERE}:function:f", "lambda", "Invoke"),
        (f"arn:aws:lambda:{HERE}:function:f:live", "lambda", "Invoke"),
        (f"arn:aws:logs:{HERE}:log-group:/aws/events/g", "logs", "PutLogEvents"),
        (f"arn:aws:logs:{HERE}:log-group:/aws/events/g:*", "logs", "PutLogEvents"),
        (f"arn:aws:events:{HERE}:event-bus/b", "events", "PutEvents"),
        (MACHINE, "stepfunctions", "StartExecution"),
    ],
)
def test_a_target_is_known_by_its_arn(arn, service, operation):
    kind = targets.kind_of(arn)
    assert (kind.service, kind.operation) == (service, operation)


@pytest.mark.parametrize(
    "arn",
    [
        "q",
        "arn:aws:sqs",
        "arn:aws:sqs:::q",
        f"arn:aws:sqs:{HERE}:a:b",
        f"arn:aws:lambda:{HERE}:layer:l",
        f"arn:aws:events:{HERE}:rule/r",
        f"arn:aws:events:{HERE}:event-bus/",
        f"arn:aws:dynamodb:{HERE}:table/t",
        "arn:aws:s3:::b",
    ],
)
def test_what_can_be_no_target_is_refused(arn):
    with pytest.raises(
        errors.ValidationException, match=f"Parameter {arn} is not valid. Reason: Provided Arn is not in correct format."
    ):
        targets.check(target(arn))


@pytest.mark.parametrize("arn", [f"arn:aws:firehose:{HERE}:deliverystream/s", f"arn:aws:events:{HERE}:api-destination/d/1"])
def test_what_only_aws_delivers_to_is_refused_as_missing(arn):
    with pytest.raises(errors.TargetKindMissing, match=r"Lambent does not deliver events to"):
        targets.check(target(arn))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (target(f"{QUEUE}.fifo"), r"Parameter\(s\) SqsParameters must be specified for target: 1."),
        (target(MACHINE), f"RoleArn is required for target {MACHINE}."),
        (target(DeadLetterConfig={"Arn": f"{QUEUE}.fifo"}), "is not the ARN of a standard queue"),
        (target(DeadLetterConfig={"Arn": f"arn:aws:sns:{HERE}:t"}), "is not the ARN of a standard queue"),
        (target(STREAM), f"RoleArn is required for target {STREAM}."),
        (target(KinesisParameters={"PartitionKeyPath": "name"}), "PartitionKeyPath is not valid. Reason: name is not a JSON"),
        (target(Input="{"), "JSON syntax error in input for target 1."),
    ],
)
def test_a_target_that_lacks_something_is_refused(given, message):
    with pytest.raises(errors.ValidationException, match=message):
        targets.check(given)


@pytest.mark.parametrize(
    "given",
    [
        target(f"{QUEUE}.fifo", SqsParameters={"MessageGroupId": "g"}),
        target(MACHINE, RoleArn=ROLE),
        target(STREAM, RoleArn=ROLE),
        target(STREAM, RoleArn=ROLE, KinesisParameters={"PartitionKeyPath": "$.detail.name"}),
        target(DeadLetterConfig={"Arn": QUEUE}),
        target(DeadLetterConfig={}),
    ],
)
def test_a_target_that_has_all_it_needs_is_taken(given):
    targets.check(given)


def test_a_rule_has_five_targets_and_no_more(tx, rule):
    name = rule("r")
    targets.put(tx, name, [{"Id": str(n), "Arn": QUEUE} for n in range(4)])
    targets.put(tx, name, [{"Id": "3", "Arn": QUEUE}, {"Id": "4", "Arn": QUEUE}])
    with pytest.raises(errors.LimitExceeded):
        targets.put(tx, name, [{"Id": "5", "Arn": QUEUE}])
    assert [row.id for row in targets.page(tx, name, after="", count_max=10)] == ["0", "1", "2", "3", "4"]
    assert [row.id for row in targets.page(tx, name, after="1", count_max=2)] == ["2", "3", "4"]


def test_what_is_not_there_fails_alone(tx, rule):
    name = rule("r", target())
    (failed,) = targets.remove(tx, name, ["1", "2"])
    assert (failed["TargetId"], failed["ErrorCode"]) == ("2", "ResourceNotFoundException")
    assert targets.page(tx, name, after="", count_max=10) == []


def test_targets_need_a_rule(tx):
    for ask in (targets.put, targets.remove):
        with pytest.raises(errors.RuleNotFound):
            ask(tx, RuleName(BUS, "none"), [])


def test_retries_are_those_of_aws_unless_the_target_says_otherwise():
    def retries(**policy):
        return targets.ready(TargetRow(RuleName(BUS, "r"), "1", QUEUE, target(RetryPolicy=policy))).retries

    assert (retries().attempts_max, retries().age_s_max) == (186, 86_400.0)
    said = retries(MaximumRetryAttempts=0, MaximumEventAgeInSeconds=60)
    assert (said.attempts_max, said.age_s_max) == (1, 60.0)


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("", "e1"),
        ("$.detail.name", 'a "b"'),
        ("$.detail.price", "5"),
        ("$.detail.tags[*].k", '["x","y"]'),
        ("$.detail.none", "e1"),
    ],
)
def test_a_stream_gets_a_partition_key_out_of_the_event(path, key):
    given = target(STREAM, RoleArn=ROLE, KinesisParameters={"PartitionKeyPath": path})
    ready = targets.ready(TargetRow(RuleName(BUS, "r"), "1", STREAM, given))
    assert ready.partition_key(event()) == key
