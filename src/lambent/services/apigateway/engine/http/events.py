"""What functions are told of an exchange: as integrations and as authorizers, in both payload formats."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from lambent.services.apigateway.engine.events import payload_1
from lambent.services.apigateway.engine.http.exchange import Exchange
from lambent.services.apigateway.engine.http.mapping import Outgoing
from lambent.services.apigateway.engine.records import DEFAULT_ROUTE
from lambent.wire import web_events

FORMAT_1 = "1.0"

_encode = msgspec.json.Encoder().encode


def event(exchange: Exchange, outgoing: Outgoing, payload_format: str) -> bytes:
    """The event of an integration."""
    added = _added(exchange)
    if payload_format != FORMAT_1:
        return web_events.event(outgoing.request, _facts_2(exchange, outgoing), added=added)
    return _encode(_document_1(exchange, outgoing, added))


def authorizer_event(exchange: Exchange, payload_format: str, route_arn: str, identity: Sequence[str]) -> bytes:
    """The event of a Lambda authorizer, which is not told the body."""
    outgoing = Outgoing(exchange.request)
    if payload_format == FORMAT_1:
        return _encode(_authorizer_document_1(exchange, outgoing, route_arn, identity))
    document = msgspec.json.decode(web_events.event(outgoing.request, _facts_2(exchange, outgoing), added=_added(exchange)))
    version = document.pop("version")
    document.pop("body", None)
    document.pop("isBase64Encoded", None)
    head = {"version": version, "type": "REQUEST", "routeArn": route_arn, "identitySource": list(identity) or None}
    return _encode(head | document)


def _authorizer_document_1(exchange: Exchange, outgoing: Outgoing, route_arn: str, identity: Sequence[str]) -> dict[str, Any]:
    document = _document_1(exchange, outgoing, _added(exchange))
    version = document.pop("version")
    for member in ("body", "isBase64Encoded"):
        del document[member]
    document["requestContext"].pop("authorizer", None)
    joined = ",".join(identity)
    head = {
        "version": version,
        "type": "REQUEST",
        "methodArn": route_arn,
        "identitySource": joined,
        "authorizationToken": joined,
    }
    return head | document


def _added(exchange: Exchange) -> dict[str, str]:
    added = web_events.forwarded(
        exchange.request,
        source_ip=exchange.source_ip,
        host=exchange.host,
        trace_id=exchange.trace_id,
    )
    added["content-length"] = str(len(exchange.request.body))  # of a request without a body, too
    return added


def _facts_2(exchange: Exchange, outgoing: Outgoing) -> web_events.Facts:
    return web_events.Facts(
        account=exchange.api.scope.account,
        api_id=exchange.api.api_id,
        domain_name=exchange.host,
        domain_prefix=exchange.domain_prefix,
        request_id=exchange.request_id,
        source_ip=exchange.source_ip,
        at=exchange.at,
        route_key=exchange.route_key,
        stage=exchange.stage.stage_name,
        raw_path=exchange.path if outgoing.path is None else outgoing.path,
        http_path=exchange.path,
        path_parameters=exchange.path_parameters,
        stage_variables=exchange.stage.variables,
        authorizer=_authorizer_2(exchange),
    )


def _authorizer_2(exchange: Exchange) -> Mapping[str, Any] | None:
    authorized = exchange.authorized
    if authorized.claims is not None:
        return {"jwt": {"claims": authorized.claims, "scopes": authorized.scopes}}
    if authorized.iam is not None:
        return {"iam": authorized.iam}
    return None if authorized.context is None else {"lambda": authorized.context}


def _document_1(exchange: Exchange, outgoing: Outgoing, added: Mapping[str, str]) -> dict[str, Any]:
    request = outgoing.request
    resource = exchange.route_key if exchange.route_key == DEFAULT_ROUTE else exchange.route_key.partition(" ")[2]
    body = request.body
    content_type = request.headers.get("content-type", "")
    facts = payload_1.Facts(
        account=exchange.api.scope.account,
        api_id=exchange.api.api_id,
        stage=exchange.stage.stage_name,
        resource=resource,
        resource_id=exchange.route_key,
        path=exchange.path if outgoing.path is None else outgoing.path,
        context_path=exchange.path,
        domain_name=exchange.host,
        domain_prefix=exchange.domain_prefix,
        request_id=exchange.request_id,
        extended_request_id=exchange.request_id,
        at=exchange.at,
        identity=_identity_1(exchange),
        path_parameters=exchange.path_parameters,
        stage_variables=exchange.stage.variables,
        authorizer=_authorizer_1(exchange),
    )
    encoded = web_events.encoded_body(body, content_type) if body else (None, False)
    return payload_1.document(request, facts, headers=payload_1.multi_value_headers(request, added), body=encoded)


def _identity_1(exchange: Exchange) -> dict[str, str | None]:
    known = exchange.authorized.iam or {}
    return payload_1.identity(
        exchange.source_ip,
        exchange.request.headers.get("user-agent"),
        accessKey=known.get("accessKey"),
        accountId=known.get("accountId"),
        caller=known.get("callerId"),
        cognitoAmr=None,  # which REST APIs do not tell
        user=known.get("userId"),
        userArn=known.get("userArn"),
    )


def _authorizer_1(exchange: Exchange) -> Mapping[str, Any] | None:
    authorized = exchange.authorized
    if authorized.claims is not None:
        return {"claims": authorized.claims, "scopes": authorized.scopes}
    if authorized.context is not None or authorized.principal_id is not None:
        return {"principalId": authorized.principal_id, **(authorized.context or {})}
    return None
