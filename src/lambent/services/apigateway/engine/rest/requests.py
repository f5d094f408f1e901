"""An integration's request: its body through a template, its parameters mapped, its address filled in. Pure."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from lambent.services.apigateway.engine.rest import parameters, refusals, templates
from lambent.services.apigateway.engine.rest.exchange import Exchange
from lambent.services.apigateway.engine.rest.parameters import Mapped
from lambent.services.apigateway.engine.rest.plans import IntegrationPlan
from lambent.services.apigateway.engine.rest.templates import Body
from lambent.wire.http import Request
from lambent.wire.uri import query_in_ascii

PATH_SAFE = "/:@!$&'()*+,;=-._~"
_VARIABLE = re.compile(r"\$\{stageVariables\.([A-Za-z0-9_]+)\}")


@dataclass(slots=True)
class Outgoing:
    """``uri`` has its stage variables and path parameters in it."""

    uri: str
    mapped: Mapped
    body: bytes


def outgoing(exchange: Exchange, plan: IntegrationPlan) -> Outgoing:
    """Raises Refusal where no template fits and the body may not pass."""
    body = Body(exchange.body_text)
    mapped = parameters.map_request(plan.parameters, exchange, body)
    data = exchange.request.body if plan.is_proxy else _through_template(exchange, plan, body)
    parameters.override(mapped, exchange)
    return Outgoing(uri_of(plan.uri, exchange.plan.variables, mapped.path), mapped, data)


def uri_of(uri: str, variables: Mapping[str, str], path: Mapping[str, str]) -> str:
    """An integration's address for one request."""
    filled = _VARIABLE.sub(lambda found: variables.get(found[1], ""), uri)
    for name, value in path.items():
        written = quote(value, safe=PATH_SAFE)
        filled = filled.replace(f"{{{name}}}", written).replace(f"{{{name}+}}", written)
    return filled


def url_of(out: Outgoing, exchange: Exchange, *, is_proxy: bool) -> str:
    """With the query: of a proxy the visitor's own beside what is mapped."""
    query = [out.mapped.query_text()] if out.mapped.query else []
    if is_proxy and exchange.request.query:
        query.insert(0, query_in_ascii(exchange.request.query))
    joined = "&".join(query)
    return f"{out.uri}{'&' if '?' in out.uri else '?'}{joined}" if joined else out.uri


def service_request(out: Outgoing, verb: str, path: str, host: str) -> Request:
    """A request to a service, as its wire takes it."""
    headers = {name.lower(): value for name, value in out.mapped.headers.items()}
    headers["host"] = host
    target, _, query = path.partition("?")
    return Request(verb, target, "&".join(filter(None, (query, out.mapped.query_text()))), headers, out.body)


def _through_template(exchange: Exchange, plan: IntegrationPlan, body: Body) -> bytes:
    found = templates.chosen(plan.templates, exchange.content_type)
    if found is not None and found[1]:
        return templates.render(found[1], exchange, body).encode()
    passes = plan.passthrough == "WHEN_NO_MATCH" or (plan.passthrough == "WHEN_NO_TEMPLATES" and not plan.templates)
    if found is None and not passes:
        raise refusals.unsupported_media_type()
    raw = exchange.request.body
    return base64.b64encode(raw) if plan.content_handling == "CONVERT_TO_TEXT" else raw
