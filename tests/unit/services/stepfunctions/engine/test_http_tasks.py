"""Tasks that call web APIs: the request that parameters and a connection come to, and what becomes of an answer."""

import json
from typing import Any

import pytest

from lambent.core.servers import Answer, Request
from lambent.services.stepfunctions.engine import http_tasks
from lambent.services.stepfunctions.engine.failures import Failure, StateFailed
from lambent.services.stepfunctions.engine.http_tasks import Additions

CONNECTION = "arn:aws:events:us-east-1:111122223333:connection/c/1"
NOTHING = Additions([], [], [])
FORM = {"RequestBodyEncoding": "URL_ENCODED"}


def request(added: Additions = NOTHING, **members: Any) -> Request:
    given = {
        "ApiEndpoint": "https://api.test/path",
        "Method": "POST",
        "Authentication": {"ConnectionArn": CONNECTION},
        **members,
    }
    return http_tasks.request(http_tasks.asked(json.dumps(given).encode()), added, "eu-west-1")


def result(status: int = 200, body: bytes = b"{}", kind: str = "application/json", *, is_whole: bool = True) -> Any:
    found = http_tasks.result(Answer(status, "Phrase", [("Content-Type", kind), ("X-A", "1"), ("x-a", "2")], body, is_whole))
    return found if isinstance(found, Failure) else json.loads(found)


def test_the_connections_values_go_before_the_tasks() -> None:
    added = Additions([("header-param", "theirs")], [("q", "theirs")], [("BodyParam", "theirs")])
    made = request(
        added,
        Headers={"Header-Param": "mine", "Request-Id": "r"},
        QueryParameters={"q": "mine", "p": [1, "a b"]},
        RequestBody={"Job": "x", "BodyParam": "mine"},
    )
    assert made.url == "https://api.test/path?p=1&p=a%20b&q=theirs"
    assert dict(made.headers) == {
        "header-param": "theirs",
        "Request-Id": "r",
        "Content-Type": "application/json; charset=UTF-8",
        "User-Agent": "Amazon|StepFunctions|HttpInvoke|eu-west-1",
        "Range": "bytes=0-262144",
    }
    assert json.loads(made.body) == {"Job": "x", "BodyParam": "theirs"}


def test_without_a_body_none_is_sent() -> None:
    made = request(Method="GET")
    assert made.body == b""
    assert "Content-Type" not in dict(made.headers)


@pytest.mark.parametrize(
    ("array_format", "expected"),
    [
        (None, "a%5B0%5D=1&a%5B1%5D=b&o%5Bx%20y%5D=true&s=a%20b&n="),
        ("INDICES", "a%5B0%5D=1&a%5B1%5D=b&o%5Bx%20y%5D=true&s=a%20b&n="),
        ("REPEAT", "a=1&a=b&o%5Bx%20y%5D=true&s=a%20b&n="),
        ("COMMAS", "a=1%2Cb&o%5Bx%20y%5D=true&s=a%20b&n="),
        ("BRACKETS", "a%5B%5D=1&a%5B%5D=b&o%5Bx%20y%5D=true&s=a%20b&n="),
    ],
)
def test_a_body_is_url_encoded_where_that_is_asked_for(array_format: str | None, expected: str) -> None:
    options = {} if array_format is None else {"RequestEncodingOptions": {"ArrayFormat": array_format}}
    body = {"a": [1, "b"], "o": {"x y": True}, "s": "a b", "n": None}
    made = request(RequestBody=body, Transform=FORM | options, Headers={"content-type": "application/x-www-form-urlencoded"})
    assert made.body.decode() == expected
    assert dict(made.headers)["content-type"] == "application/x-www-form-urlencoded"


def test_query_parameters_may_be_a_text_or_an_array() -> None:
    assert request(QueryParameters="a=1&b=2").url.endswith("?a=1&b=2")
    assert request(QueryParameters=["a=1", {"b": "c&d"}], ApiEndpoint="https://api.test/?z=1#f").url == (
        "https://api.test/?z=1&a=1&b=c%26d#f"
    )


@pytest.mark.parametrize(
    "members",
    [
        {"ApiEndpoint": "ftp://api.test"},
        {"ApiEndpoint": 1},
        {"Method": "TRACE"},
        {"Authentication": {}},
        {"Headers": {"authorization": "x"}},
        {"Headers": {"X-Amz-Date": "x"}},
        {"Headers": {"a": "b\r\nc: d"}},
        {"Headers": "x"},
        {"QueryParameters": 7},
        {"Transform": {"RequestBodyEncoding": "OTHER"}},
        {"Transform": {"RequestEncodingOptions": {"ArrayFormat": "OTHER"}}},
        {"RequestBody": [1], "Transform": FORM},
    ],
)
def test_what_cannot_be_sent_fails_the_state_for_good(members: dict[str, Any]) -> None:
    with pytest.raises(StateFailed) as caught:
        request(**members)
    assert caught.value.failure.error == "States.Runtime"


def test_a_text_cannot_be_merged_with_a_connections_body() -> None:
    assert request(RequestBody="text").body == b"text"
    with pytest.raises(StateFailed, match=r"States\.Runtime"):
        request(Additions([], [], [("a", "b")]), RequestBody="text")


def test_a_result_has_headers_body_and_status() -> None:
    assert result(201, b'{"a":1}') == {
        "Headers": {"content-type": ["application/json"], "x-a": ["1", "2"]},
        "ResponseBody": {"a": 1},
        "StatusCode": 201,
        "StatusText": "Phrase",
    }
    assert result(body=b"hi", kind="text/plain")["ResponseBody"] == "hi"
    assert result(body=b"{", kind="application/problem+json; charset=utf-8")["ResponseBody"] == "{"


def test_a_status_that_is_no_success_names_the_error() -> None:
    found = result(404, b'{"m":"gone"}')
    assert found.error == "States.Http.StatusCode.404"
    assert json.loads(found.cause)["ResponseBody"] == {"m": "gone"}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"kind": "application/octet-stream"}, "States.Runtime"),
        ({"kind": "image/png"}, "States.Runtime"),
        ({"body": b"\xff", "kind": "text/plain"}, "States.Runtime"),
        ({"is_whole": False}, "States.DataLimitExceeded"),
    ],
)
def test_what_a_state_cannot_be_given_fails_it(answer: dict[str, Any], error: str) -> None:
    assert result(**answer).error == error


def test_failures_of_connections_have_names_of_their_own() -> None:
    def name(code: str, message: str = "m") -> str | None:
        return http_tasks.connection_failure(code, message).error

    assert name("ResourceNotFoundException") == "Events.ConnectionResource.ResourceNotFound"
    assert name("InvalidConnectionStateException") == "Events.ConnectionResource.InvalidConnectionState"
    assert name("AccessDeniedException", "… perform: events:RetrieveConnectionCredentials …").endswith("AccessDenied")  # type: ignore[union-attr]
    assert name("AccessDeniedException", "… perform: states:InvokeHTTPEndpoint …") == "States.Permissions"
    assert name("Else") == "Events.ConnectionResource.InternalError"
    assert http_tasks.unreachable("r").error == "States.Http.Socket"
