"""What goes back to clients."""

import base64
import json

import pytest
from tests.unit.services.apigateway.sockets import delivery, published

from lambent.services.apigateway.engine.http.refusals import Refusal
from lambent.services.apigateway.engine.records import Integration, IntegrationResponse, Route
from lambent.services.apigateway.engine.websocket import answers
from lambent.services.apigateway.engine.websocket.plans import SocketRoute, SocketStage

ROUTE = Route("d", "$default", target="integrations/m")


def route_of(responses: tuple[IntegrationResponse, ...] = (), **integration: object) -> SocketRoute:
    made = Integration("m", "MOCK", **integration)  # type: ignore[arg-type]
    return SocketStage(published(ROUTE, integrations=(made,), responses=responses)).routes["$default"]


def rendered(template: str, message: str) -> str:
    return answers.request_of(route_of(request_templates={"$default": template}), delivery(published("$default"), message))


def test_a_function_s_body_goes_back_as_text_or_as_bytes():
    assert answers.of_function(b'{"statusCode": 200, "body": "hi"}') == (200, "hi")
    assert answers.of_function(b'{"statusCode": "201"}') == (201, "")
    for data, sent in ((b"hi", "hi"), (b"\xff", b"\xff")):
        body = base64.b64encode(data).decode()
        assert answers.of_function(json.dumps({"statusCode": 200, "body": body, "isBase64Encoded": True}).encode()) == (
            200,
            sent,
        )


@pytest.mark.parametrize(
    "payload", [b"null", b'"x"', b"{}", b'{"statusCode": "x"}', b'{"statusCode": 200, "body": {}}', b"\xff"]
)
def test_what_is_no_answer_is_refused(payload: bytes):
    with pytest.raises(Refusal):
        answers.of_function(payload)


def test_templates_see_the_message_and_the_context():
    text = rendered('{"id": "$context.connectionId", "text": $input.json("$.text")}', '{"text": "hi"}')
    assert json.loads(text) == {"id": "C1=", "text": "hi"}


def test_a_template_that_cannot_be_run_is_refused():
    with pytest.raises(Refusal):
        rendered("#if(", "x")


def test_a_template_is_chosen_by_what_selects_it():
    given = {"200": "a", "join": "b"}
    message = delivery(published("$default"), '{"action": "join"}')
    assert answers.request_of(route_of(request_templates=given, template_selection_expression="200"), message) == "a"
    selected = route_of(request_templates=given, template_selection_expression="${request.body.action}")
    assert answers.request_of(selected, message) == "b"
    assert answers.request_of(route_of(request_templates=given), message) == message.message


def test_a_mock_s_status_chooses_the_response():
    responses = (
        IntegrationResponse("x", "m", "/4\\d\\d/", response_templates={"$default": "no"}),
        IntegrationResponse("y", "m", "$default", response_templates={"$default": "pong"}),
        IntegrationResponse("z", "m", "/(/"),
    )
    message = delivery(published("$default"), "ping")
    assert answers.mock_status('{"statusCode": 404}') == 404
    assert answers.response_of(route_of(responses), message, 404, "") == "no"
    assert answers.response_of(route_of(responses), message, 200, "") == "pong"
    assert answers.response_of(route_of(), message, 200, "as it is") == "as it is"
    with pytest.raises(Refusal):
        answers.mock_status("no JSON")
