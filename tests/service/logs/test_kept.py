"""What functions write is there for clients, after a restart too, and goes with a reset of the account."""

import urllib.request

import boto3
from tests.service.logs.conftest import GROUP, STREAM

from lambent.core.ports import LogEvent, LogStreamName
from lambent.testing import LocalPlatform

EVENT = {"logGroupName": GROUP, "logStreamName": STREAM}


def append(platform, account, *messages, now_ms):
    stream = LogStreamName(account, "us-east-1", GROUP, STREAM)
    events = [LogEvent(now_ms + at, message) for at, message in enumerate(messages)]

    async def appended():
        await platform.platform.services["logs"].append(stream, events)

    platform.run(appended())


def messages(logs):
    return [event["message"] for event in logs.get_log_events(**EVENT, startFromHead=True)["events"]]


def test_what_a_function_writes_is_there_for_its_account(platform, account, logs, now_ms):
    append(platform, account, "START\n", "END\n", now_ms=now_ms)
    assert messages(logs) == ["START\n", "END\n"]


def test_after_a_restart_every_line_is_there_and_more_can_follow(tmp_path, account, now_ms):
    for number in range(3):
        with LocalPlatform(data=tmp_path) as running:
            append(running, account, f"line {number}", now_ms=now_ms + number)
            logs = boto3.client(
                "logs",
                region_name="us-east-1",
                endpoint_url=running.url,
                aws_access_key_id=account,
                aws_secret_access_key="test",
            )
            assert messages(logs) == [f"line {before}" for before in range(number + 1)]


def test_after_a_reset_the_group_is_made_anew(platform, account, logs, now_ms):
    append(platform, account, "old", now_ms=now_ms)
    request = urllib.request.Request(f"{platform.url}/_lambent/reset?account={account}", method="POST")
    urllib.request.urlopen(request).close()
    assert logs.describe_log_groups()["logGroups"] == []
    append(platform, account, "new", now_ms=now_ms)
    assert messages(logs) == ["new"]
