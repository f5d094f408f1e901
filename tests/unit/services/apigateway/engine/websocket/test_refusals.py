"""What a client is told that gets no further."""

import json

from tests.unit.services.apigateway.sockets import delivery, published

from lambent.services.apigateway.engine.http import refusals as http_refusals
from lambent.services.apigateway.engine.websocket import refusals


def test_a_refusal_names_the_connection_and_the_request():
    told = refusals.message_of(http_refusals.failed("why"), delivery(published("$default"), "x"))
    assert json.loads(told) == {"message": "Internal server error", "connectionId": "C1=", "requestId": "R1="}


def test_a_client_that_would_connect_is_told_the_same_as_a_response():
    response = refusals.response(refusals.timed_out(), delivery(published("$default"), "x"))
    assert response.status == 504
    assert b"Endpoint request timed out" in bytes(response.body)  # type: ignore[arg-type]
