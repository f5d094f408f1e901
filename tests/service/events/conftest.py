"""Rules, queues to deliver to, and events, as one test's account sees them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.service.sns.conftest import Queue, queue, refusal, sqs

__all__ = ["Queue", "queue", "refusal", "sqs"]


@pytest.fixture
def events(client: Callable[..., Any]) -> Any:
    return client("events")


@pytest.fixture
def rule(events: Any) -> Callable[..., str]:
    """``rule("r", arn_or_target, …, bus="b", pattern={…})`` makes a rule with targets, and returns its ARN."""

    def make(name: str, *targets: Any, bus: str = "default", pattern: Any = None, **members: Any) -> str:
        if "ScheduleExpression" not in members:
            members["EventPattern"] = json.dumps(pattern or {"source": ["shop"]})
        arn = events.put_rule(Name=name, EventBusName=bus, **members)["RuleArn"]
        if targets:
            given = [{"Arn": target} if isinstance(target, str) else target for target in targets]
            put = [{"Id": str(place), **target} for place, target in enumerate(given)]
            assert events.put_targets(Rule=name, EventBusName=bus, Targets=put)["FailedEntryCount"] == 0
        return arn

    return make


@pytest.fixture
def put(events: Any) -> Callable[..., str]:
    """``put({"price": 5}, Source="shop")`` puts an event and returns its id."""

    def put_one(detail: Any = None, **members: Any) -> str:
        entry = {"Source": "shop", "DetailType": "sold", "Detail": json.dumps(detail or {}), **members}
        answer = events.put_events(Entries=[entry])
        assert answer["FailedEntryCount"] == 0, answer
        return answer["Entries"][0]["EventId"]

    return put_one


def bodies(queue: Queue) -> list[Any]:
    """What lies in a queue, parsed."""
    return [json.loads(message["Body"]) for message in queue.take()]
