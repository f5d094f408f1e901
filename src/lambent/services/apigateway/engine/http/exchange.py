"""One request on its way through an HTTP API, and what is known of it: what ``$context`` and ``$request`` name.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from lambent.core.clock import Instant
from lambent.services.apigateway.engine.records import Api, Stage
from lambent.wire import web_events
from lambent.wire.http import Request

SELECTED_BODY_BYTES_MAX = 102_400
"""How much of a body expressions see that look into it."""

UNREAD = object()


class Authorized(msgspec.Struct, frozen=True, kw_only=True):
    """What an authorizer found: at most one of the three."""

    claims: Mapping[str, str] | None = None  # of a JWT
    scopes: tuple[str, ...] | None = None
    context: Mapping[str, Any] | None = None  # what a function told
    principal_id: str | None = None
    iam: Mapping[str, Any] | None = None


NOBODY = Authorized()


class Exchange(msgspec.Struct, kw_only=True):
    """Filled on the way. ``path`` is decoded, and has the stage (or a base path) before ``resource_path``."""

    api: Api
    stage: Stage
    request: Request
    path: str
    resource_path: str
    host: str
    source_ip: str
    request_id: str
    trace_id: str
    at: Instant
    route_key: str = ""
    path_parameters: Mapping[str, str] = {}
    authorized: Authorized = NOBODY
    authorizer_error: str = ""
    base_path: str | None = None  # the key of the mapping, where a domain name was asked
    error_message: str = ""
    error_type: str = ""
    function_request_id: str = ""
    integration_error: str = ""
    integration_latency_ms: float | None = None
    integration_status: int | None = None  # what the integration answered
    response_latency_ms: float | None = None
    response_length: int | None = None
    status: int | None = None
    _query: Mapping[str, str] | None = None
    _body_document: object = UNREAD

    @property
    def domain_prefix(self) -> str:
        return self.host.partition(".")[0].partition(":")[0]

    @property
    def route_path(self) -> str:
        """What the visitor does, as ARNs name it below the stage: "GET/items/1"."""
        return f"{self.request.method}{self.resource_path}"

    # ---- $request ----

    def header(self, name: str) -> str | None:
        return self.request.headers.get(name)

    def query_parameter(self, name: str) -> str | None:
        """Of several values all, with commas between them."""
        if self._query is None:
            self._query = web_events.query_parameters(self.request.query)
        return self._query.get(name)

    def body_text(self) -> str:
        return self.request.body.decode("utf-8", "replace")

    def body_document(self) -> object:
        """The JSON that the body is, or None. Of a long body only the beginning is seen, so that it is none."""
        if self._body_document is UNREAD:
            self._body_document = document_of(self.request.body)
        return self._body_document

    def stage_variable(self, name: str) -> str | None:
        return self.stage.variables.get(name)

    # ---- $context ----

    def variable(self, name: str) -> str | None:
        """The value of a context variable; None where it has none."""
        read = _VARIABLES.get(name)
        if read is not None:
            value = read(self)
        elif name.startswith("authorizer."):
            value = self._authorizer_property(name.removeprefix("authorizer."))
        elif name.startswith("identity."):
            value = self._identity_property(name.removeprefix("identity."))
        else:
            return None
        return text_of(value)

    def _authorizer_property(self, name: str) -> object:
        if name == "error":
            return self.authorizer_error or None
        if name == "principalId":
            return self.authorized.principal_id
        if name.startswith("claims."):
            return (self.authorized.claims or {}).get(name.removeprefix("claims."))
        return (self.authorized.context or {}).get(name)

    def _identity_property(self, name: str) -> object:
        if name == "sourceIp":
            return self.source_ip
        if name == "userAgent":
            return self.request.headers.get("user-agent")
        known = self.authorized.iam
        return None if known is None else known.get(_IAM_KEYS.get(name, ""))


def document_of(body: bytes) -> object:
    """The JSON that a body is, as far as expressions see it; None where it is none."""
    try:
        return msgspec.json.decode(body[:SELECTED_BODY_BYTES_MAX])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def text_of(value: object) -> str | None:
    """A value as a variable tells it: what is no text is written as JSON."""
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


def _milliseconds(value: float | None) -> int | None:
    return None if value is None else round(value)


_IAM_KEYS = {
    "accountId": "accountId",
    "caller": "callerId",
    "user": "userId",
    "userArn": "userArn",
    "principalOrgId": "principalOrgId",
    "accessKey": "accessKey",
}
"""Where the identity of IAM keeps what these variables name."""

_VARIABLES: Mapping[str, Callable[[Exchange], object]] = {
    "accountId": lambda exchange: exchange.api.scope.account,
    "apiId": lambda exchange: exchange.api.api_id,
    "awsEndpointRequestId": lambda exchange: exchange.function_request_id or None,
    "customDomain.basePathMatched": lambda exchange: exchange.base_path,
    "dataProcessed": lambda exchange: (exchange.response_length or 0) + len(exchange.request.body),
    "domainName": lambda exchange: exchange.host,
    "domainPrefix": lambda exchange: exchange.domain_prefix,
    "error.message": lambda exchange: exchange.error_message or None,
    "error.messageString": lambda exchange: f'"{exchange.error_message}"' if exchange.error_message else None,
    "error.responseType": lambda exchange: exchange.error_type or None,
    "extendedRequestId": lambda exchange: exchange.request_id,
    "httpMethod": lambda exchange: exchange.request.method,
    "integration.error": lambda exchange: exchange.integration_error or None,
    "integration.integrationStatus": lambda exchange: 200 if exchange.function_request_id else exchange.integration_status,
    "integration.latency": lambda exchange: _milliseconds(exchange.integration_latency_ms),
    "integration.requestId": lambda exchange: exchange.function_request_id or None,
    "integration.status": lambda exchange: exchange.integration_status,
    "integrationErrorMessage": lambda exchange: exchange.integration_error or None,
    "integrationLatency": lambda exchange: _milliseconds(exchange.integration_latency_ms),
    "integrationStatus": lambda exchange: 200 if exchange.function_request_id else exchange.integration_status,
    "path": lambda exchange: exchange.path,
    "protocol": lambda exchange: f"HTTP/{exchange.request.version}",
    "requestId": lambda exchange: exchange.request_id,
    "requestTime": lambda exchange: web_events.request_time(int(exchange.at)),
    "requestTimeEpoch": lambda exchange: int(exchange.at),
    "responseLatency": lambda exchange: _milliseconds(exchange.response_latency_ms),
    "responseLength": lambda exchange: exchange.response_length,
    "routeKey": lambda exchange: exchange.route_key or None,
    "stage": lambda exchange: exchange.stage.stage_name,
    "status": lambda exchange: exchange.status,
}
