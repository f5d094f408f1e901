"""Models and responses, of WebSocket APIs: what bodies look like, and what goes back to the client."""

import json
import re
from typing import Any

from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.records import HTTP, Api, IntegrationResponse, RouteResponse
from lambent.services.apigateway.engine.v2.parts import Rules
from lambent.services.apigateway.engine.v2.resources import Model
from lambent.services.apigateway.tables.v2 import parts
from lambent.store.database import Transaction

_NAME = re.compile(r"[A-Za-z0-9]+")


def check(tx: Transaction, api: Api, model: Model) -> None:  # noqa: ARG001 - as all checks of parts
    """Raises BadRequest."""
    if api.protocol_type == HTTP:
        raise errors.BadRequest(reason="Currently, Models are not permitted for APIs with a protocol type of HTTP")
    if not _NAME.fullmatch(model.name):
        raise errors.BadRequest(reason=f"Model name must be alphanumeric: {model.name}")
    try:
        json.loads(model.schema)
    except ValueError as error:
        raise errors.BadRequest(reason="Invalid model schema specified. Model schema must be valid JSON.") from error


def check_integration_response(tx: Transaction, api: Api, response: IntegrationResponse) -> None:
    """Raises BadRequest, NotFound."""
    _check_protocol(api, "IntegrationResponses")
    if parts.find(tx, api.api_id, parts.INTEGRATIONS, response.integration_id) is None:
        raise errors.NotFound(what="Integration")


def check_route_response(tx: Transaction, api: Api, response: RouteResponse) -> None:
    """Raises BadRequest, NotFound."""
    _check_protocol(api, "RouteResponses")
    if parts.find(tx, api.api_id, parts.ROUTES, response.route_id) is None:
        raise errors.NotFound(what="Route")
    if response.route_response_key != "$default":
        raise errors.BadRequest(reason="Currently, only $default is supported as a RouteResponseKey.")


MODEL_RULES = Rules(kind=parts.MODELS, what="Model", conflict="Model with name {name} already exists for this API", check=check)
INTEGRATION_RESPONSE_RULES = Rules(
    kind=parts.INTEGRATION_RESPONSES,
    what="IntegrationResponse",
    conflict="Integration response key already exists for this integration",
    check=check_integration_response,
    merged=("response_parameters",),
)
ROUTE_RESPONSE_RULES = Rules(
    kind=parts.ROUTE_RESPONSES,
    what="RouteResponse",
    conflict="Route response key already exists for this route",
    check=check_route_response,
)


def responses_of_integration(tx: Transaction, api_id: str, integration_id: str) -> list[IntegrationResponse]:
    found = parts.listed(tx, api_id, parts.INTEGRATION_RESPONSES)
    return [response for response in found if response.integration_id == integration_id]


def responses_of_route(tx: Transaction, api_id: str, route_id: str) -> list[RouteResponse]:
    return [response for response in parts.listed(tx, api_id, parts.ROUTE_RESPONSES) if response.route_id == route_id]


def template_of(model: Model) -> str:
    """A mapping template that takes a body of the model over, for whoever writes one to begin with."""
    return f"#set($inputRoot = $input.path('$'))\n{_template(json.loads(model.schema), '$inputRoot', 0)}"


def _template(schema: Any, path: str, depth: int) -> str:
    kind = schema.get("type") if isinstance(schema, dict) else None
    inner, outer = "  " * (depth + 1), "  " * depth
    if kind == "object":
        members = schema.get("properties") or {}
        lines = [f'{inner}"{name}" : {_template(member, f"{path}.{name}", depth + 1)}' for name, member in members.items()]
        return "{\n" + ",\n".join(lines) + f"\n{outer}}}"
    if kind == "array":
        item = _template(schema.get("items"), "$elem", depth + 1)
        return f"[\n#foreach($elem in {path})\n{inner}{item}#if($foreach.hasNext),#end\n#end\n{outer}]"
    if kind in ("integer", "number", "boolean"):
        return path
    return f'"{path}"'


def _check_protocol(api: Api, what: str) -> None:
    if api.protocol_type == HTTP:
        raise errors.BadRequest(reason=f"{what} are currently not supported for this API protocol type.")
