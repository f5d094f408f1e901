"""Routes and what AWS asks of them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

import re

from msgspec import structs

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.records import DEFAULT_ROUTE, HTTP, WEBSOCKET, Api, Route
from lambent.services.apigateway.engine.v2 import apis, deployments
from lambent.services.apigateway.engine.v2.parts import Rules, find
from lambent.services.apigateway.tables.v2 import parts
from lambent.store.database import Transaction

ROUTES_MAX = 300
CONNECT = "$connect"
METHODS = ("ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")

_KEY = re.compile(rf"(?:{'|'.join(METHODS)}) /\S*")
_SEGMENT = re.compile(r"[^{}]*|\{[^{}/+]+\}")
_GREEDY = re.compile(r"\{[^{}/+]+\+\}")
_TARGET = re.compile(r"integrations/[^/]+")
_MALFORMED = (
    "The provided route key is not formatted properly for HTTP protocol."
    ' Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"'
)

_MALFORMED_TARGET = "Unexpected or malformed target in route. Correct format should be integrations/<integration_id>."


def check(tx: Transaction, api: Api, route: Route) -> None:
    """Raises BadRequest."""
    check_key(api, route.route_key)
    if api.protocol_type == HTTP and route.is_api_key_required:
        raise errors.BadRequest(reason="ApiKeyRequired is not currently supported for HTTP APIs.")
    if route.target:
        if not _TARGET.fullmatch(route.target):
            raise errors.BadRequest(reason=_MALFORMED_TARGET)
        integration = parts.find(tx, api.api_id, parts.INTEGRATIONS, route.integration_id)
        if integration is None:
            raise errors.BadRequest(reason="Invalid target specified. The target must be an integration of this API.")
    _check_authorization(tx, api, route)


def check_key(api: Api, route_key: str) -> None:
    """Raises BadRequest."""
    if not route_key:
        raise errors.BadRequest(reason="Route key is required")
    if api.protocol_type == WEBSOCKET or route_key == DEFAULT_ROUTE:
        return
    if not _KEY.fullmatch(route_key):
        raise errors.BadRequest(reason=_MALFORMED)
    *inner, last = route_key.partition("/")[2].split("/")
    if not all(map(_SEGMENT.fullmatch, inner)) or not (_SEGMENT.fullmatch(last) or _GREEDY.fullmatch(last)):
        raise errors.BadRequest(reason=_MALFORMED)


def _check_authorization(tx: Transaction, api: Api, route: Route) -> None:
    authorization = route.authorization_type
    if api.protocol_type == WEBSOCKET and authorization != "NONE" and route.route_key != CONNECT:
        raise errors.BadRequest(reason="Currently, authorization is restricted to the $connect route only")
    if authorization not in ("JWT", "CUSTOM"):
        return
    authorizer = parts.find(tx, api.api_id, parts.AUTHORIZERS, route.authorizer_id)
    if authorization == "JWT" and (authorizer is None or authorizer.authorizer_type != "JWT"):
        reason = "Invalid authorizer ID specified. Setting the authorization type to JWT requires a valid JWT authorizer."
        raise errors.BadRequest(reason=reason)
    if authorization == "CUSTOM" and (authorizer is None or authorizer.authorizer_type != "REQUEST"):
        raise errors.BadRequest(
            reason="Invalid authorizer ID specified."
            " Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer."
        )


def completed(api: Api, route: Route) -> Route:  # noqa: ARG001 - as all that complete parts
    """Who takes the authorization away takes the authorizer away."""
    if route.authorization_type in ("JWT", "CUSTOM"):
        return route
    return structs.replace(route, authorizer_id="", authorization_scopes=())


def before_rename(route: Route) -> None:
    """Raises BadRequest."""
    if route.is_managed:
        raise errors.BadRequest(reason="The key of a managed route cannot be changed. Change the RouteKey of its API instead.")


def delete_responses(tx: Transaction, api: Api, route: Route) -> None:
    """A route goes with its responses."""
    for response in parts.listed(tx, api.api_id, parts.ROUTE_RESPONSES):
        if response.route_id == route.route_id:
            parts.delete(tx, api.api_id, parts.ROUTE_RESPONSES, response.route_response_id)


RULES = Rules(
    kind=parts.ROUTES,
    what="Route",
    count_max=ROUTES_MAX,
    conflict="Route with key {name} already exists for this API",
    completed=completed,
    check=check,
    on_rename=before_rename,
    on_deletion=delete_responses,
    merged=("request_parameters",),
)


def delete_request_parameter(tx: Transaction, scope: Scope, api_id: str, route_id: str, key: str, now: Instant) -> None:
    """Raises ApiNotFound, NotFound."""
    api = apis.find(tx, scope, api_id)
    route = find(tx, api, RULES, route_id)
    if key not in route.request_parameters:
        raise errors.NotFound(what="request parameter")
    left = {name: value for name, value in route.request_parameters.items() if name != key}
    parts.put(tx, api, parts.ROUTES, structs.replace(route, request_parameters=left))
    deployments.follow(tx, api, now)
