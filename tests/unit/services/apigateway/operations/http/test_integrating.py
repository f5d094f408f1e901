"""Servers elsewhere and operations of services answer for routes."""

import asyncio
import json
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from lambent.core.errors import ServiceError
from lambent.services.apigateway.engine.http import routing
from lambent.services.apigateway.engine.http.mapping import Outgoing
from lambent.services.apigateway.engine.records import Integration, Route
from lambent.services.apigateway.operations.http import integrating
from lambent.wire.http import Request

ROLE = "arn:aws:iam::111122223333:role/r"


class Server:
    """Answers each request with what it was sent, or as it is told to."""

    def __init__(self) -> None:
        self.url = ""
        self.answer = b""
        self.seen: list[tuple[bytes, bytes]] = []
        self.is_silent = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        self.seen.append((head, await reader.readexactly(int(length[0])) if length else b""))
        if not self.is_silent:
            writer.write(self.answer or b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nDate: x\r\nConnection: close\r\n\r\nok")
            await writer.drain()
        writer.close()

    @property
    def lines(self) -> list[str]:
        return self.seen[-1][0].decode().split("\r\n")


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    running = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}"
    yield made
    running.close()


async def proxied(world: Any, key: str, uri: str, method: str = "ANY", **fields: Any) -> None:
    given = Integration("web", "HTTP_PROXY", uri, method, **fields)
    await world.publish(Route("r", key, target="integrations/web"), integrations=(given,), variables={"v": "x"})


async def test_a_request_is_handed_on_to_the_server(world, server):
    await proxied(world, "ANY /web/{proxy+}", f"{server.url}/base/${{stageVariables.v}}/{{proxy}}")

    answer = await world.visit("POST", "/web/a%20b/c?q=1", {"Host": "h", "X-A": "1", "Connection": "close", "TE": "x"}, b"body")

    assert (answer.status, answer.body) == (200, b"ok")
    assert [name.lower() for name, _ in answer.headers] == ["apigw-requestid"]
    assert server.lines[0] == "POST /base/x/a%20b/c?q=1 HTTP/1.1"
    assert "X-A: 1" in server.lines
    assert f"Host: {server.url.removeprefix('http://')}" in server.lines
    assert [line for line in server.lines if line.lower().startswith("forwarded:")] == [
        "forwarded: by=192.0.2.7;for=192.0.2.7;host=abcdef1234.execute-api.localhost:4566;proto=http"
    ]
    assert not [line for line in server.lines if line.startswith("TE") or line == "Connection: close"]
    assert server.seen[-1][1] == b"body"


@pytest.mark.parametrize("path", ["/web/%2E%2E/secret?q=..", "/web/a/../../secret?q=..", "/web/./a?q=..", "/web/..%2f?q=.."])
async def test_a_path_does_not_lead_out_of_where_its_route_leads(world, server, path):
    await proxied(world, "ANY /web/{proxy+}", f"{server.url}/base/{{proxy}}")

    await world.get(path)

    assert server.lines[0].startswith(f"GET /base/{routing.decoded(path.partition('?')[0]).removeprefix('/web/')}?q=..")


async def test_mappings_change_what_is_sent_and_what_comes_back(world, server):
    await proxied(
        world, "GET /a", f"{server.url}/x?fixed=1", "PUT",
        request_parameters={"overwrite:path": "/new/${request.header.x-a}", "append:querystring.q": "2"},
        response_parameters={"200": {"overwrite:statuscode": "202", "append:header.y": "$response.header.z"}},
    )  # fmt: skip
    server.answer = b"HTTP/1.1 200 OK\r\nz: 1\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\nbody"

    answer = await world.get("/a", {"X-A": "p"})

    assert (answer.status, answer.body, answer.header("y")) == (202, b"body", "1")
    assert [value for name, value in answer.headers if name.lower() == "set-cookie"] == ["a", "b"]
    assert server.lines[0] == "PUT /new/p?fixed=1&q=2 HTTP/1.1"


async def test_a_long_answer_comes_in_pieces(world, server):
    await proxied(world, "GET /a", server.url)
    server.answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"

    answer = await world.get("/a")

    assert b"".join([piece async for piece in answer.body]) == b"abcde"


async def test_an_answer_of_two_lengths_is_as_long_as_its_chunks(world, server):
    await proxied(world, "GET /a", server.url)
    server.answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 99999\r\n\r\n3\r\nabc\r\n0\r\n\r\n"

    answer = await world.get("/a")

    assert (answer.header("content-length"), b"".join([piece async for piece in answer.body])) == (None, b"abc")


