"""StartLiveTail through boto3: an event stream of what comes in."""

import time
from contextlib import closing

import boto3
import pytest
from botocore.config import Config

from lambent.gateway.server import STOP_GRACE_S
from lambent.testing import LocalPlatform

# boto3 puts "stream-" before the host's name; a name such as stream-localhost is nobody's.
WITHOUT_PREFIX = Config(inject_host_prefix=False, retries={"max_attempts": 0})


@pytest.fixture
def tail(client, account, group):
    """Starts a session on the group; gives its start and the messages of its updates one by one."""

    def start(**wanted):
        arn = f"arn:aws:logs:us-east-1:{account}:log-group:{group}"
        logs = client("logs", config=WITHOUT_PREFIX)
        return logs.start_live_tail(logGroupIdentifiers=[arn], **wanted)["responseStream"]

    return start


def results(events):
    """Each event of the updates that follow."""
    for event in events:
        yield from event["sessionUpdate"]["sessionResults"]


def test_a_session_begins_by_telling_what_it_follows(tail, account, group):
    with closing(tail(logEventFilterPattern="ERROR")) as stream:
        started = next(iter(stream))["sessionStart"]
    assert started["logGroupIdentifiers"] == [f"arn:aws:logs:us-east-1:{account}:log-group:{group}"]
    assert started["logEventFilterPattern"] == "ERROR"
    assert started["sessionId"]


def test_events_are_shown_as_they_come_in(tail, put, account, group, now_ms):
    put("s", "before")
    with closing(tail()) as stream:
        events = iter(stream)
        next(events)
        put("s", "one")
        shown = results(events)
        first = next(shown)
        put("t", "two")
        second = next(shown)
    assert (first["message"], first["logStreamName"], first["timestamp"]) == ("one", "s", now_ms)
    assert first["logGroupIdentifier"] == f"{account}:{group}"
    assert (second["message"], second["logStreamName"]) == ("two", "t")


def test_only_streams_and_messages_that_are_asked_for_are_shown(tail, put):
    with closing(tail(logStreamNamePrefixes=["a"], logEventFilterPattern="yes")) as stream:
        events = iter(stream)
        next(events)
        put("b", "yes but elsewhere")
        put("a1", "no", "yes")
        assert next(results(events))["message"] == "yes"


def test_a_session_on_nothing_is_refused(client, account):
    logs = client("logs", config=WITHOUT_PREFIX)
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.start_live_tail(logGroupIdentifiers=[f"arn:aws:logs:us-east-1:{account}:log-group:none"])
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.start_live_tail(logGroupIdentifiers=["a", "b"], logStreamNames=["s"])


def test_a_platform_that_stops_ends_sessions_at_once_and_cleanly():
    with LocalPlatform() as platform:
        keys = {"aws_access_key_id": "111122223333", "aws_secret_access_key": "x", "region_name": "us-east-1"}
        logs = boto3.client("logs", endpoint_url=platform.url, config=WITHOUT_PREFIX, **keys)
        logs.create_log_group(logGroupName="g")
        with closing(logs.start_live_tail(logGroupIdentifiers=["g"])["responseStream"]) as stream:
            events = iter(stream)
            next(events)
            begun_s = time.monotonic()
            platform.stop()
            assert time.monotonic() - begun_s < STOP_GRACE_S
            assert all("sessionUpdate" in event for event in events)  # and no error for want of an end
