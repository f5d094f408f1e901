"""Lines of access logs have the form that the stage's format gives them."""

import json

import pytest

from lambent.core.ports import LogStreamName
from lambent.services.apigateway.engine.access_log import (
    LineFormat,
    log_stream,
    refusal_of_destination,
    refusal_of_format,
    refusal_of_variables,
)

VALUES = {
    "requestId": "id=",
    "identity.sourceIp": "127.0.0.1",
    "status": "200",
    "authorizer.claims.sub": "ann",
    "routeKey": "GET /a",
    "error.message": "",
}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{ "requestId":"$context.requestId", "ip": "$context.identity.sourceIp", "status":"$context.status" }',
         '{ "requestId":"id=", "ip": "127.0.0.1", "status":"200" }'),
        ('$context.identity.sourceIp - - [x]"$context.routeKey $context.protocol" $context.status',
         '127.0.0.1 - - [x]"GET /a -" 200'),
        ("$context.requestId,$context.status.", "id=,200."),
        ("$context.authorizer.claims.sub", "ann"),
        ("$context.error.message", "-"),
        ("no variables", "no variables"),
    ],
)  # fmt: skip
def test_variables_are_replaced_and_what_has_no_value_is_a_dash(text, line):
    assert LineFormat(text).render(VALUES.get) == line


def test_a_format_of_json_gives_json():
    assert json.loads(LineFormat('{"s":$context.status}').render(VALUES.get)) == {"s": 200}


def test_what_a_visitor_sent_cannot_leave_its_text_or_its_line():
    lookup = {"identity.userAgent": 'x", "status": "200', "path": "/a\nb", "error.messageString": '"Not Found"'}.get
    line = LineFormat(
        '{"agent":"$context.identity.userAgent","path":"$context.path","error":$context.error.messageString}'
    ).render(lookup)

    assert json.loads(line) == {"agent": 'x", "status": "200', "path": "/a\nb", "error": "Not Found"}
    assert LineFormat("$context.path $context.status").render(lookup) == "/a b -"


@pytest.mark.parametrize("suffix", ["", ":*"])
def test_a_destination_is_a_log_group_in_its_own_account_and_region(suffix):
    arn = f"arn:aws:logs:eu-west-1:111122223333:log-group:/apis/one{suffix}"

    assert log_stream(arn, "abc", "$default") == LogStreamName("111122223333", "eu-west-1", "/apis/one", "abc/$default")


@pytest.mark.parametrize("arn", ["", "arn:aws:firehose:us-east-1:111122223333:deliverystream/amazon-apigateway-x"])
def test_what_is_no_log_group_gets_no_lines(arn):
    assert log_stream(arn, "abc", "prod") is None


@pytest.mark.parametrize(
    ("arn", "is_refused"),
    [
        ("arn:aws:logs:us-east-1:111122223333:log-group:/apis/one", False),
        ("arn:aws:logs:us-east-1:111122223333:log-group:/apis/one:*", False),
        ("arn:aws:firehose:us-east-1:111122223333:deliverystream/amazon-apigateway-x", False),
        ("arn:aws:firehose:us-east-1:111122223333:deliverystream/x", True),
        ("arn:aws:logs:us-east-1:111122223333:log-group:", True),
        ("arn:aws:s3:::bucket", True),
        ("/apis/one", True),
    ],
)
def test_a_destination_is_a_log_group_or_a_delivery_stream_of_api_gateway_s(arn, is_refused):
    assert refusal_of_destination(arn) == ("Invalid ARN specified in the request" if is_refused else None)


def test_a_format_is_one_line():
    assert refusal_of_format("$context.requestId\n") is refusal_of_format("$context.requestId") is None
    reason = "Access Log format must be single line, new line character is allowed only at end of the format: 'a\nb'"
    assert refusal_of_format("a\nb") == reason


def test_a_format_has_3_kilobytes_at_most():
    longest = "$context.requestId".ljust(3_072)
    assert refusal_of_format(longest) is None
    assert refusal_of_format(longest + " ") == "Access Log format has at most 3072 bytes"


@pytest.mark.parametrize(
    ("text", "is_refused"),
    [
        ("$context.requestId", False),
        ('{"id":"$context.extendedRequestId"}', False),
        ("$context.status", True),
        ("requestId", True),
        ("$context.requestIdentity", True),
        ("$context.integration.requestId", True),
    ],
)
def test_a_format_tells_lines_apart_by_the_id_of_the_request(text, is_refused):
    reason = f"Access Log format must include either $context.requestId or $context.extendedRequestId : '{text}'"
    assert refusal_of_format(text) == (reason if is_refused else None)


def test_a_format_of_an_http_api_names_what_such_an_api_tells_only():
    known = "$context.requestId $context.authorizer.claims.sub $context.identity.userArn $context.integration.error"
    assert refusal_of_variables(known) is None
    assert refusal_of_variables("$context.requestId $context.xrayTraceId $context.identity.apiKey") == (
        "The following context variables are not supported: [$context.xrayTraceId, $context.identity.apiKey]"
    )