async def test_a_server_that_would_speak_another_protocol_is_unavailable(world, server):
    await proxied(world, "GET /a", server.url)
    server.answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"
    assert (await world.get("/a", {"Upgrade": "x", "Connection": "upgrade"})).status == 503


async def test_what_a_servers_connection_names_is_not_handed_on(world, server):
    await proxied(world, "GET /a", server.url)
    server.answer = b"HTTP/1.1 200 OK\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nX-A: 1\r\nContent-Length: 0\r\n\r\n"
    assert [name for name, _ in (await world.get("/a")).headers] == ["x-a", "apigw-requestid"]


async def test_a_server_that_cannot_be_reached_is_unavailable(world, server):
    await proxied(world, "GET /a", "http://127.0.0.1:1/")
    assert (await world.get("/a")).status == 503

    server.is_silent = True
    await proxied(world, "GET /a", server.url)
    assert (await world.get("/a")).status == 503


@pytest.mark.parametrize("uri", ["http://", "ftp://a.example", "nonsense"])
async def test_what_is_no_url_is_an_internal_error(world, uri):
    await proxied(world, "GET /a", uri)

    assert (await world.get("/a")).status == 500


@pytest.mark.parametrize(
    ("url", "fields", "outgoing_path", "expected"),
    [
        ("http://a/x/{id}", {}, None, "http://a/x/1?q=1"),
        ("http://a/x/{id+}?y=2", {"path_parameters": {"id": "b/c d"}}, None, "http://a/x/b/c%20d?y=2&q=1"),
        ("http://a/x", {}, None, "http://a/x?q=1"),
        ("http://a/x/", {"route_key": "$default"}, None, "http://a/x/items/1?q=1"),
        ("http://a/x/{id}", {}, "/p q", "http://a/p%20q?q=1"),
    ],
)
async def test_path_parameters_are_put_into_the_url(url, fields, outgoing_path, expected):
    known = {"path_parameters": {"id": "1"}, "route_key": "GET /items/{id}", "resource_path": "/items/1"}
    exchange: Any = SimpleNamespace(**(known | fields))

    assert integrating.target(url, exchange, Outgoing(Request("GET", "/items/1", "q=1", {}), outgoing_path)) == expected


# ---- operations ----


async def operation(world: Any, subtype: str, **parameters: str) -> None:
    given = Integration("op", "AWS_PROXY", integration_subtype=subtype, credentials_arn=ROLE, request_parameters=parameters)
    await world.publish(Route("r", "POST /a", target="integrations/op"), integrations=(given,))


async def test_a_route_is_an_operation_done_in_the_integrations_role(world):
    await operation(world, "EventBridge-PutEvents", Detail="$request.body", DetailType="t", Source="s", Region="eu-west-1")
    world.replies["events", "PutEvents"] = {"FailedEntryCount": 0, "Entries": [{"EventId": "id"}]}

    answer = await world.visit("POST", "/a", body=b"{}")

    assert (answer.status, json.loads(answer.body)) == (200, {"FailedEntryCount": 0, "Entries": [{"EventId": "id"}]})
    context, service, name, given = world.calls[0]
    assert (service, name, given["Entries"][0]["Detail"]) == ("events", "PutEvents", "{}")
    assert context.principal_arn == "arn:aws:sts::111122223333:assumed-role/r/BackplaneAssumeRoleSession"
    assert context.region == "eu-west-1"
    assert context.source_arn == "arn:aws:execute-api:us-east-1:111122223333:abcdef1234/$default/POST/a"


async def test_queues_answer_in_xml(world):
    await operation(world, "SQS-SendMessage", QueueUrl="u", MessageBody="$request.body")
    world.replies["sqs", "SendMessage"] = {"MessageId": "m", "MD5OfMessageBody": "5"}

    answer = await world.visit("POST", "/a", body=b"hello")

    assert answer.header("content-type") == "text/xml"
    assert b"<MessageId>m</MessageId>" in answer.body


async def test_a_parameter_without_a_value_is_a_bad_request(world):
    await operation(world, "SQS-SendMessage", QueueUrl="u", MessageBody="$request.body.m")

    answer = await world.visit("POST", "/a", body=b"{}")

    assert (answer.status, answer.body) == (400, b'{"message":"Bad Request"}')
    assert world.calls == []


async def test_the_error_of_an_operation_is_the_answer(world):
    class Busy(ServiceError):
        code, status, wording = "Busy", 400, "Not now."

    await operation(world, "Kinesis-PutRecord", StreamName="s", Data="aGk=", PartitionKey="k")
    world.replies["kinesis", "PutRecord"] = Busy()

    answer = await world.visit("POST", "/a")

    assert answer.status == 400
    assert json.loads(answer.body)["__type"] == "Busy"
