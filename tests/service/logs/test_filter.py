"""FilterLogEvents and TestMetricFilter through boto3."""

import json

import pytest


def messages(logs, group, **wanted):
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, **wanted)
    return [event["message"] for page in pages for event in page["events"]]


def test_events_of_all_streams_come_interleaved_in_order_of_time(logs, group, put, now_ms):
    put("a", "1", "4")
    put("b", "2", at_ms=0)
    put("c", "3", at_ms=1)
    reply = logs.filter_log_events(logGroupName=group)
    assert [event["timestamp"] - now_ms for event in reply["events"]] == [0, 0, 1, 1]
    assert [event["logStreamName"] for event in reply["events"]] == ["a", "b", "a", "c"]
    assert len({event["eventId"] for event in reply["events"]}) == 4
    assert reply["searchedLogStreams"] == []
    assert "nextToken" not in reply


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("ERROR", ["ERROR boom"]),
        ("?ERROR ?WARN", ["ERROR boom", "WARN careful"]),
        ("-boom -careful", ['{"level": "INFO", "ms": 12}', '{"level": "SEVERE", "ms": 900}']),
        ('"RROR b"', ["ERROR boom"]),
        ('{ $.level = "SEVERE" && $.ms > 500 }', ['{"level": "SEVERE", "ms": 900}']),
        ("{ $.ms NOT EXISTS }", []),
        ("[w1 = WARN || w1 = ERROR, w2]", ["ERROR boom", "WARN careful"]),
        ("%b[o]{2}m$%", ["ERROR boom"]),
    ],
)
def test_patterns_choose_events(logs, group, put, pattern, found):
    put("s", "ERROR boom", "WARN careful", json.dumps({"level": "INFO", "ms": 12}), json.dumps({"level": "SEVERE", "ms": 900}))
    assert messages(logs, group, filterPattern=pattern) == found


def test_a_pattern_that_is_none_is_refused_in_the_words_of_aws(logs, group):
    with pytest.raises(logs.exceptions.InvalidParameterException) as refused:
        logs.filter_log_events(logGroupName=group, filterPattern="Status: timeout")
    assert refused.value.response["Error"]["Message"] == "Invalid character(s) in term ':'"


def test_streams_are_chosen_by_names_or_by_a_prefix(logs, group, put):
    for name in ("a1", "a2", "b1"):
        put(name, name)
    assert messages(logs, group, logStreamNames=["a1", "b1"]) == ["a1", "b1"]
    assert messages(logs, group, logStreamNamePrefix="a") == ["a1", "a2"]
    with pytest.raises(logs.exceptions.InvalidParameterException):
        messages(logs, group, logStreamNamePrefix="a", logStreamNames=["a1"])
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        messages(logs, group, logStreamNames=["none"])


def test_pages_follow_one_another_without_gaps(logs, group, put):
    for name in ("a", "b", "c"):
        put(name, *(f"{name}{number}" for number in range(10)))
    paged = messages(logs, group, PaginationConfig={"PageSize": 7})
    assert paged == messages(logs, group)
    assert len(paged) == 30


def test_a_span_of_time_includes_its_end(logs, group, put, now_ms):
    put("s", *(f"{number}" for number in range(5)))
    assert messages(logs, group, startTime=now_ms + 1, endTime=now_ms + 3) == ["1", "2", "3"]


def test_the_latest_events_come_first_when_asked_for(logs, group, put):
    put("s", *(f"{number}" for number in range(5)))
    assert messages(logs, group, startFromHead=False, PaginationConfig={"PageSize": 2}) == ["4", "3", "2", "1", "0"]


def test_a_group_that_is_not_there_is_told(logs):
    with pytest.raises(logs.exceptions.ResourceNotFoundException, match="The specified log group does not exist"):
        logs.filter_log_events(logGroupName="none")


def test_a_metric_filter_is_tried_on_samples(logs):
    line = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'
    reply = logs.test_metric_filter(filterPattern="[..., status=4*, bytes]", logEventMessages=["one two 200 1", line])
    [match] = reply["matches"]
    assert (match["eventNumber"], match["eventMessage"]) == (2, line)
    assert match["extractedValues"]["$status"] == "404"


def test_a_line_that_is_nested_too_deep_is_no_json_and_hides_no_other(logs, group, put):
    put("a", "[" * 50_000, '{"a": 1}')
    assert messages(logs, group, filterPattern="{ $.a = 1 }") == ['{"a": 1}']


def test_a_pattern_that_is_nested_too_deep_is_refused(logs, group):
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.filter_log_events(logGroupName=group, filterPattern="{" + "(" * 500 + "$.a = 1" + ")" * 500 + "}")


def test_a_time_may_be_as_late_as_a_number_can_be(logs, group, put):
    put("a", "1")
    assert messages(logs, group, endTime=2**63 - 1) == ["1"]
    assert len(logs.get_log_events(logGroupName=group, logStreamName="a", endTime=2**63 - 1)["events"]) == 1
