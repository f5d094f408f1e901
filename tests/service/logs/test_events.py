"""PutLogEvents and GetLogEvents through boto3."""

import pytest

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def messages(reply):
    return [event["message"] for event in reply["events"]]


def test_what_is_put_is_got(logs, group, stream, now_ms):
    events = [{"timestamp": now_ms, "message": "première ligne"}, {"timestamp": now_ms + 1, "message": "second\n"}]
    put = logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events, sequenceToken="ignored")
    assert put["nextSequenceToken"]
    assert "rejectedLogEventsInfo" not in put
    got = logs.get_log_events(logGroupName=group, logStreamName=stream)["events"]
    assert [{"timestamp": event["timestamp"], "message": event["message"]} for event in got] == events
    assert all(event["ingestionTime"] >= now_ms for event in got)


def test_what_is_too_old_or_too_new_is_rejected_and_the_rest_kept(logs, group, stream, now_ms):
    def put(*offsets_ms):
        events = [{"timestamp": now_ms + offset_ms, "message": f"{offset_ms}"} for offset_ms in offsets_ms]
        return logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)

    assert put(-15 * DAY_MS, -14 * DAY_MS - HOUR_MS)["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 2}
    assert put(0, 3 * HOUR_MS)["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 1}
    assert messages(logs.get_log_events(logGroupName=group, logStreamName=stream)) == ["0"]


def test_what_is_past_the_retention_is_rejected_as_expired(logs, group, stream, now_ms):
    logs.put_retention_policy(logGroupName=group, retentionInDays=1)
    events = [{"timestamp": now_ms - 25 * HOUR_MS, "message": "old"}, {"timestamp": now_ms - 2 * HOUR_MS, "message": "young"}]
    put = logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    assert put["rejectedLogEventsInfo"] == {"expiredLogEventEndIndex": 1}
    assert messages(logs.get_log_events(logGroupName=group, logStreamName=stream)) == ["young"]


def refused(logs, group, stream, events):
    with pytest.raises(logs.exceptions.InvalidParameterException) as error:
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    return error.value.response["Error"]["Message"]


def test_the_limits_of_a_request_are_those_of_aws(logs, group, stream, now_ms):
    def events(*pairs):
        return [{"timestamp": now_ms + offset_ms, "message": message} for offset_ms, message in pairs]

    assert refused(logs, group, stream, events((1, "b"), (0, "a"))) == (
        "Log events in a single PutLogEvents request must be in chronological order."
    )
    assert "cannot span more than 24 hours" in refused(logs, group, stream, events((-DAY_MS, "a"), (1, "b")))
    assert refused(logs, group, stream, events(*[(0, "x" * 600_000)] * 2)) == (
        "Upload too large: 1200052 bytes exceeds limit of 1048576"
    )
    assert refused(logs, group, stream, events((0, "x" * 1_048_560))) == (
        "Log event too large: 1048586 bytes exceeds limit of 1048576"
    )
    assert "'logEvents' failed to satisfy constraint" in refused(logs, group, stream, events(*[(0, "x")] * 10_001))


def test_ten_thousand_events_go_in_one_request_and_come_in_one_reply(logs, group, stream, now_ms):
    events = [{"timestamp": now_ms + number, "message": f"{number}"} for number in range(10_000)]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    got = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)
    assert messages(got) == [f"{number}" for number in range(10_000)]


def test_putting_where_nothing_is_tells_what_is_missing(logs, group, now_ms):
    events = [{"timestamp": now_ms, "message": "m"}]
    with pytest.raises(logs.exceptions.ResourceNotFoundException, match="The specified log group does not exist"):
        logs.put_log_events(logGroupName="none", logStreamName="s", logEvents=events)
    with pytest.raises(logs.exceptions.ResourceNotFoundException, match="The specified log stream does not exist"):
        logs.put_log_events(logGroupName=group, logStreamName="none", logEvents=events)


def test_tokens_walk_through_a_stream_and_stay_at_its_end(logs, group, put):
    put("s", *(f"{number}" for number in range(5)))

    def get(**wanted):
        return logs.get_log_events(logGroupName=group, logStreamName="s", limit=2, **wanted)

    page = get(startFromHead=True)
    seen = messages(page)
    while True:
        token = page["nextForwardToken"]
        page = get(nextToken=token)
        if page["nextForwardToken"] == token:
            break
        seen += messages(page)
    assert seen == ["0", "1", "2", "3", "4"]
    assert messages(page) == []
    assert messages(get()) == ["3", "4"]
    assert messages(get(nextToken=get()["nextBackwardToken"])) == ["1", "2"]


def test_a_span_of_time_bounds_what_is_got(logs, group, put, now_ms):
    put("s", *(f"{number}" for number in range(5)))
    got = logs.get_log_events(logGroupName=group, logStreamName="s", startTime=now_ms + 1, endTime=now_ms + 3)
    assert messages(got) == ["1", "2"]


def test_events_that_come_late_are_put_in_order_of_their_time(logs, group, put):
    put("s", "second", at_ms=10)
    put("s", "first")
    assert messages(logs.get_log_events(logGroupName=group, logStreamName="s")) == ["first", "second"]


def test_a_token_of_somebody_else_is_refused(logs, group, stream):
    with pytest.raises(logs.exceptions.InvalidParameterException, match="The specified nextToken is invalid"):
        logs.get_log_events(logGroupName=group, logStreamName=stream, nextToken="f/1/s")
