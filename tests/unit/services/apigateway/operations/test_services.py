"""Operations of services, as integrations name them."""

from typing import Any

import pytest

from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.services.apigateway.engine.rest import refusals
from lambent.services.apigateway.engine.rest.plans import ServicePlan
from lambent.services.apigateway.operations.http.calls import Calls
from lambent.services.apigateway.operations.services import Services, whole
from lambent.wire.http import Request

CONTEXT = Context("111122223333", "us-east-1", "r", "apigateway.amazonaws.com", "http://localhost")


async def answered(service: ServicePlan, request: Request) -> tuple[Any, Any, str]:
    asked: list[Any] = []

    async def call(_context: Context, *call: Any) -> Any:
        asked.append(call)
        if call[1] == "PurgeQueue":
            raise ServiceError
        return {"MessageId": "m1", "MD5OfMessageBody": "x"}

    services = Services(calls=Calls(call=call, endpoint_url=""), names=("sqs",))
    response, message = await services.answer(CONTEXT, service, request, timeout_s=5)
    return asked[0], response, message


async def test_an_action_takes_json():
    request = Request("POST", "/", "", {"content-type": "application/json"}, b'{"QueueUrl": "q", "MessageBody": "hi"}')
    asked, response, _ = await answered(ServicePlan("us-east-1", "sqs", "SendMessage", ""), request)
    assert asked == ("sqs", "SendMessage", {"QueueUrl": "q", "MessageBody": "hi"})
    assert response.status == 200


async def test_an_action_takes_a_query_and_tells_its_error():
    _, response, _ = await answered(
        ServicePlan("us-east-1", "sqs", "PurgeQueue", ""), Request("POST", "/", "QueueUrl=q", {}, b"")
    )
    assert response.status == 500
    assert b"<ErrorResponse" in response.body


async def test_an_action_that_there_is_not_is_refused():
    with pytest.raises(refusals.Refusal):
        await answered(ServicePlan("us-east-1", "sqs", "Fly", ""), Request("POST", "/", "", {}, b"{}"))


async def test_a_body_in_pieces_is_gathered():
    async def pieces() -> Any:
        yield b"a"
        yield b"b"

    assert await whole(pieces()) == b"ab"
