"""When schedules come round on a clock that is turned, and what their targets get."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.service.scheduler.conftest import at, bodies, texts, wanted

from lambent.testing import LocalPlatform
from lambent.testing.faults import Faults

TIME = '"<aws.scheduler.scheduled-time>"'


def times(queue: Any) -> list[str]:
    """When the occurrences were, of which a queue was told by ``Input=TIME``."""
    return bodies(queue)


class TestRecurringSchedules:
    def test_a_rate_comes_at_once_and_then_every_time(self, schedule: Any, queue: Any, platform: LocalPlatform, account: str):
        target, now = queue(), platform.now()
        schedule("s", "rate(1 hour)", target.arn, Input=TIME)
        assert times(target) == [f"{now:%Y-%m-%dT%H:%M:%SZ}"]
        fired = [one.kind for one in platform.advance(2 * 3_600) if one.account == account]
        assert [kind for kind in fired if kind != "sqs.messages-visible"] == ["scheduler.schedule", "sqs.SendMessage"] * 2
        assert times(target) == [f"{now + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}" for hours in (1, 2)]

    def test_a_rate_begins_at_its_start_and_ends_at_its_end(self, schedule: Any, queue: Any, platform: LocalPlatform):
        target, now = queue(), platform.now()
        start, end = now + timedelta(days=1), now + timedelta(days=1, hours=3)
        schedule("s", "rate(1 hours)", target.arn, StartDate=start, EndDate=end, Input=TIME)
        platform.advance(3 * 86_400)
        assert times(target) == [f"{start + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}" for hours in range(4)]

    def test_days_of_a_cron_come_each_in_its_order(self, schedule: Any, queue: Any, platform: LocalPlatform, account: str):
        target = queue()
        schedule("s", "cron(0 12 * * ? *)", target.arn, Input=TIME)
        platform.advance(3 * 86_400, account=account)
        found = times(target)
        assert found == sorted(set(found))
        assert len(found) == 3
        assert {text[-9:] for text in found} == {"12:00:00Z"}

    def test_a_cron_keeps_to_the_clock_on_the_wall_of_its_zone(
        self, schedule: Any, queue: Any, platform: LocalPlatform, account: str
    ):
        target = queue()
        start = datetime(2026, 3, 28, tzinfo=UTC)
        schedule(
            "s",
            "cron(30 2 * * ? *)",
            target.arn,
            ScheduleExpressionTimezone="Europe/Berlin",
            StartDate=start,
            EndDate=start + timedelta(days=3),
            Input=TIME,
        )
        platform.advance((start - platform.now()).total_seconds() + 3 * 86_400, account=account)
        assert times(target) == [  # on the 29th the clock is put forward at two
            "2026-03-28T01:30:00Z",
            "2026-03-30T00:30:00Z",
        ]

    def test_nobody_who_waits_until_nothing_is_left_to_do_waits_for_one(
        self, schedule: Any, queue: Any, platform: LocalPlatform
    ):
        schedule("s", "rate(1 minute)", queue().arn)
        before = platform.now()
        platform.run_until_idle()
        assert (platform.now() - before).total_seconds() < 86_400

    def test_a_disabled_or_deleted_one_does_not_come(self, scheduler: Any, schedule: Any, queue: Any, platform: LocalPlatform):
        target = queue()
        schedule("off", "rate(1 minute)", target.arn, State="DISABLED")
        schedule("gone", "cron(* * * * ? *)", target.arn)
        scheduler.delete_schedule(Name="gone")
        platform.advance(180)
        assert target.take() == []

    def test_one_that_is_changed_but_not_in_its_timing_keeps_its_step(
        self, scheduler: Any, schedule: Any, queue: Any, platform: LocalPlatform
    ):
        target, other = queue(), queue("other")
        schedule("s", "rate(1 hour)", target.arn)
        platform.advance(1_800)
        assert len(target.take()) == 1
        scheduler.update_schedule(Name="s", ScheduleExpression="rate(1 hour)", **wanted(other.arn))
        assert other.take() == []
        platform.advance(1_800)
        assert (len(target.take()), len(other.take())) == (0, 1)

    def test_another_expression_begins_anew(self, scheduler: Any, schedule: Any, queue: Any, platform: LocalPlatform):
        target = queue()
        schedule("s", "rate(1 hour)", target.arn)
        platform.advance(60)
        scheduler.update_schedule(Name="s", ScheduleExpression="rate(2 hours)", **wanted(target.arn))
        assert len(target.take()) == 2
        platform.advance(7_199)
        assert target.take() == []
        platform.advance(1)
        assert len(target.take()) == 1

    def test_one_that_is_enabled_again_goes_on_in_its_step(
        self, scheduler: Any, schedule: Any, queue: Any, platform: LocalPlatform
    ):
        target = queue()
        schedule("s", "rate(1 hour)", target.arn)
        platform.advance(0)  # the first one comes at once; one that is disabled before that does not come
        assert len(target.take()) == 1
        scheduler.update_schedule(Name="s", ScheduleExpression="rate(1 hour)", **wanted(target.arn, State="DISABLED"))
        platform.advance(3_600 + 1_800)
        assert target.take() == []
        scheduler.update_schedule(Name="s", ScheduleExpression="rate(1 hour)", **wanted(target.arn))
        platform.advance(1_800)
        assert len(target.take()) == 1


class TestWhatComesOnce:
    def test_it_comes_once_and_stays(self, scheduler: Any, schedule: Any, queue: Any, platform: LocalPlatform):
        target = queue()
        schedule("s", at(platform.now(), minutes=5), target.arn, Input="now")
        platform.advance(299)
        assert target.take() == []
        platform.advance(86_400)
        assert texts(target) == ["now"]
        assert scheduler.get_schedule(Name="s")["State"] == "ENABLED"

    def test_it_goes_where_that_is_wanted(
        self, scheduler: Any, schedule: Any, queue: Any, refusal: Any, platform: LocalPlatform
    ):
        target = queue()
        schedule("s", at(platform.now(), minutes=5), target.arn, Input="now", ActionAfterCompletion="DELETE")
        platform.advance(300)
        assert texts(target) == ["now"]
        assert refusal(scheduler.get_schedule, Name="s")[:2] == ("ResourceNotFoundException", 404)

    def test_a_recurring_one_goes_after_its_end(self, scheduler: Any, schedule: Any, queue: Any, platform: LocalPlatform):
        end = platform.now() + timedelta(hours=2, minutes=30)
        schedule("s", "rate(1 hour)", queue().arn, EndDate=end, ActionAfterCompletion="DELETE")
        platform.advance(7_199)
        assert [one["Name"] for one in scheduler.list_schedules()["Schedules"]] == ["s"]
        platform.advance(1)
        assert scheduler.list_schedules()["Schedules"] == []

    def test_who_waits_until_nothing_is_left_to_do_waits_for_it(self, schedule: Any, queue: Any, platform: LocalPlatform):
        target = queue()
        schedule("s", at(platform.now(), hours=2), target.arn, Input="now")
        platform.run_until_idle()
        assert texts(target) == ["now"]

    def test_a_time_that_has_passed_comes_at_once(self, schedule: Any, queue: Any):
        target = queue()
        schedule("s", "at(2020-01-01T00:00:00)", target.arn, Input="late")
        assert texts(target) == ["late"]

    def test_it_does_not_come_again_when_it_is_changed_afterwards(
        self, scheduler: Any, schedule: Any, queue: Any, platform: LocalPlatform
    ):
        target, expression = queue(), at(platform.now(), minutes=1)
        schedule("s", expression, target.arn)
        platform.advance(60)
        scheduler.update_schedule(Name="s", ScheduleExpression=expression, **wanted(target.arn, Description="done"))
        scheduler.update_schedule(Name="s", ScheduleExpression=expression, **wanted(target.arn, State="DISABLED"))
        scheduler.update_schedule(Name="s", ScheduleExpression=expression, **wanted(target.arn))
        assert len(target.take()) == 1
        scheduler.update_schedule(Name="s", ScheduleExpression=at(platform.now(), minutes=1), **wanted(target.arn))
        platform.advance(60)
        assert len(target.take()) == 1

    def test_its_time_is_of_its_zone(self, schedule: Any, queue: Any, platform: LocalPlatform):
        target = queue()
        in_tokyo = platform.now() + timedelta(hours=9)
        schedule("s", at(in_tokyo, minutes=5), target.arn, ScheduleExpressionTimezone="Asia/Tokyo")
        platform.advance(299)
        assert target.take() == []
        platform.advance(1)
        assert len(target.take()) == 1


class TestFlexibleWindows:
    WINDOW = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 60}

    def test_an_occurrence_has_its_place_in_the_window(self, schedule: Any, queue: Any, platform: LocalPlatform):
        target = queue()
        due = platform.now() + timedelta(minutes=5)
        for number in range(20):
            schedule(f"s{number}", at(due), target.arn, FlexibleTimeWindow=self.WINDOW, Input=TIME)
        platform.advance(299)
        assert target.take() == []
        platform.advance(1 + 1_800)
        early = times(target)
        platform.advance(1_800)
        late = times(target)
        assert early
        assert late
        assert early + late == [f"{due:%Y-%m-%dT%H:%M:%SZ}"] * 20

    def test_windows_that_overlap_lose_nothing(self, schedule: Any, queue: Any, platform: LocalPlatform):
        target = queue()
        end = platform.now() + timedelta(minutes=30)
        schedule("s", "rate(1 minute)", target.arn, FlexibleTimeWindow=self.WINDOW, EndDate=end, Input=TIME)
        platform.advance(2 * 3_600)
        found = times(target)
        assert len(found) == len(set(found)) == 31

    def test_what_is_deleted_meanwhile_does_not_come(self, scheduler: Any, schedule: Any, queue: Any, platform: LocalPlatform):
        target, window = queue(), {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 1_440}
        schedule("s", at(platform.now(), seconds=1), target.arn, FlexibleTimeWindow=window)
        platform.advance(1)
        scheduler.delete_schedule(Name="s")
        schedule("s", "at(2200-01-01T00:00:00)", target.arn, State="DISABLED")
        platform.advance(86_400)
        assert target.take() == []

    def test_it_goes_after_its_place_where_that_is_wanted(
        self, scheduler: Any, schedule: Any, queue: Any, platform: LocalPlatform
    ):
        target = queue()
        due = at(platform.now(), minutes=1)
        schedule("s", due, target.arn, FlexibleTimeWindow=self.WINDOW, ActionAfterCompletion="DELETE")
        platform.advance(60 + 3_600)
        assert len(target.take()) == 1
        assert scheduler.list_schedules()["Schedules"] == []


class TestFailures:
    def told(self, letter: dict[str, Any]) -> dict[str, str]:
        return {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}

    def test_what_a_deleted_queue_cannot_get_becomes_a_dead_letter_at_once(
        self, schedule: Any, queue: Any, platform: LocalPlatform
    ):
        gone, dead, now = queue("gone"), queue("dead"), platform.now()
        gone.delete()
        arn = schedule("s", at(now), gone.arn, Input="Hello, world!", DeadLetterConfig={"Arn": dead.arn})
        (letter,) = dead.take()
        assert json.loads(letter["Body"]) == {"MessageBody": "Hello, world!", "QueueUrl": gone.url}
        told = self.told(letter)
        assert len(told.pop("EXECUTION_ID")) == 16
        assert told == {
            "ERROR_CODE": "AWS.SimpleQueueService.NonExistentQueue",
            "ERROR_MESSAGE": "The specified queue does not exist for this wsdl version.",
            "IS_PAYLOAD_TRUNCATED": "false",
            "RETRY_ATTEMPTS": "0",
            "SCHEDULED_TIME": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "SCHEDULE_ARN": arn,
            "TARGET_ARN": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage",
        }

    def test_a_target_that_fails_is_tried_again_until_its_policy_ends_it(
        self, schedule: Any, queue: Any, client: Any, platform: LocalPlatform, faults: Faults, account: str
    ):
        dead, topic = queue("dead"), client("sns").create_topic(Name="t")["TopicArn"]
        failing = faults.fail("sns", "Publish", error="InternalError", times=3)
        schedule(
            "s",
            at(platform.now()),
            topic,
            Input='{"attempt": "<aws.scheduler.attempt-number>"}',
            RetryPolicy={"MaximumRetryAttempts": 2},
            DeadLetterConfig={"Arn": dead.arn},
        )
        platform.settle()
        for seconds, tries in ((0, 1), (1, 2), (1, 2), (1, 3)):
            assert dead.take() == []
            platform.advance(seconds, account=account)
            assert failing.happened == tries
        (letter,) = dead.take()
        told = self.told(letter)
        assert (told["EXHAUSTED_RETRY_CONDITION"], told["RETRY_ATTEMPTS"]) == ("MaximumRetryAttempts", "2")
        assert json.loads(json.loads(letter["Body"])["Message"]) == {"attempt": "3"}

    def test_the_age_of_an_invocation_ends_its_retries(
        self, schedule: Any, queue: Any, client: Any, platform: LocalPlatform, faults: Faults, account: str
    ):
        dead, topic = queue("dead"), client("sns").create_topic(Name="t")["TopicArn"]
        failing = faults.fail("sns", "Publish", error="InternalError", times=None)
        policy = {"MaximumEventAgeInSeconds": 60}
        schedule("s", at(platform.now()), topic, RetryPolicy=policy, DeadLetterConfig={"Arn": dead.arn})
        platform.advance(100, account=account)
        assert failing.happened == 6  # after 0, 1, 3, 7, 15 and 31 s; the next would come after 63
        (letter,) = dead.take()
        assert self.told(letter)["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"

    def test_a_target_that_recovers_is_told_which_attempt_it_is(
        self, schedule: Any, queue: Any, platform: LocalPlatform, faults: Faults, account: str
    ):
        target = queue()
        faults.fail("sqs", "SendMessage", error="InternalError", times=2)
        schedule("s", at(platform.now()), target.arn, Input="<aws.scheduler.attempt-number>")
        platform.advance(60, account=account)
        assert texts(target) == ["3"]

    def test_an_input_that_the_operation_does_not_take_becomes_a_dead_letter(self, schedule: Any, queue: Any, platform: Any):
        dead = queue("dead")
        arn = "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"
        schedule("s", at(platform.now()), arn, Input='{"QueueUrl": 5}', DeadLetterConfig={"Arn": dead.arn})
        (letter,) = dead.take()
        assert json.loads(letter["Body"]) == {"QueueUrl": 5}

    @pytest.mark.parametrize("document", ["[]", '"text"', "5", "null"])
    def test_an_input_that_is_no_object_becomes_one_too(self, schedule: Any, queue: Any, platform: Any, document: str):
        dead = queue("dead")
        arn = "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"
        schedule("s", at(platform.now()), arn, Input=document, DeadLetterConfig={"Arn": dead.arn})
        (letter,) = dead.take()
        assert letter["Body"] == document
