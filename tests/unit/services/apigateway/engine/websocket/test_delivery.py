"""What is known of an event of a connection."""

from tests.unit.services.apigateway.sockets import NOW, delivery, published

from lambent.services.apigateway.engine.records import Published
from lambent.services.apigateway.engine.websocket.delivery import Delivery
from lambent.wire.http import Request


def test_variables_tell_of_the_connection_and_of_the_message():
    found = delivery(published("$default"), "hi")
    told = {
        name: found.variable(name) for name in ("connectionId", "connectedAt", "eventType", "messageId", "routeKey", "stage")
    }
    assert told == {
        "connectionId": "C1=",
        "connectedAt": "1767225600000",
        "eventType": "MESSAGE",
        "messageId": "R1=",
        "routeKey": "$default",
        "stage": "prod",
    }
    assert found.variable("disconnectStatusCode") is None
    assert found.context()["identity"] == {"sourceIp": "192.0.2.7", "userAgent": "client/1"}


def test_a_long_message_is_seen_whole_by_expressions():
    text = '{"action": "join", "text": "' + "x" * 110_000 + '"}'
    document = delivery(published("$default"), text).body_document()
    assert isinstance(document, dict)
    assert document["action"] == "join"
    assert delivery(published("$default"), "[" * 100_000).body_document() is None


def test_the_bytes_of_a_message_or_of_what_a_server_got_in_its_place_are_counted_as_processed():
    found, at_a_server = delivery(published("$default"), "é"), delivery(published("$default"), "é")
    at_a_server.request = Request("POST", "/", "", {}, b"{}...")
    at_a_server.response_length = 3
    assert [each.variable("dataProcessed") for each in (found, at_a_server)] == ["2", "8"]


def test_messages_of_a_connection_have_all_in_common_but_what_is_their_own_until_the_stage_is_another():
    first, changed = published("$default", variables={"v": "1"}), published("$default", variables={"v": "2"})
    connection = delivery(first).connection

    def message(text: str, given: Published) -> Delivery:
        return Delivery.of_message(given.api, given.stage, connection, text, request_id=f"R-{text}", at=NOW + len(text))

    one, two, after = message("a", first), message("bc", first), message("def", changed)
    told = [(each.message, each.message_id, each.at, each.stage_variable("v")) for each in (one, two, after)]
    assert told == [("a", "R-a", NOW + 1, "1"), ("bc", "R-bc", NOW + 2, "1"), ("def", "R-def", NOW + 3, "2")]
    one.error_message, one.route_key = "refused", "$default"
    assert (message("g", first).error_message, message("g", first).route_key) == ("", "")
