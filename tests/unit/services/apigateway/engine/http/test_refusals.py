"""What an API answers by itself has AWS' words."""

import json

import pytest

from lambent.services.apigateway.engine.http import refusals


@pytest.mark.parametrize(
    ("refusal", "status", "message"),
    [
        (refusals.not_found(), 404, "Not Found"),
        (refusals.forbidden(), 403, "Forbidden"),
        (refusals.unauthorized(), 401, "Unauthorized"),
        (refusals.bad_request("why"), 400, "Bad Request"),
        (refusals.too_large(), 413, "Request Entity Too Large"),
        (refusals.head_too_large(), 431, "Request Header Fields Too Large"),
        (refusals.throttled(), 429, "Too Many Requests"),
        (refusals.failed("why"), 500, "Internal Server Error"),
        (refusals.unavailable("why"), 503, "Service Unavailable"),
    ],
)
def test_the_body_is_a_message_and_the_reason_stays_inside(refusal, status, message):
    response = refusal.response()

    assert (response.status, json.loads(response.body)) == (status, {"message": message})
    assert response.header("content-type") == "application/json"


def test_a_refusal_may_bring_headers():
    assert refusals.unauthorized("", (("www-authenticate", "Bearer"),)).response().header("www-authenticate") == "Bearer"
