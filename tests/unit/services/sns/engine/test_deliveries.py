"""Deliveries under way: AWS' schedule of tries, and dead letters when they are over."""

import json

import pytest
from tests.unit.services.conftest import Lane
from tests.unit.services.sns.engine.conftest import ACCOUNT, CONTEXT, QUEUE

from lambent.core.arn import Arn
from lambent.core.context import Scope
from lambent.durable.outbox import Ended, Entry
from lambent.services.sns import errors
from lambent.services.sns.engine import deliveries, publishing, subscriptions
from lambent.services.sns.engine.deliveries import FAILED_TOPIC, MANAGED_RETRIES, ON_END, Deliveries, Plan
from lambent.services.sns.engine.messages import Message

DLQ = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:dlq"
REDRIVE = json.dumps({"deadLetterTargetArn": DLQ})
ATTRIBUTES = {"a": {"DataType": "String", "StringValue": "b"}}
MESSAGE = Message("id", "subject", "body", {}, ATTRIBUTES, "", "")


@pytest.fixture
def lanes():
    return {name: Lane() for name in ("to_services", "to_servers", "dead_letters")}


@pytest.fixture
def ways(lanes):
    return Deliveries(**lanes)


@pytest.fixture
def fail(tx, ways, lanes):
    """Publishes to a topic and has every delivery given up; returns the dead letters."""

    def run(topic, message=MESSAGE, error=None):
        plan = publishing.plan(publishing.audience(tx, topic), message, CONTEXT, 0.0)
        calls = [*plan.to_services, *(call for group in plan.to_servers.values() for call in group)]
        for call in calls:
            entry = entry_of(call)
            lanes["to_services"].handlers[ON_END](tx, Ended(entry, 1, None, error or errors.TopicNotFound()))
        return lanes["dead_letters"].calls

    return run


def entry_of(call):
    return Entry(
        id=1,
        account=call.context.account,
        region=call.context.region,
        context=call.context,
        service=call.service,
        operation=call.operation,
        parameters=call.parameters,
        retries=MANAGED_RETRIES,
        ordering_key=call.ordering_key,
        on_end=ON_END,
        accepted_at=0.0,
        attempts=0,
    )


def test_services_are_tried_at_once_then_slower_for_23_days():
    delays = MANAGED_RETRIES.delays_s
    assert delays[:5] == (0, 0, 1, 1, 1)
    assert delays[-2:] == (20, 20)
    assert list(delays[4:14]) == sorted(delays[4:14])
    assert len(delays) == 15
    assert MANAGED_RETRIES.attempts_max == 100_015
    assert MANAGED_RETRIES.age_s_max + 13_000 >= 99_999 * 20


def test_servers_are_tried_as_often_as_their_policy_says():
    retries = deliveries.web_retries((1.0, 2.0))
    assert (retries.attempts_max, retries.delays_s) == (3, (1.0, 2.0))


def test_a_plan_is_written_into_its_lanes(tx, ways, lanes, topic, subscribe):
    subscribe(topic)
    row = subscribe(topic, "http", "http://a.example")
    plan = Plan(to_services=publishing.plan(publishing.audience(tx, topic), MESSAGE, CONTEXT, 0.0).to_services)
    post = deliveries.post(CONTEXT, row.name, url="http://a.example", headers=[], body="", is_notification=True)
    plan.join(Plan(to_servers={(3.0,): [post]}))
    plan.join(Plan(to_servers={(3.0,): [post]}))
    ways.add(tx, plan)
    assert [call.operation for call in lanes["to_services"].calls] == ["SendMessage"]
    assert [call.operation for call in lanes["to_servers"].calls] == ["POST", "POST"]
    assert lanes["to_servers"].retries[0].delays_s == (3.0,)


def test_who_calls_is_sns_in_the_targets_account_and_region():
    context = deliveries.for_target(CONTEXT, Arn.parse(DLQ), source_arn="arn:aws:sns:us-east-1:111122223333:t")
    assert (context.account, context.region, context.principal_arn) == (ACCOUNT, "eu-west-1", "sns.amazonaws.com")
    assert context.request_id != CONTEXT.request_id


def test_a_message_for_a_lost_queue_becomes_a_dead_letter_as_it_was(fail, topic, subscribe):
    subscribe(topic, RedrivePolicy=REDRIVE, RawMessageDelivery="true")
    ((context, service, operation, parameters, options),) = fail(topic)
    assert (context.region, service, operation) == ("eu-west-1", "sqs", "SendMessage")
    assert parameters == {
        "QueueUrl": f"http://localhost:4566/{ACCOUNT}/dlq",
        "MessageBody": "body",
        "MessageAttributes": ATTRIBUTES,
    }
    assert options == {"retries": MANAGED_RETRIES, "ordering_key": ""}


def test_an_event_for_a_lost_function_becomes_a_dead_letter_as_queues_get_it(fail, topic, subscribe):
    subscribe(topic, "lambda", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f", RedrivePolicy=REDRIVE)
    ((_, _, _, parameters, _),) = fail(topic)
    assert json.loads(parameters["MessageBody"])["Message"] == "body"


def test_a_post_that_nobody_took_becomes_a_dead_letter(tx, fail, topic, subscribe):
    row = subscribe(topic, "http", "http://a.example", RedrivePolicy=REDRIVE)
    subscriptions.confirm(tx, subscriptions.Confirmation(topic, row.token, False, False), 0.0)
    ((_, _, _, parameters, _),) = fail(topic)
    assert json.loads(parameters["MessageBody"])["Subject"] == "subject"


def test_a_fifo_message_keeps_group_order_and_identity(fail, fifo, subscribe):
    target = json.dumps({"deadLetterTargetArn": f"{DLQ}.fifo"})
    subscribe(fifo, "sqs", f"{QUEUE}.fifo", RedrivePolicy=target)
    message = Message("id", None, "body", {}, {}, "g", "d")
    ((_, _, _, parameters, options),) = fail(fifo, message)
    assert (parameters["MessageGroupId"], parameters["MessageDeduplicationId"]) == ("g", "d")
    assert options["ordering_key"].endswith("/g/dead")


def test_without_a_dead_letter_queue_a_message_is_lost_and_counted(tx, fail, topic, subscribe, monkeypatch):
    signals = []
    monkeypatch.setattr(type(tx), "signal", lambda _, topic: signals.append(topic), raising=False)
    subscribe(topic)
    assert fail(topic) == []
    assert FAILED_TOPIC in signals


def test_confirmations_and_successes_leave_no_dead_letter(tx, ways, lanes, topic, subscribe):
    row = subscribe(topic, RedrivePolicy=REDRIVE)
    invitation = deliveries.post(CONTEXT, row.name, url="u", headers=[], body="b", is_notification=False)
    notification = deliveries.post(CONTEXT, row.name, url="u", headers=[], body="b", is_notification=True)
    end = lanes["to_servers"].handlers[ON_END]
    end(tx, Ended(entry_of(invitation), 1, None, errors.TopicNotFound()))
    end(tx, Ended(entry_of(notification), 1, {}, None))
    assert lanes["dead_letters"].calls == []


def test_headers_tell_what_comes():
    name = subscriptions.SubscriptionName(publishing.TopicName(Scope("1", "r"), "t"), "id")
    found = dict(deliveries.headers("Notification", message_id="m", topic=name.topic, content_type="text/csv"))
    assert (found["x-amz-sns-message-type"], found["Content-Type"]) == ("Notification", "text/csv")
    assert "x-amz-sns-subscription-arn" not in found
