"""What functions return in format 1.0 becomes an answer, or is found to be none."""

import json

import pytest

from lambent.services.apigateway.engine import replies
from lambent.wire.web_events import Malformed


def shaped(returned, **options):
    return replies.response(json.dumps(returned).encode(), default_type="text/plain", **options)


def test_status_headers_and_body_are_those_that_the_function_gave():
    answer = shaped({"statusCode": 201, "headers": {"X-A": "1", "X-N": 2}, "body": "hi"})

    assert (answer.status, answer.body) == (201, b"hi")
    assert answer.headers == [("X-A", "1"), ("X-N", "2"), ("Content-Type", "text/plain")]


def test_headers_with_several_values_are_told_once_each_and_win_over_those_with_one():
    several = {"X-A": ["1", "2"], "Set-Cookie": ["c=1", "d=2"]}

    answer = shaped({"statusCode": "200", "headers": {"x-a": "lost", "b": "kept"}, "multiValueHeaders": several})

    assert answer.headers[:5] == [("b", "kept"), ("X-A", "1"), ("X-A", "2"), ("Set-Cookie", "c=1"), ("Set-Cookie", "d=2")]


def test_a_content_type_among_the_headers_with_several_values_is_not_told_twice():
    answer = shaped(
        {"statusCode": 200, "multiValueHeaders": {"content-type": ["image/png"]}, "body": "aGk=", "isBase64Encoded": True}
    )

    assert answer.headers == [("content-type", "image/png")]
    assert answer.body == b"hi"


def test_cookies_are_of_the_other_format():
    assert shaped({"statusCode": 200, "cookies": ["a=1"]}).header("set-cookie") is None


def test_headers_may_be_told_under_other_names_but_those_of_a_connection_are_not_told():
    several = {"Connection": ["close", "X-Hop"], "X-Hop": ["1"], "Date": ["then"]}
    answer = shaped({"statusCode": 200, "multiValueHeaders": several}, told_as=lambda name: f"y-{name}")
    told = [("y-Connection", "close"), ("y-Connection", "X-Hop"), ("y-Date", "then"), ("Content-Type", "text/plain")]
    assert answer.headers == told


@pytest.mark.parametrize(
    "payload",
    [b"", b"nonsense", b"[" * 50_000 + b"]" * 50_000,
     b"null", b'"text"', b"[]", b'{"body": "x"}', b'{"statusCode": null}', b'{"statusCode": "x"}',
     b'{"statusCode": 200, "headers": []}', b'{"statusCode": 200, "multiValueHeaders": {"a": "b"}}',
     b'{"statusCode": 200, "multiValueHeaders": []}', b'{"statusCode": 200, "headers": {"a b": "c"}}'],
)  # fmt: skip
def test_anything_else_is_malformed(payload):
    with pytest.raises(Malformed):
        replies.response(payload, default_type="text/plain")
