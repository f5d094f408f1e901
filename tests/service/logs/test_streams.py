"""Log streams through boto3: made, described in their orders, deleted."""

import base64
import json

import pytest


def names(logs, group, **wanted):
    pages = logs.get_paginator("describe_log_streams").paginate(logGroupName=group, **wanted)
    return [stream["logStreamName"] for page in pages for stream in page["logStreams"]]


def test_a_stream_is_described_with_its_times(logs, group, put, account, now_ms):
    put("s", "a", "b")
    [stream] = logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert stream["arn"] == f"arn:aws:logs:us-east-1:{account}:log-group:{group}:log-stream:s"
    assert (stream["firstEventTimestamp"], stream["lastEventTimestamp"]) == (now_ms, now_ms + 1)
    assert stream["lastIngestionTime"] >= now_ms
    assert stream["storedBytes"] == 0


def test_an_empty_stream_has_no_times_of_events(logs, group, stream):
    [described] = logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert described["logStreamName"] == stream
    assert not {"firstEventTimestamp", "lastEventTimestamp", "lastIngestionTime"} & set(described)


def test_a_stream_that_is_there_is_not_made_again(logs, group, stream):
    with pytest.raises(logs.exceptions.ResourceAlreadyExistsException, match="The specified log stream already exists"):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)


def test_streams_are_ordered_by_name_or_by_their_last_event(logs, group, put):
    for at_ms, name in enumerate(("b", "a", "c")):
        put(name, "m", at_ms=at_ms)
    assert names(logs, group) == ["a", "b", "c"]
    assert names(logs, group, descending=True) == ["c", "b", "a"]
    assert names(logs, group, orderBy="LastEventTime", descending=True) == ["c", "a", "b"]
    assert names(logs, group, orderBy="LastEventTime", PaginationConfig={"PageSize": 1}) == ["b", "a", "c"]
    assert names(logs, group, logStreamNamePrefix="b") == ["b"]


def test_a_prefix_does_not_go_with_the_order_of_events(logs, group):
    with pytest.raises(logs.exceptions.InvalidParameterException) as refused:
        logs.describe_log_streams(logGroupName=group, orderBy="LastEventTime", logStreamNamePrefix="a")
    assert refused.value.response["Error"]["Message"] == "Cannot order by LastEventTime with a logStreamNamePrefix."


def test_a_group_is_named_by_its_arn_too(logs, group, stream, account):
    arn = f"arn:aws:logs:us-east-1:{account}:log-group:{group}"
    assert len(logs.describe_log_streams(logGroupIdentifier=arn)["logStreams"]) == 1
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.describe_log_streams(logGroupIdentifier=arn, logGroupName=group)
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.describe_log_streams()


def test_a_token_of_somebody_else_is_refused(logs, group):
    with pytest.raises(logs.exceptions.InvalidParameterException, match="The specified nextToken is invalid"):
        logs.describe_log_streams(logGroupName=group, nextToken="nonsense")


@pytest.mark.parametrize("key", [5, [], ["a", "b"], [2**70, "a"], [0]])
def test_a_token_that_nobody_was_given_is_refused(logs, group, key):
    token = base64.urlsafe_b64encode(json.dumps(key).encode()).decode()
    with pytest.raises(logs.exceptions.InvalidParameterException, match="The specified nextToken is invalid"):
        logs.describe_log_streams(logGroupName=group, nextToken=token, orderBy="LastEventTime")


def test_a_deleted_stream_is_gone_with_its_events(logs, group, put):
    put("s", "a")
    put("other", "b")
    logs.delete_log_stream(logGroupName=group, logStreamName="s")
    assert names(logs, group) == ["other"]
    assert [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]] == ["b"]
    with pytest.raises(logs.exceptions.ResourceNotFoundException, match="The specified log stream does not exist"):
        logs.delete_log_stream(logGroupName=group, logStreamName="s")
