"""Events as web requests, and answers in the form that their senders take."""

import base64
import json
from urllib.parse import unquote

import pytest
from tests.unit.environments.inside.events import payload_1, payload_2


@pytest.fixture
def read(inside):
    return inside("web_requests").read


def test_payload_2_is_told_in_full(read):
    event = payload_2(
        "POST",
        "/a%20b/%C3%A9",
        query="a=1&a=2&b=%20",
        headers={"x-many": "1,2", "host": "h:8443"},
        cookies=["a=1", "b=2"],
        body="aGk=",
        isBase64Encoded=True,
    )
    request = read(event)
    assert (request.method, request.path, request.raw_path, request.query) == (
        "POST",
        "/a b/é",
        "/a%20b/%C3%A9",
        "a=1&a=2&b=%20",
    )
    assert ("x-many", "1,2") in request.headers
    assert request.headers[-1] == ("cookie", "a=1; b=2")
    assert (request.body, request.scheme, request.server, request.client) == (b"hi", "https", ("h", 8443), ("192.0.2.7", 0))
    assert (request.version, request.root_path, request.is_web) == ("1.1", "", True)


@pytest.mark.parametrize(
    ("path", "stage", "root"),
    [("/prod/items", "prod", "/prod"), ("/prod", "prod", "/prod"), ("/products", "prod", ""), ("/items", "$default", "")],
)
def test_a_stage_that_begins_the_path_is_where_the_application_is_mounted(read, path, stage, root):
    request = read(payload_2(path=path, stage=stage))
    assert (request.path, request.root_path) == (path, root)


@pytest.mark.parametrize(
    ("path", "whole", "seen", "root"),
    [
        ("/items", "/prod/items", "/prod/items", "/prod"),  # a REST API
        ("/prod/items", "/prod/items", "/prod/items", "/prod"),  # an HTTP API
        ("/", "/prod/", "/prod/", "/prod"),
        ("/items", "/v1/items", "/v1/items", "/v1"),  # a domain name's base path
        ("/items", "/items", "/items", ""),
    ],
)
def test_payload_1_tells_the_mount_by_two_paths(read, path, whole, seen, root):
    request = read(payload_1(path=path, whole_path=whole))
    assert (request.path, request.root_path) == (seen, root)


def test_payload_1_tells_each_value(read):
    request = read(payload_1(parameters={"a": ["1", "2 3"], "b": [""]}, headers={"X-Many": ["1", "2"]}))
    assert request.query == "a=1&a=2+3&b="
    assert request.headers == [("x-many", "1"), ("x-many", "2")]


def test_a_load_balancer_decodes_no_parameters_and_puts_the_visitor_last(read):
    event = payload_1(headers=None)
    event["requestContext"] = {"elb": {"targetGroupArn": "arn"}}
    event |= {"headers": {"X-Forwarded-For": "10.0.0.1, 192.0.2.9"}, "queryStringParameters": {"a": "%20"}}
    del event["multiValueHeaders"]
    request = read(event)
    assert (request.query, request.client) == ("a=%20", ("192.0.2.9", 0))
    cookies = [("set-cookie", "a=1"), ("set-cookie", "b=2"), ("Content-Type", "text/plain")]
    assert request.answer(404, cookies, b"no") == {
        "statusCode": 404,
        "statusDescription": "404 Not Found",
        "headers": {"content-type": "text/plain", "set-cookie": "a=1", "Set-cookie": "b=2"},
        "body": "no",
        "isBase64Encoded": False,
    }


def test_every_event_of_aws_is_a_request(read, vectors):
    for path in sorted((vectors / "events").glob("*.json")):
        event = json.loads(path.read_text())
        if isinstance(event, dict) and event.get("body") == "Hello from Lambda!":
            event["isBase64Encoded"] = False  # whoever wrote this one down says that it were
        request = read(event)
        context = event.get("requestContext") if isinstance(event, dict) else None
        if isinstance(context, dict) and ("httpMethod" in event or "http" in context):
            assert request.is_web, path.name
        if isinstance(event, dict) and "Records" in event:
            assert not request.is_web, path.name
        assert request.path.startswith("/"), path.name
        assert request.answer(200, [("content-type", "application/json")], b'{"a":1}'), path.name


