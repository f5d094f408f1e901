"""Web requests and events of format 2.0: what AWS' own examples hold, and what functions may return."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from lambent.core.context import Context
from lambent.wire import web_events
from lambent.wire.http import Request
from lambent.wire.web_events import Facts, Malformed, Prelude


def facts(**more: Any) -> Facts:
    given = {
        "account": "123456789012",
        "api_id": "<urlid>",
        "domain_name": "<url-id>.lambda-url.us-west-2.on.aws",
        "domain_prefix": "<url-id>",
        "request_id": "id",
        "source_ip": "123.123.123.123",
        "at": 1583348638.390,
    }
    return Facts(**(given | more))


def told(request: Request, **more: Any) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(web_events.event(request, facts(**more)))
    return read


def test_an_event_of_a_signed_function_url_has_the_members_that_aws_documents(vectors: Path) -> None:
    recorded = json.loads((vectors / "events" / "lambdaFunctionUrlIAMEvent.json").read_text())
    headers = {"header1": "value1", "header2": "value1,value2", "cookie": "cookie1; cookie2", "user-agent": "agent"}
    headers |= {"content-type": "text/plain", "content-length": "18"}
    query = "parameter1=value1&parameter1=value2&parameter2=value"
    request = Request("POST", "/my/path", query, headers, b"Hello from client!")
    event = told(request, authorizer=recorded["requestContext"]["authorizer"], is_authentication_told=True)
    for name in ("user-agent", "content-type", "content-length"):
        del event["headers"][name]
    recorded["requestContext"]["time"] = "04/Mar/2020:19:03:58 +0000"  # AWS' page tells another day than its timeEpoch
    # A function URL has neither, and what is not there is left out.
    assert [recorded.pop(name) for name in ("pathParameters", "stageVariables")] == [None, None]
    assert event == recorded


def test_an_event_of_an_http_api_has_the_members_that_aws_documents(vectors: Path) -> None:
    recorded = json.loads((vectors / "events" / "apiGatewayProxyV2LambdaAuthorizerEvent.json").read_text())
    context = recorded["requestContext"]
    event = told(
        Request("GET", "/hello", "", {}),
        route_key="GET /hello/{id}",
        stage="prod",
        path_parameters={"id": "1"},
        stage_variables={"a": "b"},
        authorizer=context["authorizer"],
    )
    assert set(recorded) <= set(event) | {"cookies", "body", "queryStringParameters"}
    assert set(context) == set(event["requestContext"]) | (set(context) & {"authentication"})
    assert event["requestContext"]["authorizer"] == context["authorizer"]
    assert event["requestContext"]["time"] == "04/Mar/2020:19:03:58 +0000"


def test_what_a_request_lacks_its_event_leaves_out() -> None:
    event = told(Request("GET", "/", "", {}))
    assert not {"cookies", "queryStringParameters", "pathParameters", "stageVariables", "body"} & set(event)
    assert (event["rawQueryString"], event["isBase64Encoded"]) == ("", False)


def test_a_cookie_that_holds_a_comma_stays_whole() -> None:
    lines = [(b"Cookie", b"a=1,2; b=3"), (b"cookie", b"c=4")]
    event = told(Request("GET", "/", "", {"cookie": "a=1,2; b=3,c=4"}, header_lines=lines))
    assert event["cookies"] == ["a=1,2", "b=3", "c=4"]
    assert "cookie" not in event["headers"]


def test_a_query_string_is_decoded_and_what_comes_twice_is_joined() -> None:
    event = told(Request("GET", "/", "a=1&b=%C3%BC+x&a=2&empty=&bare", {}))
    assert event["queryStringParameters"] == {"a": "1,2", "b": "ü x", "empty": "", "bare": ""}
    assert event["rawQueryString"] == "a=1&b=%C3%BC+x&a=2&empty=&bare"


@pytest.mark.parametrize(
    ("content_type", "body", "is_base64"),
    [
        ("application/json; charset=utf-8", b'{"a": "\xc3\xbc"}', False),
        ("text/html", b"<p>", False),
        ("application/vnd.api+json", b"{}", False),
        ("application/x-www-form-urlencoded", b"a=1", True),
        ("multipart/form-data; boundary=x", b"--x--", True),
        ("text/plain", b"\xff", True),
        ("", b"plain", True),
    ],
)
def test_a_body_is_base64_unless_its_type_is_text(content_type: str, body: bytes, is_base64: bool) -> None:
    event = told(Request("POST", "/", "", {"content-type": content_type}, body))
    assert event["isBase64Encoded"] is is_base64
    assert (base64.b64decode(event["body"]) if is_base64 else event["body"].encode()) == body


def test_what_a_connection_header_names_concerns_that_connection_only() -> None:
    headers = {"connection": "keep-alive, X-Hop ,host", "x-hop": "1", "x-kept": "1", "host": "h"}
    assert told(Request("GET", "/", "", headers))["headers"] == {"x-kept": "1", "host": "h"}


def test_what_concerns_one_connection_only_is_not_told() -> None:
    headers = {"connection": "close", "transfer-encoding": "chunked", "x-kept": "1", "x-forwarded-for": "10.0.0.1"}
    request = Request("POST", "/", "", headers, b"abc")
    added = web_events.forwarded(request, source_ip="127.0.0.1", host="h:4566", trace_id="Root=1")
    event = json.loads(web_events.event(request, facts(), added=added))
    assert event["headers"] == {
        "x-kept": "1",
        "content-length": "3",
        "x-amzn-trace-id": "Root=1",
        "x-forwarded-for": "10.0.0.1, 127.0.0.1",
        "x-forwarded-port": "4566",
        "x-forwarded-proto": "http",
    }


@pytest.mark.parametrize(
    ("payload", "body"),
    [
        (b'{"hello": "world"}', b'{"hello":"world"}'),
        (b'["hello", 3, true]', b'["hello",3,true]'),
        (b'"hello"', b"hello"),
        (b"3.10", b"3.10"),
        (b"true", b"true"),
        (b"null", b"null"),
        (b"", b""),
    ],
)
def test_what_has_no_status_code_is_the_body(payload: bytes, body: bytes) -> None:
    response = web_events.response(payload)
    assert (response.status, response.headers, response.body) == (200, [("Content-Type", "application/json")], body)


def test_a_status_headers_cookies_and_a_binary_body_are_taken() -> None:
    returned = {
        "statusCode": "201",
        "headers": {"Content-Type": "image/png", "X-Number": 7, "X-True": True, "X-None": None, "content-length": "9999"},
        "cookies": ["a=1; Secure", "b=2"],
        "body": base64.b64encode(b"\x89PNG").decode(),
        "isBase64Encoded": True,
    }
    response = web_events.response(json.dumps(returned).encode())
    assert (response.status, response.body) == (201, b"\x89PNG")
    assert response.headers == [
        ("Content-Type", "image/png"),
        ("X-Number", "7"),
        ("X-True", "true"),
        ("X-None", ""),
        ("Set-Cookie", "a=1; Secure"),
        ("Set-Cookie", "b=2"),
    ]


def test_only_the_answer_to_a_head_tells_the_length_that_the_function_told() -> None:
    payload = b'{"statusCode": 200, "headers": {"content-length": "42"}}'
    assert web_events.response(payload, is_head=True).header("content-length") == "42"
    assert web_events.response(payload).header("content-length") is None


def test_an_answer_that_may_have_no_body_has_none() -> None:
    assert web_events.response(b'{"statusCode": 204, "body": "x"}').body == b""


def test_base64_may_stand_in_lines() -> None:
    assert web_events.response(b'{"statusCode": 200, "body": "aG\\r\\nk=\\n", "isBase64Encoded": true}').body == b"hi"


def test_what_a_functions_connection_header_names_is_not_told() -> None:
    headers = {
        "X-Hop": "1",
        "connection": "close, x-hop, content-type",
        "Content-Type": "a/b",
        "Keep-Alive": "9",
        "x-kept": "1",
    }
    response = web_events.response(json.dumps({"statusCode": 200, "headers": headers}).encode())
    assert response.headers == [("Content-Type", "a/b"), ("x-kept", "1")]


def test_a_body_that_is_no_text_is_written_as_json() -> None:
    assert web_events.response(b'{"statusCode": 200, "body": {"a": 1}}').body == b'{"a":1}'


@pytest.mark.parametrize(
    "payload",
    [
        b"no json",
        b"[" * 50_000 + b"]" * 50_000,
        b'{"statusCode": "many"}',
        b'{"statusCode": 99}',
        b'{"statusCode": 101}',
        b'{"statusCode": true}',
        b'{"statusCode": 600}',
        b'{"statusCode": 200, "headers": []}',
        b'{"statusCode": 200, "headers": {"a b": "c"}}',
        b'{"statusCode": 200, "headers": {"a": "b\\r\\nc: d"}}',
        b'{"statusCode": 200, "headers": {"a": "b\\u0001"}}',
        b'{"statusCode": 200, "headers": {"a": "b\\u007f"}}',
        b'{"statusCode": 200, "cookies": "a=b"}',
        b'{"statusCode": 200, "body": "a", "isBase64Encoded": true}',
        b'{"statusCode": 200, "body": "no base64!", "isBase64Encoded": true}',
        b'{"statusCode": 200, "body": "aGk_", "isBase64Encoded": true}',
        b'{"statusCode": 200, "body": {}, "isBase64Encoded": true}',
    ],
)
def test_what_is_no_answer_is_refused(payload: bytes) -> None:
    with pytest.raises(Malformed):
        web_events.response(payload)


def test_a_gathered_stream_is_read_by_its_prelude() -> None:
    response = web_events.response(b'{"statusCode": 201, "headers": {"x-a": "b"}}' + b"\0" * 8 + b"\xffbody")
    assert (response.status, response.header("x-a"), response.body) == (201, "b", b"\xffbody")


@pytest.mark.parametrize("size", [1, 3, 8, 1000])
def test_a_prelude_is_read_however_it_is_cut(size: int) -> None:
    stream = b'{"statusCode": 418, "headers": {"x-a": "b"}, "cookies": ["c=d"]}' + b"\0" * 8 + b"\0body"
    prelude, found, rest = Prelude(), None, b""
    for at in range(0, len(stream), size):
        chunk = stream[at : at + size]
        if found is None:
            found = prelude.feed(chunk)
        else:
            rest += chunk
    assert found is not None
    metadata, first = found
    assert first + rest == b"\0body"
    status, headers = web_events.prelude_head(metadata)
    assert status == 418
    assert headers == [("x-a", "b"), ("Content-Type", "application/octet-stream"), ("Set-Cookie", "c=d")]


def test_a_prelude_without_an_end_is_refused() -> None:
    with pytest.raises(Malformed):
        Prelude().feed(b"x" * 200_000)


def test_a_prelude_that_is_no_object_is_refused() -> None:
    with pytest.raises(Malformed):
        Prelude().feed(b"[]" + b"\0" * 8)


def test_all_values_of_a_header_are_found() -> None:
    assert web_events.header_values([("Vary", "a"), ("x", "y"), ("vary", "b")], "VARY") == ["a", "b"]


@pytest.mark.parametrize(
    ("method", "headers", "is_one"),
    [
        ("OPTIONS", {"origin": "https://a.example", "access-control-request-method": "GET"}, True),
        ("GET", {"origin": "https://a.example", "access-control-request-method": "GET"}, False),
        ("OPTIONS", {"origin": "https://a.example"}, False),
        ("OPTIONS", {"access-control-request-method": "GET"}, False),
    ],
)
def test_a_preflight_says_from_where_and_for_what(method, headers, is_one):
    assert web_events.is_preflight(Request(method, "/", "", headers)) is is_one


def test_a_host_without_a_port_is_that_of_http():
    request = Request("GET", "/", "", {})

    assert web_events.forwarded(request, source_ip="ip", host="a.example", trace_id="t")["x-forwarded-port"] == "80"


def test_who_signed_is_told_as_iam_knows_it():
    caller = Context("111122223333", "us-east-1", "id", "arn", "http://localhost", "AKIA1")

    identity = web_events.iam_identity(caller, {"UserId": "AIDA1", "Account": "111122223333", "Arn": "arn"})

    shown = [identity[name] for name in ("accessKey", "accountId", "callerId", "userId", "userArn")]
    assert shown == ["AKIA1", "111122223333", "AIDA1", "AIDA1", "arn"]
