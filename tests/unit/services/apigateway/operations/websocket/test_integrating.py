"""What routes lead to, beside functions behind AWS_PROXY (which the front's tests have)."""

import gc
import http.server
import json
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.unit.gateway.clients import turns
from tests.unit.services.apigateway.sockets import FUNCTION, SocketWorld

from lambent.core.errors import ServiceError
from lambent.services.apigateway.engine.records import Integration, IntegrationResponse, Route
from lambent.services.apigateway.engine.websocket.delivery import Delivery
from lambent.services.apigateway.operations.websocket import front

TO = Route("d", "$default", target="integrations/x")
INVOCATIONS = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"


async def answered(world: SocketWorld, integration: Integration, message: str, *responses: IntegrationResponse) -> str | bytes:
    await world.serve(TO, integrations=(integration,), responses=responses)
    client = await world.connect()
    client.send(message)
    return await client.receive()


async def test_a_mock_answers_by_its_templates(world: SocketWorld):
    mock = Integration("x", "MOCK", request_templates={"200": '{"statusCode": 200}'}, template_selection_expression="200")
    pong = IntegrationResponse("r", "x", "$default", response_templates={"200": "pong $context.connectionId"})
    assert str(await answered(world, mock, "ping", pong)).startswith("pong ")


async def test_a_function_that_is_no_proxy_is_told_what_the_template_says(world: SocketWorld):
    world.functions[FUNCTION] = lambda event: {"got": event["text"]}
    plain = Integration("x", "AWS", INVOCATIONS, request_templates={"$default": '{"text": $input.json("$.t")}'})
    assert json.loads(await answered(world, plain, '{"t": "hi"}')) == {"got": "hi"}


async def test_an_operation_of_a_service_is_called_with_a_form(world: SocketWorld):
    world.replies["sqs", "SendMessage"] = {"MessageId": "m1", "MD5OfMessageBody": "x"}
    queue = Integration(
        "x",
        "AWS",
        "arn:aws:apigateway:us-east-1:sqs:path/111122223333/queue",
        integration_method="POST",
        credentials_arn="arn:aws:iam::111122223333:role/talk",
        request_parameters={"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"},
        request_templates={"$default": "Action=SendMessage&MessageBody=$util.urlEncode($input.body)"},
    )
    assert "<MessageId>m1</MessageId>" in str(await answered(world, queue, "a&b"))
    context, _, _, given = world.calls[-1]
    assert given["MessageBody"] == "a&b"
    assert "assumed-role/talk/" in context.principal_arn


async def test_what_names_nothing_fails(world: SocketWorld):
    told = await answered(world, Integration("x", "AWS", "arn:aws:apigateway:nothing"), "x")
    assert json.loads(told)["message"] == "Internal server error"
    await world.serve(Route("d", "$default"))
    client = await world.connect()
    client.send("x")
    assert json.loads(await client.receive())["message"] == "Internal server error"


class _Server(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"got " + body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def url() -> Iterator[str]:
    with http.server.HTTPServer(("127.0.0.1", 0), _Server) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.parametrize("kind", ["HTTP", "HTTP_PROXY"])
async def test_a_server_gets_the_message_and_answers_it(world: SocketWorld, url: str, kind: str):
    assert await answered(world, Integration("x", kind, url, integration_method="POST"), "hi") == "got hi"


class Watched(Delivery, kw_only=True, weakref=True):
    """One of which it can be asked whether anything still holds it."""


def refuse(_: Any) -> Any:
    raise ServiceError


def take_too_long(_: Any) -> Any:
    raise TimeoutError


def fail(_: Any) -> Any:
    return {"FunctionError": "Unhandled"}


@pytest.mark.parametrize(
    ("function", "action", "message"),
    [
        (refuse, "ask", "Internal server error"),
        (take_too_long, "ask", "Endpoint request timed out"),
        (fail, "ask", "Internal server error"),
        (fail, "nothing", "Forbidden"),
    ],
)
async def test_nothing_is_kept_of_a_message_that_was_refused_or_failed(
    world: SocketWorld, monkeypatch: pytest.MonkeyPatch, function: Callable[[Any], Any], action: str, message: str
):
    made: list[weakref.ref[Delivery]] = []

    def of_message(*given: Any, **named: Any) -> Delivery:
        delivery = Watched.of_message(*given, **named)
        made.append(weakref.ref(delivery))
        return delivery

    await world.serve("ask", two_way=("ask",))
    world.functions[FUNCTION] = function
    client = await world.connect()
    monkeypatch.setattr(front, "Delivery", type("Noted", (), {"of_message": staticmethod(of_message)}))
    gc.disable()  # a cycle would wait for the collector, and a connection that is refused a lot fills the memory until then
    try:
        client.send({"action": action})
        assert json.loads(await client.receive())["message"] == message
        await turns()
        assert [each() for each in made] == [None]
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("function", "status", "message"),
    [(refuse, 500, "Internal server error"), (take_too_long, 504, "Endpoint request timed out")],
)
async def test_who_would_connect_is_told_where_the_function_cannot_be_called_or_takes_too_long(
    world: SocketWorld, function: Callable[[Any], Any], status: int, message: str
):
    await world.serve("$connect")
    world.functions[FUNCTION] = function
    refused = await world.ask()
    assert (refused.status, json.loads(refused.body)["message"]) == (status, message)  # type: ignore[arg-type]
