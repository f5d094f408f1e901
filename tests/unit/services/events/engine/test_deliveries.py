"""Deliveries: which rules want an event, the rows for their targets, and dead letters."""

import pytest
from tests.unit.services.conftest import Lane
from tests.unit.services.events.engine.conftest import ACCOUNT, BUS, CONTEXT, PATTERN, QUEUE, SCOPE, event

from lambent.core.arn import Arn
from lambent.durable.outbox import Ended, Entry, Retries
from lambent.services.events import errors
from lambent.services.events.engine import deliveries, rules
from lambent.services.events.engine.deliveries import FAILED_TOPIC, ON_END, Deliveries, Planned
from lambent.services.events.engine.identifiers import BusName

FAR = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f"
DLQ = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:dlq"


def planned_of(tx, *events):
    planned = Planned()
    for one in events:
        planned.add(deliveries.audience(tx, BUS), one, CONTEXT)
    return planned


def calls_of(planned):
    return [call for calls in planned.calls.values() for call in calls]


def test_an_event_goes_to_the_targets_of_every_enabled_rule_that_wants_it(tx, rule):
    rule(
        "a",
        {"Id": "1", "Arn": QUEUE},
        {"Id": "2", "Arn": FAR, "InputPath": "$.source", "RetryPolicy": {"MaximumRetryAttempts": 2}},
    )
    rule("b", {"Id": "1", "Arn": QUEUE}, pattern='{"detail":{"price":[{"numeric":[">",9]}]}}')
    rule("c", {"Id": "1", "Arn": QUEUE}, state="DISABLED")
    rule("d", {"Id": "1", "Arn": QUEUE}, pattern="", schedule="rate(1 day)")
    rule("e")
    planned = planned_of(tx, event())
    to_queue, to_function = calls_of(planned)
    assert (to_queue.service, to_queue.operation, to_queue.context.region) == ("sqs", "SendMessage", "us-east-1")
    assert (to_function.service, to_function.operation, to_function.context.region) == ("lambda", "Invoke", "eu-west-1")
    assert (to_queue.parameters["Input"], to_function.parameters["Input"]) == (None, '"shop"')
    assert to_queue.parameters["Event"] == '{"the":"text"}'
    assert to_queue.context.request_id != to_function.context.request_id
    assert (to_queue.context.source_arn, to_function.context.source_arn) == (
        f"arn:aws:events:us-east-1:{ACCOUNT}:rule/a",
        f"arn:aws:events:us-east-1:{ACCOUNT}:rule/a",
    )
    assert sorted(retries.attempts_max for retries in planned.calls) == [3, 186]
    assert planned.count == 2


def test_events_that_nobody_wants_set_nothing_going(tx, rule):
    rule("a", {"Id": "1", "Arn": QUEUE})
    assert planned_of(tx, event("other")).count == 0


def test_only_rules_that_may_want_a_source_are_asked(tx, rule):
    target = {"Id": "1", "Arn": QUEUE}
    for name, source in (
        ("both", '["shop","depot"]'),
        ("other", '["depot"]'),
        ("prefix", '[{"prefix":"s"}]'),
        ("mixed", '["x",{"prefix":"s"}]'),
    ):
        rule(name, target, pattern=f'{{"source":{source}}}')
    rule("none", target, pattern='{"detail":{"price":[5]}}')
    asked = deliveries.audience(tx, BUS).asked(event())
    assert {found.name.name for found in asked} == {"both", "prefix", "mixed", "none"}
    assert planned_of(tx, event()).count == 4


def test_a_bus_that_is_not_there_has_no_audience(tx):
    assert deliveries.audience(tx, BusName(SCOPE, "none")) is None


def test_what_is_planned_is_written_with_its_retries(tx, rule):
    lane = Lane()
    rule("a", {"Id": "1", "Arn": QUEUE}, {"Id": "2", "Arn": QUEUE, "RetryPolicy": {"MaximumRetryAttempts": 2}})
    Deliveries(lane=lane, dead_letters=Lane()).add(tx, planned_of(tx, event(), event()))
    assert [retries.attempts_max for retries in lane.retries] == [186, 186, 3, 3]


