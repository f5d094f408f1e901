"""One event of a connection on its way to its route: that it opens, a message, that it has ended.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
"""

from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import structs

from lambent.core.clock import Instant
from lambent.services.apigateway.engine.http.exchange import NOBODY, UNREAD, Authorized, Exchange
from lambent.services.apigateway.engine.records import Api, Stage
from lambent.wire.http import Request

CONNECT, MESSAGE, DISCONNECT = "CONNECT", "MESSAGE", "DISCONNECT"
CONNECT_ROUTE, DISCONNECT_ROUTE = "$connect", "$disconnect"


@dataclass(slots=True)
class Connection:
    """What is known of a client for as long as it stays."""

    connection_id: str
    account: str
    region: str
    api_id: str
    stage_name: str
    host: str  # as the client wrote it, with its port
    source_ip: str
    user_agent: str
    connected_at: Instant
    active_at: Instant
    base_path: str = ""  # the key of the mapping, where a domain name was asked
    authorized: Authorized = NOBODY
    api_key: str | None = None  # with which it was opened, where that needed one
    api_key_id: str | None = None
    message_form: "MessageForm | None" = None
    any_message: "Delivery | None" = None  # before anything is found out about it


class MessageForm(msgspec.Struct, frozen=True):
    """The event of a connection's messages, in pieces between which they differ: ``events`` makes and fills it."""

    of: tuple[object, ...]  # all that it was made from beside the connection
    pieces: tuple[bytes, ...]


class Delivery(Exchange, kw_only=True):
    """What is found out about an event on its way. ``message`` is the text that the client sent."""

    connection: Connection
    event_type: str
    message: str = ""
    disconnect_code: int = 0
    disconnect_reason: str = ""

    @classmethod
    def of(
        cls,
        api: Api,
        stage: Stage,
        connection: Connection,
        *,
        event_type: str,
        request_id: str,
        at: Instant,
        request: Request | None = None,
        trace_id: str = "",
    ) -> "Delivery":
        """An event of a connection, before anything is found out about it."""
        return cls(
            api=api,
            stage=stage,
            connection=connection,
            event_type=event_type,
            request_id=request_id,
            at=at,
            request=request or _NO_REQUEST,
            trace_id=trace_id,
            path=f"/{stage.stage_name}",
            resource_path="/",
            host=connection.host,
            source_ip=connection.source_ip,
            authorized=connection.authorized,
        )

    @classmethod
    def of_message(
        cls, api: Api, stage: Stage, connection: Connection, message: str, *, request_id: str, at: Instant
    ) -> "Delivery":
        """The same of what the client has sent: a copy, as all messages of a connection have nearly everything in common."""
        known = connection.any_message
        if known is None or known.stage is not stage:
            known = cls.of(api, stage, connection, event_type=MESSAGE, request_id=request_id, at=at)
            connection.any_message = known
        return structs.replace(known, request_id=request_id, at=at, message=message)

    @property
    def message_id(self) -> str:
        return self.request_id if self.event_type == MESSAGE else ""

    @property
    def route_path(self) -> str:
        return self.route_key

    def body(self) -> bytes:
        """What the client sent, or what a server elsewhere got in its place."""
        return self.message.encode() if self.request is _NO_REQUEST else self.request.body

    def body_text(self) -> str:
        return self.message

    def body_document(self) -> object:
        """The JSON that the message is, or None."""
        if self._body_document is UNREAD:
            try:
                self._body_document = msgspec.json.decode(self.message)
            except (msgspec.DecodeError, RecursionError):
                self._body_document = None
        return self._body_document

    def variable(self, name: str) -> str | None:
        read = _VARIABLES.get(name)
        if read is None:
            return super().variable(name)
        value = read(self)
        return None if value is None or value == "" else str(value)

    def context(self) -> dict[str, Any]:
        """``$context`` as templates see it."""
        known: dict[str, Any] = {name: self.variable(name) or "" for name in _TOLD}
        known["identity"] = {"sourceIp": self.source_ip, "userAgent": self.connection.user_agent}
        known["authorizer"] = dict(self.authorized.context or {})
        if self.authorized.principal_id is not None:
            known["authorizer"]["principalId"] = self.authorized.principal_id
        return known


_NO_REQUEST = Request("POST", "/", "", {})
"""Stands for what a client sends, or that it has left, where the request is asked for."""

_VARIABLES: dict[str, Any] = {
    "connectedAt": lambda delivery: int(delivery.connection.connected_at * 1000),
    "connectionId": lambda delivery: delivery.connection.connection_id,
    "customDomain.basePathMatched": lambda delivery: delivery.connection.base_path,
    "dataProcessed": lambda delivery: (delivery.response_length or 0) + len(delivery.body()),
    "disconnectReason": lambda delivery: delivery.disconnect_reason,
    "disconnectStatusCode": lambda delivery: delivery.disconnect_code or None,
    "eventType": lambda delivery: delivery.event_type,
    "identity.apiKey": lambda delivery: delivery.connection.api_key,
    "identity.apiKeyId": lambda delivery: delivery.connection.api_key_id,
    "identity.userAgent": lambda delivery: delivery.connection.user_agent,
    "messageDirection": lambda _delivery: "IN",
    "messageId": lambda delivery: delivery.message_id,
    "requestTimeEpoch": lambda delivery: int(delivery.at * 1000),
}

_TOLD = (
    "accountId", "apiId", "connectedAt", "connectionId", "disconnectReason", "disconnectStatusCode", "domainName",
    "domainPrefix", "eventType", "extendedRequestId", "messageDirection", "messageId", "requestId", "requestTime",
    "requestTimeEpoch", "routeKey", "stage",
)  # fmt: skip
