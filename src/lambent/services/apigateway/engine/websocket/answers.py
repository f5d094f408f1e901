"""What goes back to a client: from a function's answer, or through the templates of an integration.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html
"""

import json
from collections.abc import Mapping

import msgspec
import re2
from msgspec import Struct

from lambent.lang.velocity import InvalidTemplate, TemplateFailure
from lambent.services.apigateway.engine.http import refusals as http_refusals
from lambent.services.apigateway.engine.records import IntegrationResponse
from lambent.services.apigateway.engine.rest import templates
from lambent.services.apigateway.engine.rest.templates import Body
from lambent.services.apigateway.engine.websocket import refusals
from lambent.services.apigateway.engine.websocket.delivery import Delivery
from lambent.services.apigateway.engine.websocket.plans import SocketRoute
from lambent.wire import web_events

DEFAULT = "$default"


class _Returned(Struct, rename="camel"):
    status_code: int | str
    body: str | None = None
    is_base64_encoded: bool = False


_decoder = msgspec.json.Decoder(_Returned, strict=False)


def of_function(payload: bytes) -> tuple[int, str | bytes]:
    """The status and the body that a function behind AWS_PROXY returned. Raises Refusal."""
    try:
        returned = _decoder.decode(payload)
        status = int(returned.status_code)
        body = returned.body or ""
        return status, message_of(web_events.decoded(body)) if returned.is_base64_encoded else body
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, web_events.Malformed) as error:
        raise refusals.malformed() from error


def message_of(data: bytes) -> str | bytes:
    """Text where it is text: what else it may be is sent in a binary frame."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def request_of(route: SocketRoute, delivery: Delivery) -> str:
    """The text that an integration gets which is no proxy. Raises Refusal."""
    integration = route.integration
    assert integration is not None
    template = _chosen(integration.request_templates, integration.template_selection_expression, delivery)
    return delivery.message if template is None else _rendered(template, delivery, delivery.message)


def mock_status(rendered: str) -> int:
    """The status that the template of a MOCK integration tells. Raises Refusal."""
    try:
        return int(json.loads(rendered)["statusCode"]) if rendered.strip() else 200
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise http_refusals.failed("Unable to parse statusCode from the integration's request template") from error


def response_of(route: SocketRoute, delivery: Delivery, status: int, body: str) -> str:
    """What an integration's answer becomes that is no proxy's. Raises Refusal."""
    response = _response(route.responses, str(status))
    if response is None:
        return body
    template = _chosen(response.response_templates, response.template_selection_expression, delivery)
    return body if template is None else _rendered(template, delivery, body)


def _response(responses: tuple[IntegrationResponse, ...], status: str) -> IntegrationResponse | None:
    """By a key that is a pattern between slashes; the default where none fits."""
    for response in responses:
        key = response.integration_response_key
        try:
            if key.startswith("/") and key.endswith("/") and re2.fullmatch(key[1:-1], status) is not None:
                return response
        except re2.error:
            continue
    return next((each for each in responses if each.integration_response_key == DEFAULT), None)


def _chosen(given: Mapping[str, str], selection: str, delivery: Delivery) -> str | None:
    """A template by its key: the one that the selection names, the default, or the only one."""
    if not given:
        return None
    key = selection.replace("\\", "")
    if key.startswith("${request.body."):
        document = delivery.body_document()
        name = key.removeprefix("${request.body.").removesuffix("}")
        key = str(document.get(name, "")) if isinstance(document, dict) else ""
    if key in given:
        return given[key]
    if DEFAULT in given:
        return given[DEFAULT]
    return next(iter(given.values())) if len(given) == 1 else None


def _rendered(template: str, delivery: Delivery, body: str) -> str:
    try:
        return templates.run(
            template,
            Body(body),
            parameters={
                "path": {},
                "querystring": dict(_query(delivery)),
                "header": dict(delivery.request.headers),
            },
            context=delivery.context(),
            stage_variables=delivery.stage.variables,
        )
    except (InvalidTemplate, TemplateFailure) as error:
        raise http_refusals.failed(f"The template cannot be run: {error}") from error


def _query(delivery: Delivery) -> Mapping[str, str]:
    return web_events.query_parameters(delivery.request.query)
