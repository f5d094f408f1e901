"""Authorizers and what AWS asks of them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control.html
"""

import re

from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.records import HTTP, Api, Authorizer
from lambent.services.apigateway.engine.v2.parts import Rules
from lambent.services.apigateway.tables.v2 import parts
from lambent.store.database import Transaction

AUTHORIZERS_MAX = 10
RESULT_TTL_S_DEFAULT = 300

_URI = re.compile(
    r"arn:aws[\w-]*:apigateway:[\w-]+:lambda:path/\d{4}-\d\d-\d\d/functions/arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:.+/invocations"
)
_ISSUER = re.compile(r"https?://.+")


def check(tx: Transaction, api: Api, authorizer: Authorizer) -> None:  # noqa: ARG001 - as all checks of parts
    """Raises BadRequest."""
    if authorizer.authorizer_type == "JWT":
        _check_jwt(api, authorizer)
        return
    if not _URI.fullmatch(authorizer.authorizer_uri) and "${stageVariables." not in authorizer.authorizer_uri:
        raise errors.BadRequest(
            reason=f"Invalid Authorizer URI: {authorizer.authorizer_uri}."
            " Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation."
        )
    if api.protocol_type != HTTP:
        if authorizer.payload_format_version:
            raise errors.BadRequest(reason="AuthorizerPayloadFormatVersion is not supported on protocolType WEBSOCKET")
        return
    if not authorizer.payload_format_version:
        raise errors.BadRequest(reason="AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer")
    if authorizer.payload_format_version not in ("1.0", "2.0"):
        raise errors.BadRequest(reason="AuthorizerPayloadFormatVersion must be one of the following: 1.0, 2.0")
    if authorizer.enables_simple_responses and authorizer.payload_format_version != "2.0":
        raise errors.BadRequest(reason="EnableSimpleResponses requires an AuthorizerPayloadFormatVersion of 2.0")
    if authorizer.result_ttl_s and not authorizer.identity_sources:
        raise errors.BadRequest(reason="Identity source must be set if authorizer caching is enabled (TTL is greater than 0)")


def _check_jwt(api: Api, authorizer: Authorizer) -> None:
    if api.protocol_type != HTTP:
        raise errors.BadRequest(reason="Only REQUEST authorizer type is supported on WEBSOCKET protocol Apis.")
    if not authorizer.audience and not authorizer.issuer:
        raise errors.BadRequest(reason="JwtConfiguration must not be null for JWT Authorizer")
    if not _ISSUER.fullmatch(authorizer.issuer):
        raise errors.BadRequest(
            reason=f"Invalid issuer: {authorizer.issuer}."
            " Issuer must have a valid discovery endpoint ended with '/.well-known/openid-configuration'"
        )
    if len(authorizer.identity_sources) != 1:
        raise errors.BadRequest(reason="A JWT authorizer has exactly one IdentitySource")


def before_deletion(tx: Transaction, api: Api, authorizer: Authorizer) -> None:
    """Raises Conflict."""
    for route in parts.listed(tx, api.api_id, parts.ROUTES):
        if route.authorizer_id == authorizer.authorizer_id:
            reason = f"Cannot delete authorizer '{authorizer.name}', is referenced in route: {route.route_key}"
            raise errors.Conflict(reason=reason)


RULES = Rules(
    kind=parts.AUTHORIZERS,
    what="Authorizer",
    count_max=AUTHORIZERS_MAX,
    conflict="Authorizer name must be unique. Authorizer {name} already exists in this API.",
    check=check,
    on_deletion=before_deletion,
)
