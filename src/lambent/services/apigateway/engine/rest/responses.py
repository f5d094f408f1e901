"""Responses on their way back: of integrations through their templates, and of the gateway itself.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-integration-settings-integration-response.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Sequence

from lambent.services.apigateway.engine.rest import gateway_responses, parameters, refusals, templates
from lambent.services.apigateway.engine.rest.exchange import Exchange, named
from lambent.services.apigateway.engine.rest.plans import MethodPlan, ResponsePlan
from lambent.services.apigateway.engine.rest.refusals import Refusal
from lambent.services.apigateway.engine.rest.templates import Body
from lambent.wire import web_events
from lambent.wire.http import Response

JSON = "application/json"
_REMAPPED = frozenset(
    (
        "authorization", "connection", "content-length", "content-md5", "date", "expect", "host", "max-forwards",
        "proxy-authenticate", "server", "trailer", "upgrade", "user-agent", "www-authenticate",
    )
)  # fmt: skip
"""What a back end says in these headers of itself is told under other names."""

_FRAMING = web_events.HOP_BY_HOP | {"content-length"}
_NAME = r"(?:context|stageVariables)\.[A-Za-z0-9_.-]*[A-Za-z0-9_]"
_VARIABLE = re.compile(rf"\$(?:\{{({_NAME})\}}|({_NAME}))")


def chosen(plans: Sequence[ResponsePlan], text: str) -> ResponsePlan:
    """The response whose pattern fits an answer's status or a function's error; without one the default. Raises Refusal."""
    for plan in plans:
        if plan.pattern is not None and plan.pattern.fullmatch(text) is not None:
            return plan
    default = next((plan for plan in plans if plan.pattern is None), None)
    if default is None:
        raise refusals.failed(f"No match for output mapping and no default endpoint response configured. Endpoint: {text}")
    return default


def mapped(exchange: Exchange, method: MethodPlan, plan: ResponsePlan, answer: Response) -> Response:
    """The method's response that an integration's answer becomes. Raises Refusal."""
    raw = answer.body if isinstance(answer.body, bytes) else b""
    content_type = (answer.header("content-type") or JSON).partition(";")[0].strip().lower()
    is_binary = exchange.plan.is_binary(content_type)
    body = Body(base64.b64encode(raw).decode() if is_binary else raw.decode("utf-8", "replace"))
    headers = parameters.map_response(plan.parameters, exchange, answer, body)
    template = _template(plan, content_type, exchange)
    told = template[0] if template is not None else _content_type(method, plan, answer)
    data = templates.render(template[1], exchange, body).encode() if template is not None and template[1] else raw
    data = _handled(plan.content_handling, data)
    headers = _without_framing(remapped(parameters.override_headers(headers, exchange)))
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.insert(0, ("Content-Type", told))
    return Response(_final(str(exchange.override_response.get("status") or ""), plan), headers, data)


def _final(overridden: str, plan: ResponsePlan) -> int:
    """The status of the answer. One of 1xx announces another answer, for which a visitor would wait. Raises Refusal."""
    status = int(overridden) if overridden.isascii() and overridden.isdigit() and len(overridden) == 3 else plan.status
    if not 200 <= status <= 599:
        raise refusals.failed(f"Execution failed due to configuration error: Invalid response status: {status}")
    return status


def remapped(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers of an answer, without what a back end may not say in the gateway's name."""
    return [(told_as(name), value) for name, value in headers]


def told_as(name: str) -> str:
    """Under which name a visitor is told a back end's header."""
    return f"x-amzn-Remapped-{name}" if name.lower() in _REMAPPED else name


def refused(exchange: Exchange, refusal: Refusal) -> Response:
    """The gateway response for a reason, as the API has it."""
    message = json.dumps(refusal.message) if refusal.message is not None else "null"
    exchange.error = {
        "message": refusal.message or "",
        "messageString": message,
        "responseType": refusal.kind,
        "validationErrorString": refusal.validation_errors,
    }
    given = gateway_responses.effective(refusal.kind, exchange.plan.gateway_responses)
    status = refusal.status or int(given.get("statusCode") or 500)
    own = exchange.plan.gateway_responses.get(refusal.kind)
    if own is not None and own.get("statusCode"):
        status = int(own["statusCode"])
    headers = _without_framing(parameters.map_gateway_response(given["responseParameters"], exchange))
    bodies = given["responseTemplates"] or gateway_responses.TEMPLATES
    kind = JSON if JSON in bodies else next(iter(bodies))
    if bodies == gateway_responses.TEMPLATES:
        space = " " if refusal.message is not None and status >= 500 else ""  # as AWS writes them
        body = f'{{"message":{space}{message}}}'
    else:
        body = _filled(bodies[kind], exchange)
    headers = [("x-amzn-ErrorType", refusal.error_type), *headers]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.insert(0, ("Content-Type", kind))
    return Response(status, headers, body.encode())


def _without_framing(headers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """How long an answer is and how it is sent is the server's to say: a template makes it longer than the back end's."""
    return [pair for pair in headers if pair[0].lower() not in _FRAMING]


def _template(plan: ResponsePlan, content_type: str, exchange: Exchange) -> tuple[str, str] | None:
    """By what the visitor accepts, then by what the answer is; and what stands first where neither fits."""
    if not plan.templates:
        return None
    accepted = (exchange.request.headers.get("accept") or "").partition(",")[0].partition(";")[0].strip().lower()
    for kind in (accepted, content_type, JSON):
        found = templates.chosen(plan.templates, kind)
        if found is not None:
            return (kind if found[0] == "$default" else found[0]), found[1]
    return next(iter(plan.templates.items()))


def _content_type(method: MethodPlan, plan: ResponsePlan, answer: Response) -> str:
    models = method.response_models.get(str(plan.status), {})
    return answer.header("content-type") or next(iter(models), JSON)


def _handled(handling: str, data: bytes) -> bytes:
    if handling == "CONVERT_TO_TEXT":
        return base64.b64encode(data)
    if handling != "CONVERT_TO_BINARY":
        return data
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise refusals.failed("Execution failed due to configuration error: Unable to base64 decode the body.") from error


def _filled(template: str, exchange: Exchange) -> str:
    """Gateway responses know variables, and nothing else of templates."""
    context = exchange.context()

    def value(found: re.Match[str]) -> str:
        root, _, name = (found[1] or found[2]).partition(".")
        if root == "stageVariables":
            return exchange.plan.variables.get(name, "")
        known = named(context, name)
        return "" if known is None or isinstance(known, dict) else str(known)

    return _VARIABLE.sub(value, template)
