"""What functions are told of a connection: that it opens, each message, that it has ended; and what authorizers are told.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from lambent.services.apigateway.engine.events import payload_1
from lambent.services.apigateway.engine.http.exchange import Exchange, text_of
from lambent.services.apigateway.engine.websocket.delivery import CONNECT, DISCONNECT, MESSAGE, Delivery, MessageForm
from lambent.wire import uri, web_events

_encode = msgspec.json.Encoder().encode

_GAP = msgspec.Raw(b"\0")
"""Stands where messages differ: a byte that is in no JSON, whatever clients and users have written."""


def event(delivery: Delivery) -> bytes:
    """The event of an AWS_PROXY integration."""
    if delivery.event_type == MESSAGE:
        return _of_message(delivery)
    if delivery.event_type == CONNECT:
        document = _opening(delivery)
    else:
        # Of a client that has gone there is no request any more, and AWS says so in this odd way.
        headers = {"Host": delivery.host, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""}
        document = {"headers": headers, "multiValueHeaders": {name: [value] for name, value in headers.items()}}
    return _encode(document | {"requestContext": _context(delivery)} | _variables(delivery) | {"isBase64Encoded": False})


def authorizer_event(exchange: Exchange, _payload_format: str, route_arn: str, _identity: Sequence[str]) -> bytes:
    """The event of a Lambda authorizer."""
    assert isinstance(exchange, Delivery)
    opening = {name: {} for name in ("queryStringParameters", "multiValueQueryStringParameters")} | _opening(exchange)
    head = {"type": "REQUEST", "methodArn": route_arn}
    tail = {"stageVariables": exchange.stage.variables, "requestContext": _context(exchange)}
    return _encode(head | opening | tail)


def _of_message(delivery: Delivery) -> bytes:
    """Most of it is the same for all messages of a connection, so that is encoded once."""
    connection = delivery.connection
    of = (delivery.stage, delivery.authorized, connection.api_key, connection.api_key_id)
    form = connection.message_form
    if form is None or form.of != of:
        form = connection.message_form = MessageForm(of, _form(delivery))
    request_id, time = _encode(delivery.request_id), _encode(web_events.request_time(int(delivery.at)))
    at_ms = b"%d" % (delivery.at * 1000)
    head, before_id, before_extended_id, before_time, before_epoch, before_request_id, before_body, tail = form.pieces
    return b"".join((
        head, _encode(delivery.route_key), before_id, request_id, before_extended_id, request_id, before_time, time,
        before_epoch, at_ms, before_request_id, request_id, before_body, _encode(delivery.message), tail,
    ))  # fmt: skip


def _form(delivery: Delivery) -> tuple[bytes, ...]:
    """What stands around the values that differ."""
    differing = ("routeKey", "messageId", "extendedRequestId", "requestTime", "requestTimeEpoch", "requestId")
    context = _context(delivery) | dict.fromkeys(differing, _GAP)
    document = {"requestContext": context} | _variables(delivery) | {"body": _GAP, "isBase64Encoded": False}
    return tuple(_encode(document).split(_GAP))


def _variables(delivery: Delivery) -> dict[str, Any]:
    return {"stageVariables": delivery.stage.variables} if delivery.stage.variables else {}


def _opening(delivery: Delivery) -> dict[str, Any]:
    """The request that the connection began as."""
    request = delivery.request
    added = web_events.forwarded(request, source_ip=delivery.source_ip, host=delivery.host, trace_id=delivery.trace_id)
    headers = payload_1.multi_value_headers(request, added)
    document: dict[str, Any] = {"headers": payload_1.last_of_each(headers) or {}, "multiValueHeaders": headers}
    if request.query:
        query = payload_1.grouped(uri.pairs(request.query))
        document["queryStringParameters"] = payload_1.last_of_each(query)
        document["multiValueQueryStringParameters"] = query
    return document


def _context(delivery: Delivery) -> dict[str, Any]:
    connection = delivery.connection
    told: dict[str, Any] = {"routeKey": delivery.route_key}
    authorizer = _authorizer(delivery)
    if authorizer is not None:
        told["authorizer"] = authorizer
    if delivery.message_id:
        told["messageId"] = delivery.message_id
    if delivery.event_type == DISCONNECT:
        told["disconnectStatusCode"] = delivery.disconnect_code
    told["eventType"] = delivery.event_type
    told["extendedRequestId"] = delivery.request_id
    told["requestTime"] = web_events.request_time(int(delivery.at))
    told["messageDirection"] = "IN"
    if delivery.event_type == DISCONNECT:
        told["disconnectReason"] = delivery.disconnect_reason
    told["stage"] = delivery.stage.stage_name
    told["connectedAt"] = int(connection.connected_at * 1000)
    told["requestTimeEpoch"] = int(delivery.at * 1000)
    told["identity"] = _identity(delivery)
    told["requestId"] = delivery.request_id
    told["domainName"] = delivery.host
    told["connectionId"] = connection.connection_id
    told["apiId"] = connection.api_id
    return told


def _identity(delivery: Delivery) -> dict[str, Any]:
    told: dict[str, Any] = {}
    known = delivery.authorized.iam
    if known is not None:
        told = {
            "accountId": known["accountId"],
            "caller": known["callerId"],
            "user": known["userId"],
            "userArn": known["userArn"],
            "accessKey": known["accessKey"],
        }
    if delivery.connection.api_key is not None:
        told |= {"apiKey": delivery.connection.api_key, "apiKeyId": delivery.connection.api_key_id}
    if delivery.connection.user_agent:
        told["userAgent"] = delivery.connection.user_agent
    told["sourceIp"] = delivery.source_ip
    return told


def _authorizer(delivery: Delivery) -> Mapping[str, Any] | None:
    """What an authorizer's function said of the client, with every message: as texts."""
    authorized = delivery.authorized
    if authorized.context is None:
        return None
    told = {name: text_of(value) for name, value in authorized.context.items() if value is not None}
    return {"principalId": authorized.principal_id, "integrationLatency": 0, **told}