def ended(tx, rule, error, *, attempts=1, config=None, retries=None):
    """Has a delivery end; returns the dead letters."""
    lane, letters = Lane(), Lane()
    Deliveries(lane=lane, dead_letters=letters)
    name = rule("a", {"Id": "1", "Arn": FAR, "Input": '"constant"', "DeadLetterConfig": config or {}})
    (call,) = calls_of(planned_of(tx, event()))
    entry = Entry(
        id=1,
        account=call.context.account,
        region=call.context.region,
        context=call.context,
        service=call.service,
        operation=call.operation,
        parameters=call.parameters,
        retries=retries or Retries(attempts_max=3),
        ordering_key="",
        on_end=ON_END,
        accepted_at=0.0,
        attempts=attempts - 1,
    )
    lane.handlers[ON_END](tx, Ended(entry, attempts, None, error))
    return name, letters.calls


def test_what_cannot_be_delivered_becomes_a_dead_letter_that_says_why(tx, rule):
    name, [(context, service, operation, parameters, _)] = ended(
        tx, rule, errors.EventBusNotFound(name="b"), config={"Arn": DLQ}
    )
    assert (context.account, context.region, service, operation) == (ACCOUNT, "eu-west-1", "sqs", "SendMessage")
    assert context.source_arn == name.arn
    assert parameters["QueueUrl"].endswith(f"/{ACCOUNT}/dlq")
    assert parameters["MessageBody"] == '{"the":"text"}'
    assert {key: value["StringValue"] for key, value in parameters["MessageAttributes"].items()} == {
        "RULE_ARN": name.arn,
        "TARGET_ARN": FAR,
        "ERROR_CODE": "NO_RESOURCE",
        "ERROR_MESSAGE": "Event bus b does not exist.",
    }


@pytest.mark.parametrize(("attempts", "condition"), [(3, "MaximumRetryAttempts"), (2, "MaximumEventAgeInSeconds")])
def test_a_dead_letter_says_which_limit_ended_the_retries(tx, rule, attempts, condition):
    _, [(*_, parameters, _)] = ended(tx, rule, RuntimeError("secret"), attempts=attempts, config={"Arn": DLQ})
    told = {key: value["StringValue"] for key, value in parameters["MessageAttributes"].items()}
    assert (told["ERROR_CODE"], told["EXHAUSTED_RETRY_CONDITION"]) == ("INTERNAL_ERROR", condition)
    assert told["RETRY_ATTEMPTS"] == str(attempts - 1)
    assert "secret" not in told["ERROR_MESSAGE"]


def test_a_failure_without_a_queue_is_only_counted(tx, rule):
    assert ended(tx, rule, errors.LimitExceeded())[1] == []
    assert FAILED_TOPIC in tx.topics


def test_a_success_is_nothing_to_tell(tx, rule):
    assert ended(tx, rule, None, config={"Arn": DLQ})[1] == []


def failing(code, status):
    return type("Failing", (errors.EventsError,), {"code": code, "status": status, "wording": ""})()


@pytest.mark.parametrize(
    ("code", "status", "told"),
    [
        ("ResourceNotFoundException", 404, "NO_RESOURCE"),
        ("AWS.SimpleQueueService.NonExistentQueue", 400, "NO_RESOURCE"),
        ("StateMachineDoesNotExist", 400, "NO_RESOURCE"),
        ("AccessDeniedException", 400, "NO_PERMISSIONS"),
        ("AuthorizationError", 403, "NO_PERMISSIONS"),
        ("TooManyRequestsException", 429, "THROTTLING"),
        ("NotImplemented", 501, "SDK_CLIENT_ERROR"),
        ("InvalidParameter", 400, "INVALID_PARAMETER"),
        ("ServiceUnavailable", 503, "ERROR_FROM_TARGET"),
    ],
)
def test_errors_are_told_in_the_words_of_aws(code, status, told):
    assert deliveries.error_code(failing(code, status)) == told


def test_a_call_is_made_by_eventbridge_for_the_rule_at_the_target():
    context = deliveries.at(CONTEXT, Arn.parse(DLQ), source_arn="arn:rule")
    assert (context.principal_arn, context.source_arn, context.region, context.endpoint_url) == (
        "events.amazonaws.com",
        "arn:rule",
        "eu-west-1",
        CONTEXT.endpoint_url,
    )


def test_targets_are_read_with_their_rule(tx, rule):
    name = rule("a", {"Id": "1", "Arn": QUEUE}, pattern=PATTERN)
    assert [target.arn for target in deliveries.targets_of(tx, name)] == [QUEUE]
    assert rules.find(tx, name).pattern == PATTERN