def test_an_event_of_another_kind_is_a_post_to_one_path(read, monkeypatch):
    request = read({"Records": [{"eventSource": "aws:sqs"}]})
    assert (request.method, request.path, request.is_web) == ("POST", "/events", False)
    assert json.loads(request.body) == {"Records": [{"eventSource": "aws:sqs"}]}
    assert ("content-type", "application/json") in request.headers
    assert request.answer(200, [], b'{"batchItemFailures":[]}') == {"batchItemFailures": []}
    assert request.answer(200, [], b"text") == "text"
    assert request.answer(204, [], b"") is None
    monkeypatch.setenv("AWS_LWA_PASS_THROUGH_PATH", "/inbox")
    assert read("text").path == "/inbox"


def test_an_event_of_a_web_socket_is_a_post_whose_status_counts(read):
    request = read({"requestContext": {"connectionId": "c", "eventType": "CONNECT", "stage": "prod"}, "isBase64Encoded": False})
    assert (request.method, request.path, request.is_web) == ("POST", "/events", False)
    assert request.answer(403, [], b"")["statusCode"] == 403


def test_answers_of_payload_2_join_headers_but_not_cookies(read):
    headers = [("Set-Cookie", "a=1, x"), ("set-cookie", "b=2"), ("Vary", "a"), ("vary", "b"), ("content-type", "image/png")]
    answer = read(payload_2()).answer(200, headers, b"\x89PNG")
    assert answer == {
        "statusCode": 200,
        "headers": {"vary": "a,b", "content-type": "image/png"},
        "cookies": ["a=1, x", "b=2"],
        "body": base64.b64encode(b"\x89PNG").decode(),
        "isBase64Encoded": True,
    }


def test_answers_of_payload_1_tell_each_value(read):
    headers = [("Set-Cookie", "a=1"), ("set-cookie", "b=2"), ("set-cookie", "c=3"), ("content-type", "text/plain")]
    answer = read(payload_1()).answer(200, headers, b"x")
    assert answer["headers"] == {"content-type": "text/plain"}
    assert answer["multiValueHeaders"] == {"set-cookie": ["a=1", "b=2", "c=3"]}


@pytest.mark.parametrize(
    ("headers", "body", "is_base64"),
    [
        ([("content-type", "application/problem+json; charset=utf-8")], b"{}", False),
        ([("content-type", "image/svg+xml")], b"<svg/>", False),
        ([("content-type", "text/html")], b"\xff", True),
        ([("content-type", "text/html"), ("content-encoding", "gzip")], b"ascii", True),
        ([("content-type", "application/octet-stream")], b"ascii", True),
        ([], "é".encode(), False),
        ([("content-type", "application/octet-stream")], b"", False),
    ],
)
def test_what_is_no_text_is_base64(read, headers, body, is_base64):
    answer = read(payload_2()).answer(200, headers, body)
    assert answer["isBase64Encoded"] is is_base64
    assert (base64.b64decode(answer["body"]) if is_base64 else answer["body"].encode()) == body


def test_a_path_that_an_event_tells_decoded_is_encoded_for_who_wants_it_raw(inside, read):
    as_sent = inside("web_requests").as_sent
    assert as_sent(read(payload_2(path="/a b/é")).raw_path) == "/a%20b/%C3%A9"
    assert as_sent("/a%2Fb") == "/a%2Fb"


@pytest.mark.parametrize("path", ["/%61dmin", "/a?b#c", "/100%", "/a\nb", "/a b/é", "/a-b_c.d~e/(1)"])
@pytest.mark.parametrize("stage", ["", "/prod"])
def test_the_path_that_an_api_has_decoded_is_not_decoded_again(inside, read, path, stage):
    as_sent = inside("web_requests").as_sent
    event_2 = payload_2(path=stage + path, stage=stage[1:] or "$default")
    event_2["requestContext"] |= {"apiId": "abcdef1234", "accountId": "111122223333"}
    event_1 = payload_1(path=path, whole_path=stage + path)
    event_1["requestContext"] |= {"apiId": "abcdef1234"}

    for request in (read(event_2), read(event_1)):
        assert (request.path, request.root_path) == (stage + path, stage)
        assert unquote(as_sent(request.raw_path)) == stage + path
        assert not {"?", "#", "\n", " "} & set(as_sent(request.raw_path))


@pytest.mark.parametrize("context", [{"accountId": "anonymous"}, {"accountId": "111122223333", "authentication": None}])
def test_the_path_of_a_function_url_is_as_it_was_sent(read, context):
    event = payload_2(path="/a%2Fb%2561")
    event["requestContext"] |= {"apiId": "a" * 32, **context}

    assert (read(event).raw_path, read(event).path) == ("/a%2Fb%2561", "/a/b%61")
