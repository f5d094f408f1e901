"""The command's own HTTP client, against a server that says what it is told to."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from lambent.cli.client import Client, Identity
from lambent.cli.failures import NoPlatform, Refused
from lambent.wire import sigv4
from lambent.wire.http import Request

IDENTITY = Identity("111122223333", "secret", "token")


class Fake:
    """Answers every request alike and remembers them."""

    def __init__(self) -> None:
        self.status, self.headers, self.body = 200, {}, b"{}"
        self.seen: list[Request] = []
        self.closes_after_each = False
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                path, _, query = self.path.partition("?")
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                fake.seen.append(Request(self.command, path, query, headers, body))
                self.send_response(fake.status)
                for name, value in fake.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(fake.body)))
                self.end_headers()
                self.wfile.write(fake.body)
                # Without a word about it, as a server does whose keep-alive time is over.
                self.close_connection = fake.closes_after_each

            do_GET = do_POST = answer  # noqa: N815

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def fake() -> Iterator[Fake]:
    fake = Fake()
    thread = threading.Thread(target=fake.server.serve_forever, args=(0.01,))
    thread.start()
    yield fake
    fake.server.shutdown()
    fake.server.server_close()
    thread.join()


@pytest.fixture
def client(fake: Fake) -> Iterator[Client]:
    client = Client(fake.url, IDENTITY, "eu-west-1")
    yield client
    client.close()


def test_requests_are_signed_for_their_service_and_region(fake, client):
    client.rest("lambda", "POST", "/2015-03-31/functions", query={"Marker": "a b/c"}, body=b'{"x": 1}')
    request = fake.seen[0]
    signature = sigv4.read(request)
    assert signature is not None
    assert (signature.scope.access_key_id, signature.scope.region, signature.scope.service) == (
        "111122223333",
        "eu-west-1",
        "lambda",
    )
    assert signature.session_token == "token"
    digest = sigv4.expected(
        request, signature, secret_access_key="secret", payload_sha256=sigv4.hashlib.sha256(b'{"x": 1}').hexdigest()
    )
    assert digest == signature.digest


def test_a_connection_is_kept(fake, client):
    client.plain("GET", "/a")
    first = client._connection
    client.plain("GET", "/b")
    assert client._connection is first


def test_a_kept_connection_that_the_other_side_closed_is_made_anew(fake, client):
    fake.closes_after_each = True
    for path in ("/a", "/b", "/c"):
        assert client.plain("GET", path).status == 200


def test_an_invocation_is_never_sent_twice(fake, client):
    fake.closes_after_each = True
    client.plain("GET", "/a")
    with pytest.raises(NoPlatform, match="closed the connection"):
        client.rest("lambda", "POST", "/2015-03-31/functions/f/invocations")
    assert len(fake.seen) == 1


XML = b"<Error><Code>NoSuchKey</Code><Message>what</Message></Error>"
ERRORS = {
    "rest-json": (
        {"x-amzn-errortype": "TooManyRequestsException:http://x"},
        b'{"Message": "slow"}',
        "TooManyRequestsException",
        "slow",
    ),
    "json": (
        {},
        b'{"__type": "com.amazonaws#InvalidParameterException", "message": "bad"}',
        "InvalidParameterException",
        "bad",
    ),
    "query": ({}, b"<ErrorResponse xmlns='x'>" + XML + b"</ErrorResponse>", "NoSuchKey", "what"),
    "rest-xml": ({}, b"<?xml version='1.0'?>" + XML, "NoSuchKey", "what"),
    "nothing": ({}, b"", "HTTP 400", ""),
    "something else": ({}, b"not json", "HTTP 400", ""),
}


@pytest.mark.parametrize(("headers", "body", "code", "message"), ERRORS.values(), ids=ERRORS)
def test_errors_of_every_protocol_are_understood(fake, client, headers, body, code, message):
    fake.status, fake.headers, fake.body = 400, headers, body
    with pytest.raises(Refused) as refused:
        client.rest("lambda", "GET", "/")
    assert (refused.value.code, refused.value.status) == (code, 400)
    assert refused.value.message == (f"{code}: {message}" if message else code)


def test_a_query_services_result_is_unwrapped(fake, client):
    user = b"<GetUserResult><User><UserName>ada</UserName></User></GetUserResult>"
    fake.body = b"<GetUserResponse xmlns='https://iam'>" + user + b"</GetUserResponse>"
    assert client.iam("GetUser", UserName="ada").findtext("User/UserName") == "ada"
    assert fake.seen[0].body == b"Action=GetUser&Version=2010-05-08&UserName=ada"


def test_logs_operations_are_named_by_header(fake, client):
    fake.body = b'{"events": []}'
    assert client.logs("FilterLogEvents", {"logGroupName": "g"}) == {"events": []}
    assert fake.seen[0].headers["x-amz-target"] == "Logs_20140328.FilterLogEvents"


def test_where_nothing_listens_the_advice_is_to_start_a_platform():
    with pytest.raises(NoPlatform) as failure:
        Client("http://127.0.0.1:9", IDENTITY, "us-east-1").plain("GET", "/")
    assert "lambent start" in failure.value.advice


@pytest.mark.parametrize(
    ("status", "body"), [(404, b"<html>not <b>here</html>"), (200, b"[]"), (200, b'{"status": "ok"}'), (200, b"\xff")]
)
def test_another_server_is_not_taken_for_a_platform(fake, client, status, body):
    fake.status, fake.body = status, body
    with pytest.raises(NoPlatform, match="is no Lambent"):
        client.health()


def test_an_error_in_html_is_told_by_its_status(fake, client):
    fake.status, fake.body = 501, b"<html><p>what?</html>"
    with pytest.raises(Refused, match="HTTP 501"):
        client.rest("lambda", "GET", "/2015-03-31/functions/")


def test_what_does_not_speak_http_is_no_platform():
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def talk() -> None:
            connection, _ = listening.accept()
            connection.recv(1_000)
            connection.sendall(b"SSH-2.0-other\r\n")
            connection.close()

        thread = threading.Thread(target=talk)
        thread.start()
        with pytest.raises(NoPlatform, match="does not speak HTTP"):
            Client(f"http://127.0.0.1:{listening.getsockname()[1]}", IDENTITY, "us-east-1").health()
        thread.join()
