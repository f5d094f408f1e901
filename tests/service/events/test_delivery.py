"""PutEvents and what it sets going: targets, retries and dead letters on a clock that is turned, schedules, crashes."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.lives import living
from tests.service.events.conftest import Queue, bodies
from tests.service.lambda_.conftest import FAST, ROLE, zipped

from lambent.testing import LocalPlatform
from lambent.testing.faults import Faults

RUNTIME = f"python3.{sys.version_info.minor}"
TELL = """
import boto3, json
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=QUEUE_URL, MessageBody=json.dumps(event))
"""
FAIL = "def handler(event, context):\n    raise ValueError('no')\n"


@pytest.fixture(scope="module")
def platform() -> Iterator[LocalPlatform]:
    """One whose clock stands still, for this module."""
    with LocalPlatform(clock="virtual") as running:
        yield running


@pytest.fixture
def topic(client: Callable[..., Any], queue: Any) -> tuple[str, Queue]:
    """A topic, and the queue behind it."""
    sns, behind = client("sns"), queue("behind")
    arn = sns.create_topic(Name="t")["TopicArn"]
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=behind.arn, Attributes={"RawMessageDelivery": "true"})
    return arn, behind


@pytest.fixture
def faults(platform: LocalPlatform, account: str) -> Iterator[Faults]:
    with platform.account(account) as opened:
        yield opened.faults


@pytest.fixture
def function(client: Callable[..., Any]) -> Callable[[str, str], str]:
    """``function("f", "def handler…")`` makes a function and returns its ARN."""

    def make(name: str, app: str) -> str:
        functions = client("lambda")
        code = {"ZipFile": zipped(app=app)}
        arn = functions.create_function(
            FunctionName=name, Runtime=RUNTIME, Handler="app.handler", Role=ROLE, Timeout=30, Code=code
        )["FunctionArn"]
        functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=FAST)
        return arn

    return make


class TestPutEvents:
    def test_an_event_arrives_in_aws_envelope_with_the_id_that_was_told(
        self, rule: Any, queue: Any, put: Any, account: str, platform: LocalPlatform
    ):
        target = queue()
        rule("r", target.arn)
        event_id = put({"price": 5}, Resources=["arn:thing"])
        assert bodies(target) == [
            {
                "version": "0",
                "id": event_id,
                "detail-type": "sold",
                "source": "shop",
                "account": account,
                "time": platform.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
                "region": "us-east-1",
                "resources": ["arn:thing"],
                "detail": {"price": 5},
            }
        ]

    def test_entries_fail_each_for_itself_and_in_their_order(self, events: Any, rule: Any, queue: Any):
        target = queue()
        rule("r", target.arn)
        good = {"Source": "shop", "DetailType": "sold", "Detail": '{"n": 1}'}
        answer = events.put_events(
            Entries=[
                {**good, "Detail": "no"},
                good,
                {name: value for name, value in good.items() if name != "Source"},
                {**good, "Source": "aws.s3"},
                {**good, "EventBusName": "none"},
            ]
        )
        assert answer["FailedEntryCount"] == 3
        malformed, first, sourceless, foreign, lost = answer["Entries"]
        assert malformed == {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
        assert sourceless == {
            "ErrorCode": "InvalidArgument",
            "ErrorMessage": "Parameter Source is not valid. Reason: Source is a required argument.",
        }
        assert foreign["ErrorCode"] == "NotAuthorizedForSourceException"
        assert set(lost) == {"EventId"}  # AWS takes events for a bus that is not there
        assert [event["id"] for event in bodies(target)] == [first["EventId"]]

    def test_a_request_has_limits(self, events: Any, refusal: Any):
        entry = {"Source": "shop", "DetailType": "sold", "Detail": "{}"}
        assert refusal(events.put_events, Entries=[entry] * 11)[0] == "ValidationException"
        assert refusal(events.put_events, Entries=[{**entry, "Detail": "x" * 1_048_576}]) == (
            "ValidationException",
            400,
            "Total size of the entries in the request is over the limit.",
        )

    def test_a_rule_holds_from_when_it_is_put_until_it_is_disabled(self, events: Any, rule: Any, queue: Any, put: Any):
        target = queue()
        put()
        rule("r", target.arn)
        wanted = put()
        events.disable_rule(Name="r")
        put()
        events.enable_rule(Name="r")
        again = put()
        events.remove_targets(Rule="r", Ids=["0"])
        put()
        assert {event["id"] for event in bodies(target)} == {wanted, again}

    def test_patterns_choose(self, rule: Any, queue: Any, put: Any):
        dear, all_of_it = queue("dear"), queue("all")
        rule("dear", dear.arn, pattern={"detail": {"price": [{"numeric": [">", 9]}]}})
        rule("all", all_of_it.arn, pattern={"source": [{"prefix": "sh"}]})
        put({"price": 5})
        put({"price": 50})
        assert [event["detail"]["price"] for event in bodies(dear)] == [50]
        assert sorted(event["detail"]["price"] for event in bodies(all_of_it)) == [5, 50]


class TestTargets:
    def test_inputs_are_made(self, rule: Any, queue: Any, put: Any):
        constant, part, filled = queue("constant"), queue("part"), queue("filled")
        template = '{"what": "<t> for <p>", "price": <p>, "rule": "<aws.events.rule-name>"}'
        rule(
            "r",
            {"Arn": constant.arn, "Input": '{"fixed":1}'},
            {"Arn": part.arn, "InputPath": "$.detail"},
            {
                "Arn": filled.arn,
                "InputTransformer": {"InputPathsMap": {"t": "$.detail-type", "p": "$.detail.price"}, "InputTemplate": template},
            },
        )
        put({"price": 5})
        assert (bodies(constant), bodies(part)) == ([{"fixed": 1}], [{"price": 5}])
        assert bodies(filled) == [{"what": "sold for 5", "price": 5, "rule": "r"}]

    def test_a_fifo_queue_gets_its_group(self, rule: Any, queue: Any, put: Any, events: Any, sqs: Any):
        target = queue("q.fifo")
        sqs.set_queue_attributes(QueueUrl=target.url, Attributes={"ContentBasedDeduplication": "true"})
        rule("r", {"Arn": target.arn, "SqsParameters": {"MessageGroupId": "g"}})
        put(TraceHeader="Root=1-5759e988-bd862e3fe1be46a994272793")
        (message,) = target.take()
        assert message["Attributes"]["MessageGroupId"] == "g"
        assert message["Attributes"]["AWSTraceHeader"] == "Root=1-5759e988-bd862e3fe1be46a994272793"

    def test_a_topic_a_function_and_a_log_group_get_it(
        self, rule: Any, queue: Any, put: Any, function: Any, client: Any, account: str, platform: LocalPlatform
    ):
        behind_topic, behind_function = queue("topic"), queue("function")
        sns, logs = client("sns"), client("logs")
        topic = sns.create_topic(Name="t")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=behind_topic.arn, Attributes={"RawMessageDelivery": "true"})
        logs.create_log_group(logGroupName="/aws/events/g")
        told = function("teller", TELL.replace("QUEUE_URL", repr(behind_function.url)))
        rule("r", topic, told, f"arn:aws:logs:us-east-1:{account}:log-group:/aws/events/g")
        ids = [put({"n": number}) for number in range(2)]
        assert {event["id"] for event in bodies(behind_topic)} == set(ids)
        assert {event["id"] for event in bodies(behind_function)} == set(ids)
        lines = logs.filter_log_events(logGroupName="/aws/events/g")["events"]
        assert {json.loads(line["message"])["id"] for line in lines} == set(ids)
        assert len({line["logStreamName"] for line in lines}) == 1

    def test_a_bus_passes_events_on_as_they_are(
        self, events: Any, rule: Any, queue: Any, put: Any, client: Any, account: str, platform: LocalPlatform
    ):
        far = client("events", region="eu-west-1")
        bus = far.create_event_bus(Name="far")["EventBusArn"]
        target = queue()
        rule("on", bus)
        far.put_rule(Name="r", EventBusName="far", EventPattern='{"source":["shop"]}')
        far.put_targets(Rule="r", EventBusName="far", Targets=[{"Id": "1", "Arn": target.arn}])
        event_id = put({"n": 1})
        (event,) = bodies(target)
        assert (event["id"], event["account"], event["region"]) == (event_id, account, "us-east-1")

    def test_a_bus_of_another_account_must_let_them(self, rule: Any, queue: Any, put: Any, client: Any, account: str):
        other = f"{(int(account) + 1) % 10**12:012d}"
        theirs = client("events", aws_access_key_id=other)
        bus = theirs.create_event_bus(Name="theirs")["EventBusArn"]
        dead, target = queue("dead"), queue("target")
        rule("on", {"Arn": bus, "DeadLetterConfig": {"Arn": dead.arn}})
        theirs.put_rule(Name="r", EventBusName="theirs", EventPattern='{"source":["shop"]}')
        theirs.put_targets(Rule="r", EventBusName="theirs", Targets=[{"Id": "1", "Arn": target.arn}])
        put()
        (letter,) = dead.take()
        assert letter["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"
        theirs.put_permission(EventBusName="theirs", Action="events:PutEvents", Principal=account, StatementId="us")
        event_id = put()
        assert [(event["id"], event["account"]) for event in bodies(target)] == [(event_id, account)]

    def test_an_event_that_goes_round_in_a_circle_ends(self, events: Any, rule: Any, queue: Any, put: Any):
        target = queue()
        rule("r", events.describe_event_bus()["Arn"], target.arn)
        event_id = put()
        assert {event["id"] for event in bodies(target)} == {event_id}
        put()
        assert 1 <= len(bodies(target)) <= 20


class TestFailures:
    def test_what_a_deleted_queue_cannot_get_becomes_a_dead_letter_at_once(self, rule: Any, queue: Any, put: Any):
        gone, dead = queue("gone"), queue("dead")
        arn = rule("r", {"Arn": gone.arn, "Input": '{"fixed":1}', "DeadLetterConfig": {"Arn": dead.arn}})
        gone.delete()
        event_id = put()
        (letter,) = dead.take()
        assert json.loads(letter["Body"])["id"] == event_id
        told = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
        assert (told["RULE_ARN"], told["TARGET_ARN"], told["ERROR_CODE"]) == (arn, gone.arn, "NO_RESOURCE")
        assert "does not exist" in told["ERROR_MESSAGE"]

    def test_a_state_machine_waits_for_its_service(self, rule: Any, queue: Any, put: Any, account: str):
        dead = queue("dead")
        machine = f"arn:aws:states:us-east-1:{account}:stateMachine:m"
        rule("r", {"Arn": machine, "RoleArn": ROLE, "DeadLetterConfig": {"Arn": dead.arn}})
        put()
        (letter,) = dead.take()
        assert letter["MessageAttributes"]["TARGET_ARN"]["StringValue"] == machine

    def test_a_target_that_fails_is_tried_again_until_its_policy_ends_it(
        self, rule: Any, queue: Any, topic: Any, put: Any, platform: LocalPlatform, faults: Faults, account: str
    ):
        dead = queue("dead")
        policy = {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 3_600}
        rule("r", {"Arn": topic[0], "RetryPolicy": policy, "DeadLetterConfig": {"Arn": dead.arn}})
        failing = faults.fail("sns", "Publish", error="InternalError", times=3)
        put()
        for seconds, tries in ((0, 1), (1, 2), (1, 2), (1, 3)):
            assert dead.take() == []
            platform.advance(seconds, account=account)
            assert failing.happened == tries
        (letter,) = dead.take()
        told = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
        assert told["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
        assert told["RETRY_ATTEMPTS"] == "2"
        assert told["ERROR_CODE"] == "ERROR_FROM_TARGET"

    def test_a_target_that_recovers_gets_its_event_once(
        self, rule: Any, topic: Any, put: Any, platform: LocalPlatform, faults: Faults, account: str
    ):
        rule("r", topic[0])
        faults.fail("sns", "Publish", error="InternalError", times=20)
        event_id = put()
        platform.advance(86_000, account=account)
        assert [event["id"] for event in bodies(topic[1])] == [event_id]

    def test_the_age_of_an_event_ends_its_retries(
        self, rule: Any, queue: Any, topic: Any, put: Any, platform: LocalPlatform, faults: Faults, account: str
    ):
        dead = queue("dead")
        policy = {"MaximumEventAgeInSeconds": 60}
        rule("r", {"Arn": topic[0], "RetryPolicy": policy, "DeadLetterConfig": {"Arn": dead.arn}})
        failing = faults.fail("sns", "Publish", error="InternalError", times=None)
        put()
        platform.advance(100, account=account)
        assert failing.happened == 6  # after 0, 1, 3, 7, 15 and 31 s; the next would come after 63
        (letter,) = dead.take()
        assert letter["MessageAttributes"]["EXHAUSTED_RETRY_CONDITION"]["StringValue"] == "MaximumEventAgeInSeconds"

    def test_a_rule_without_a_dead_letter_queue_loses_what_cannot_be_delivered_and_it_is_counted(
        self, rule: Any, queue: Any, put: Any, platform: LocalPlatform
    ):
        def failed() -> float:
            values = platform.platform.metrics.values
            return sum(value for (name, _), value in values.items() if name == "lambent_events_failed_total")

        gone = queue("gone")
        rule("r", gone.arn)
        gone.delete()
        before = failed()
        put()
        platform.settle()
        assert failed() == before + 1


class TestLambdasDestinations:
    def test_a_failed_event_arrives_on_the_bus_where_a_rule_waits_for_it(
        self, events: Any, rule: Any, queue: Any, function: Any, client: Any, platform: LocalPlatform, account: str
    ):
        bus = events.create_event_bus(Name="outcomes")["EventBusArn"]
        failed, succeeded = queue("failed"), queue("succeeded")
        for outcome, target in (("Failure", failed), ("Success", succeeded)):
            pattern = {"detail-type": [f"Lambda Function Invocation Result - {outcome}"], "source": ["lambda"]}
            rule(outcome, target.arn, bus="outcomes", pattern=pattern)
        functions = client("lambda")
        arn = function("failing", FAIL)
        functions.put_function_event_invoke_config(
            FunctionName="failing",
            MaximumRetryAttempts=1,
            DestinationConfig={"OnFailure": {"Destination": bus}, "OnSuccess": {"Destination": bus}},
        )
        functions.invoke(FunctionName="failing", InvocationType="Event", Payload=b'{"order":7}')
        platform.advance(60)
        (event,) = bodies(failed)
        assert (event["source"], event["account"]) == ("lambda", account)
        assert event["resources"] == [bus, f"{arn}:$LATEST"]
        assert event["detail"]["requestPayload"] == {"order": 7}
        assert event["detail"]["responsePayload"]["errorMessage"] == "no"
        assert succeeded.take() == []


class TestSchedules:
    def test_a_scheduled_rule_fires_every_time(self, rule: Any, queue: Any, platform: LocalPlatform, account: str):
        target = queue()
        arn = rule("r", target.arn, ScheduleExpression="rate(1 hour)")
        platform.advance(3_599)
        assert target.take() == []
        fired = platform.advance(1 + 2 * 3_600)
        assert [one.kind for one in fired if one.account == account][:2] == ["events.schedule", "sqs.SendMessage"]
        found = bodies(target)
        assert len(found) == 3
        assert {event["detail-type"] for event in found} == {"Scheduled Event"}
        assert (found[0]["source"], found[0]["resources"], found[0]["detail"]) == ("aws.events", [arn], {})

    def test_nobody_who_waits_until_nothing_is_left_to_do_waits_for_a_schedule(
        self, rule: Any, queue: Any, platform: LocalPlatform
    ):
        rule("r", queue().arn, ScheduleExpression="rate(1 minute)")
        before = platform.now()
        platform.run_until_idle()
        assert (platform.now() - before).total_seconds() < 86_400

    def test_a_disabled_or_deleted_rule_does_not_fire(self, events: Any, rule: Any, queue: Any, platform: LocalPlatform):
        target = queue()
        rule("off", target.arn, ScheduleExpression="rate(1 minute)", State="DISABLED")
        rule("gone", target.arn, ScheduleExpression="rate(1 minute)")
        events.remove_targets(Rule="gone", Ids=["0"])
        events.delete_rule(Name="gone")
        platform.advance(180)
        assert target.take() == []

    def test_a_schedule_lives_by_its_accounts_clock(self, rule: Any, queue: Any, platform: LocalPlatform, account: str):
        target = queue()
        rule("r", target.arn, ScheduleExpression="cron(0 12 * * ? *)")
        platform.advance(2 * 86_400, account=account)
        assert len(bodies(target)) == 2
        platform.release_clock(account)


class TestCrashes:
    def test_what_was_acknowledged_is_delivered_after_a_kill(self, tmp_path: Path):
        with living(tmp_path) as life:
            events, sqs = life.client("events"), life.client("sqs")
            url = sqs.create_queue(QueueName="q")["QueueUrl"]
            arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            events.put_rule(Name="r", EventPattern='{"source":["shop"]}')
            events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": arn}])
            entries = [{"Source": "shop", "DetailType": "sold", "Detail": "{}"}] * 10
            put = [entry["EventId"] for _ in range(20) for entry in events.put_events(Entries=entries)["Entries"]]
        with living(tmp_path) as life:
            assert ids_in(life.client("sqs"), url.replace("localhost", "127.0.0.1"), len(put)) == set(put)

    def test_what_a_schedule_missed_comes_once(self, tmp_path: Path):
        data = tmp_path / "data"
        with LocalPlatform(data=data, clock="virtual") as first:
            account = first.account("111122223333")
            events, sqs = account.client("events"), account.client("sqs")
            sqs.create_queue(QueueName="q")
            events.put_rule(Name="r", ScheduleExpression="rate(1 minute)")
            events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": "arn:aws:sqs:us-east-1:111122223333:q"}])
        with LocalPlatform(data=data, clock="real") as second:  # the machine's time is long after the clock that stood
            account = second.account("111122223333")
            second.settle()
            queue = Queue(account.client("sqs"), second, f"{second.url}/111122223333/q", "")
            assert len(queue.take()) == 1


def ids_in(sqs: Any, queue_url: str, count: int) -> set[str]:
    """The ids of the events in a queue, once there are so many."""
    found: set[str] = set()
    while len(found) < count:
        got = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=5).get("Messages", [])
        found |= {json.loads(message["Body"])["id"] for message in got}
    return found
