"""The AWS CLI, unmodified: a group, its events, and how long they stay."""

import time
from collections.abc import Callable
from typing import Any


def test_events_are_put_found_and_read_and_the_group_removed(aws: Callable[..., Any]) -> None:
    group, stream = ("--log-group-name", "/app/web"), ("--log-stream-name", "one")
    aws("logs", "create-log-group", *group)
    aws("logs", "put-retention-policy", *group, "--retention-in-days", "7")
    aws("logs", "create-log-stream", *group, *stream)
    now_ms = int(time.time() * 1000)
    events = [f"timestamp={now_ms},message=GET", f"timestamp={now_ms + 1},message=ERROR"]
    aws("logs", "put-log-events", *group, *stream, "--log-events", *events)
    read = aws("logs", "get-log-events", *group, *stream)["events"]
    assert [event["message"] for event in read] == ["GET", "ERROR"]
    found = aws("logs", "filter-log-events", *group, "--filter-pattern", "ERROR")["events"]
    assert [event["message"] for event in found] == ["ERROR"]
    described = aws("logs", "describe-log-groups")["logGroups"]
    assert [(each["logGroupName"], each["retentionInDays"]) for each in described] == [("/app/web", 7)]
    aws("logs", "delete-log-group", *group)
    assert aws("logs", "describe-log-groups")["logGroups"] == []
