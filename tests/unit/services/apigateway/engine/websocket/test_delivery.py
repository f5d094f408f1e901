"""What is known of an event of a connection."""

from tests.unit.services.apigateway.sockets import delivery, published


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
