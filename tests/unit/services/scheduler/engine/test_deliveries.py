"""Invocations become rows of the outbox, made in the schedule's role; failures become dead letters."""

import json

import pytest
from tests.unit.services.conftest import Lane
from tests.unit.services.scheduler.engine.conftest import ACCOUNT, CONTEXT, NAME, NOW, QUEUE, SCOPE, SERVICES, target

from lambent.core.errors import ServiceError
from lambent.durable.outbox import Ended, Entry, Retries
from lambent.services.scheduler.engine import deliveries
from lambent.services.scheduler.engine.calls import Invocation
from lambent.services.scheduler.engine.deliveries import FAILED_TOPIC, ON_END, Deliveries

RETRIES = Retries()
DLQ = f"arn:aws:sqs:us-east-1:{ACCOUNT}:dlq"


class Unavailable(ServiceError):
    code = "InternalError"
    status = 500
    wording = "Later."


class Transaction:
    """Remembers what was signalled."""

    def __init__(self):
        self.signalled = []

    def signal(self, topic):
        self.signalled.append(topic)


@pytest.fixture
def ways():
    lane, dead_letters = Lane(), Lane()
    return Deliveries(lane=lane, dead_letters=dead_letters, services=SERVICES), lane, dead_letters


def test_an_invocation_is_a_row_of_the_target_in_the_schedules_role(ways):
    made, lane, _ = ways
    invocation = Invocation(NAME.arn, target(), NOW, "d32c5cddcf5bb8c3")
    context = deliveries.in_role(SCOPE, invocation, endpoint_url="http://here")
    made.add(None, context, invocation)
    ((written, service, operation, given, options),) = lane.calls
    assert (service, operation, options["on_end"]) == ("sqs", "SendMessage", ON_END)
    assert deliveries.invocation_of(given) == invocation
    assert written.source_arn == NAME.arn
    role, session = written.principal_arn.rsplit("/", 1)
    assert role == f"arn:aws:sts::{ACCOUNT}:assumed-role/r"
    assert len(session) == 32
    assert written.is_of_service
    assert not written.is_service


def ended(error, *, attempts=1, retries=RETRIES, **members):
    given = {"ScheduleArn": NAME.arn, "Target": target(**members), "ScheduledAt": NOW, "ExecutionId": "d32c5cddcf5bb8c3"}
    entry = Entry(
        *(1, ACCOUNT, "us-east-1", CONTEXT, "sqs", "SendMessage", given, retries, "", ON_END, NOW, attempts - 1),
    )
    return Ended(entry, attempts, None if error is not None else {}, error)


def facts(letter):
    return {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}


def test_what_was_given_up_after_retries_says_why(ways):
    _, lane, dead_letters = ways
    tx = Transaction()
    gone = ended(Unavailable(), attempts=3, retries=Retries(attempts_max=3), DeadLetterConfig={"Arn": DLQ}, Input="i")
    lane.handlers[ON_END](tx, gone)
    assert tx.signalled == [FAILED_TOPIC]
    ((context, service, operation, letter, _),) = dead_letters.calls
    assert (service, operation, context.source_arn) == ("sqs", "SendMessage", NAME.arn)
    assert letter["QueueUrl"] == f"http://localhost:4566/{ACCOUNT}/dlq"
    assert json.loads(letter["MessageBody"]) == {"QueueUrl": f"http://localhost:4566/{ACCOUNT}/q", "MessageBody": "i"}
    assert facts(letter) == {
        "ERROR_CODE": "InternalError",
        "ERROR_MESSAGE": "Later.",
        "EXECUTION_ID": "d32c5cddcf5bb8c3",
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
        "IS_PAYLOAD_TRUNCATED": "false",
        "RETRY_ATTEMPTS": "2",
        "SCHEDULED_TIME": "2026-01-01T00:00:00Z",
        "SCHEDULE_ARN": NAME.arn,
        "TARGET_ARN": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage",
    }


def test_a_defect_of_ours_is_called_as_aws_calls_its_own(ways):
    _, lane, dead_letters = ways
    lane.handlers[ON_END](Transaction(), ended(KeyError("x"), DeadLetterConfig={"Arn": DLQ}))
    letter = dead_letters.calls[0][3]
    assert facts(letter)["ERROR_CODE"] == "AWS.Scheduler.InternalServerError"
    assert facts(letter)["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"


def test_what_succeeded_and_what_has_no_queue_leaves_no_letter(ways):
    _, lane, dead_letters = ways
    tx = Transaction()
    lane.handlers[ON_END](tx, ended(None, DeadLetterConfig={"Arn": DLQ}))
    assert tx.signalled == []
    lane.handlers[ON_END](tx, ended(Unavailable(), arn=QUEUE))
    assert tx.signalled == [FAILED_TOPIC]
    assert dead_letters.calls == []
