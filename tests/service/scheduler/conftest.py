"""Schedules, and queues to be called, as one test's account sees them on a clock that stands still."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.service.sns.conftest import Queue, queue, refusal, sqs

from lambent.testing import LocalPlatform
from lambent.testing.faults import Faults

__all__ = ["Queue", "queue", "refusal", "sqs"]

ROLE = "arn:aws:iam::111122223333:role/scheduler"
OFF = {"Mode": "OFF"}


@pytest.fixture(scope="module")
def platform() -> Iterator[LocalPlatform]:
    """One whose clock stands still, for this module."""
    with LocalPlatform(clock="virtual") as running:
        yield running


@pytest.fixture
def scheduler(client: Callable[..., Any]) -> Any:
    return client("scheduler")


@pytest.fixture
def faults(platform: LocalPlatform, account: str) -> Iterator[Faults]:
    with platform.account(account) as opened:
        yield opened.faults


@pytest.fixture
def schedule(scheduler: Any, platform: LocalPlatform, account: str) -> Iterator[Callable[..., str]]:
    """``schedule("s", "rate(1 hour)", queue.arn, Input="…", State=…)`` makes a schedule; its ARN. None outlives the test."""

    def make(name: str, expression: str, target: str, **members: Any) -> str:
        return scheduler.create_schedule(Name=name, ScheduleExpression=expression, **wanted(target, **members))["ScheduleArn"]

    yield make
    platform.run(platform.platform.reset(account))


def wanted(target: str, **members: Any) -> dict[str, Any]:
    """Members of a request; those that are of the target go there."""
    of_target = {name: members.pop(name) for name in list(members) if name in TARGET_MEMBERS}
    return {"FlexibleTimeWindow": OFF, **members, "Target": {"Arn": target, "RoleArn": ROLE, **of_target}}


TARGET_MEMBERS = (
    *("Input", "RetryPolicy", "DeadLetterConfig", "SqsParameters", "EventBridgeParameters", "KinesisParameters", "RoleArn"),
    "EcsParameters",
)


def at(moment: datetime, **later: float) -> str:
    """The expression of one time."""
    return f"at({moment + timedelta(**later):%Y-%m-%dT%H:%M:%S})"


def texts(queue: Queue) -> list[str]:
    return [message["Body"] for message in queue.take()]


def bodies(queue: Queue) -> list[Any]:
    return [json.loads(text) for text in texts(queue)]
