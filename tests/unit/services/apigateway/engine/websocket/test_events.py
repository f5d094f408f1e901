"""The shapes of events, as AWS has them."""

import json

from tests.unit.services.apigateway.sockets import delivery, published

from lambent.services.apigateway.engine.http.exchange import Authorized
from lambent.services.apigateway.engine.websocket import events
from lambent.services.apigateway.engine.websocket.delivery import CONNECT, DISCONNECT
from lambent.wire.http import Request

LINES = ((b"Host", b"h"), (b"X-Twice", b"1"), (b"X-Twice", b"2"), (b"Upgrade", b"websocket"))
OPENING = Request(
    "GET", "/prod", "a=1&a=2", {name.decode().lower(): value.decode() for name, value in LINES}, header_lines=LINES
)


def test_a_message_has_a_body_and_no_headers():
    event = json.loads(events.event(delivery(published("$default"), "hi")))
    assert list(event) == ["requestContext", "body", "isBase64Encoded"]
    context = event["requestContext"]
    assert list(context) == [
        "routeKey", "messageId", "eventType", "extendedRequestId", "requestTime", "messageDirection", "stage", "connectedAt",
        "requestTimeEpoch", "identity", "requestId", "domainName", "connectionId", "apiId",
    ]  # fmt: skip
    assert context["requestTime"] == "01/Jan/2026:00:00:01 +0000"
    assert (context["connectedAt"], context["requestTimeEpoch"]) == (1_767_225_600_000, 1_767_225_601_000)


def test_each_message_of_a_connection_has_its_own_event_whatever_users_have_written():
    odd = '%b % %% \0 "\\ é'
    stage = published("$default", variables={"odd": odd})
    first, second = delivery(stage, odd), delivery(stage, "b")
    first.authorized = second.authorized = Authorized(context={"odd": odd}, principal_id=odd)
    second.connection = first.connection
    second.route_key, second.at = odd, second.at + 61.25
    second.request_id = "R2="
    of_first, of_second = (json.loads(events.event(each)) for each in (first, second))
    context = of_first["requestContext"]
    assert context["authorizer"] == {"principalId": odd, "integrationLatency": 0, "odd": odd}
    assert (of_first["body"], of_first["stageVariables"], of_first["isBase64Encoded"]) == (odd, {"odd": odd}, False)
    differing = {
        "routeKey": odd,
        "messageId": "R2=",
        "extendedRequestId": "R2=",
        "requestId": "R2=",
        "requestTime": "01/Jan/2026:00:01:02 +0000",
        "requestTimeEpoch": 1_767_225_662_250,
    }
    assert of_second == of_first | {"requestContext": context | differing, "body": "b"}


def test_what_becomes_known_of_a_connection_or_changes_of_its_stage_is_told_with_its_next_message():
    before, after = delivery(published("$default"), "hi"), delivery(published("$default", variables={"a": "1"}), "hi")
    after.connection = before.connection
    assert "stageVariables" not in json.loads(events.event(before))
    after.connection.api_key, after.connection.api_key_id = "secret", "k1"
    event = json.loads(events.event(after))
    assert event["stageVariables"] == {"a": "1"}
    assert event["requestContext"]["identity"]["apiKeyId"] == "k1"


def test_an_opening_tells_the_request_that_it_was():
    event = json.loads(events.event(delivery(published("$connect"), event_type=CONNECT, request=OPENING)))
    assert event["multiValueHeaders"]["X-Twice"] == ["1", "2"]
    assert event["headers"]["X-Twice"] == "2"
    assert "Upgrade" not in event["headers"]
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"]}
    assert "body" not in event


def test_an_end_tells_why():
    ended = delivery(published("$disconnect"), event_type=DISCONNECT)
    ended.disconnect_code, ended.disconnect_reason = 1001, "Going away"
    event = json.loads(events.event(ended))
    assert event["headers"].keys() == {"Host", "x-api-key", "X-Forwarded-For", "x-restapi"}
    assert (event["requestContext"]["disconnectStatusCode"], event["requestContext"]["disconnectReason"]) == (
        1001,
        "Going away",
    )


def test_who_a_client_is_comes_with_its_messages():
    message = delivery(published("$default"), "hi")
    message.authorized = Authorized(context={"n": 1, "b": True, "none": None}, principal_id="ann")
    told = json.loads(events.event(message))["requestContext"]["authorizer"]
    assert told == {"principalId": "ann", "integrationLatency": 0, "n": "1", "b": "true"}


def test_an_authorizer_is_told_of_the_opening():
    opening = delivery(published("$connect"), event_type=CONNECT, request=OPENING)
    event = json.loads(events.authorizer_event(opening, "1.0", "arn:route", ()))
    assert (event["type"], event["methodArn"], event["queryStringParameters"]) == ("REQUEST", "arn:route", {"a": "2"})
    assert event["requestContext"]["eventType"] == "CONNECT"
