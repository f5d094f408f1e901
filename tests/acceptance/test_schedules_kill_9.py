"""Schedules outlive kill -9 at any instant: what is due comes, what has come does not come again, what was deleted never does.

The platform's clock stands until a step turns it, and goes on where it stood after the kill.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.test_event_stories import Step, Teller, tell
from tests.lives import ACCOUNT

TARGET = f"arn:aws:sqs:us-east-1:{ACCOUNT}:target"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"
WINDOW_MINUTES = 30


def create(teller: Teller, name: str, expression: str, **members: Any) -> None:
    text = json.dumps({"of": name, "at": "<aws.scheduler.scheduled-time>", "id": "<aws.scheduler.execution-id>"})
    given = {"FlexibleTimeWindow": {"Mode": "OFF"}, **members}
    target = {"Arn": TARGET, "RoleArn": ROLE, "Input": text}
    teller.client("scheduler").create_schedule(Name=name, ScheduleExpression=expression, Target=target, **given)


def make(teller: Teller) -> None:
    teller.queue("target")
    start = teller.known["start"] = now(teller)
    once = start + timedelta(hours=2, minutes=30)
    create(teller, "hourly", "rate(1 hour)")
    create(teller, "once", f"at({once:%Y-%m-%dT%H:%M:%S})", ActionAfterCompletion="DELETE")
    window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": WINDOW_MINUTES}
    create(teller, "somewhen", f"at({once:%Y-%m-%dT%H:%M:%S})", FlexibleTimeWindow=window)
    create(teller, "deleted", "rate(1 minute)", StartDate=start + timedelta(hours=1))


def now(teller: Teller) -> datetime:
    """The platform's time, as a group that is made then tells it."""
    scheduler = teller.client("scheduler")
    scheduler.create_schedule_group(Name="clock")
    return scheduler.get_schedule_group(Name="clock")["CreationDate"].astimezone(UTC)


def delete_one(teller: Teller) -> None:
    teller.client("scheduler").delete_schedule(Name="deleted")


def turn_an_hour(teller: Teller) -> None:
    teller.turn(3_600)


STORY: list[Step] = [make, delete_one, *[turn_an_hour] * 4]


@pytest.mark.parametrize("killed_after", range(-1, len(STORY) - 1))
def test_every_occurrence_comes_once_whenever_the_platform_dies(tmp_path: Path, killed_after: int) -> None:
    teller = tell(STORY, tmp_path, killed_after)
    try:
        told = [json.loads(text) for text in drained(teller)]
        start = teller.known["start"]
        came = sorted((one["of"], one["at"]) for one in told)
        hours = [f"{start + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}" for hours in range(5)]
        once = f"{start + timedelta(hours=2, minutes=30):%Y-%m-%dT%H:%M:%SZ}"
        assert came == [*(("hourly", hour) for hour in hours), ("once", once), ("somewhen", once)]
        assert len({one["id"] for one in told}) == len(told)
        left = {one["Name"] for one in teller.client("scheduler").list_schedules()["Schedules"]}
        assert left == {"hourly", "somewhen"}
    finally:
        teller.kill()


def drained(teller: Teller) -> list[str]:
    """All that lies in the queue, by hiding it."""
    sqs, url, found = teller.client("sqs"), teller.url("target"), []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600).get("Messages"):
        found += [message["Body"] for message in messages]
    return found
