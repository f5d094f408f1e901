"""Filter criteria: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html."""

import json

import pytest

from lambent.durable.followers.filters import Filters


def admits(pattern: object, body: str, **record: object) -> bool:
    return Filters([json.dumps(pattern)], data_key="body").admit({"body": body, **record})


def test_without_filters_everything_goes_on():
    assert Filters([], data_key="body").admit({"body": "anything"})


@pytest.mark.parametrize(
    ("pattern", "body", "goes_on"),
    [
        ({"body": {"a": [1]}}, '{"a": 1}', True),
        ({"body": {"a": [1]}}, '{"a": 2}', False),
        ({"body": {"a": [{"exists": False}]}}, '{"b": 2}', True),
        ({"body": {"a": [1]}}, "plain", False),
        ({"body": {"a": [1]}}, '{"a": 1', False),
        ({"body": ["plain"]}, "plain", True),
        ({"body": ["plain"]}, "other", False),
        ({"body": [{"prefix": "{"}]}, '{"a": 1}', False),
    ],
)
def test_a_body_is_looked_into_where_both_are_json_and_compared_where_both_are_text(pattern, body, goes_on):
    assert admits(pattern, body) is goes_on


def test_a_filter_without_a_body_looks_at_the_rest_whatever_the_body_is():
    pattern = {"messageAttributes": {"kind": {"stringValue": ["good"]}}}
    for body in ("plain", '{"a": 1}'):
        assert admits(pattern, body, messageAttributes={"kind": {"stringValue": "good"}})
        assert not admits(pattern, body, messageAttributes={"kind": {"stringValue": "bad"}})


def test_one_of_the_filters_is_enough():
    either = Filters([json.dumps({"body": ["a"]}), json.dumps({"body": ["b"]})], data_key="body")
    assert [either.admit({"body": body}) for body in "abc"] == [True, True, False]


def test_a_record_stays_as_it_is():
    record = {"body": '{"a": 1}'}
    Filters([json.dumps({"body": {"a": [1]}})], data_key="body").admit(record)
    assert record == {"body": '{"a": 1}'}


def test_a_nameless_member_of_a_pattern_is_no_place_of_data():
    """Of a source whose records hold no text: the name of the member that holds it is empty."""
    assert not Filters(['{"": ["x"]}'], data_key="").admit({"dynamodb": {}})
