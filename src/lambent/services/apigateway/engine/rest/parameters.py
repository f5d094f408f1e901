"""Parameter mappings: what an integration's request is made of, and what a method's response takes of the integration's.

https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard
from urllib.parse import urlencode

from lambent.services.apigateway.engine.rest.exchange import Exchange, named
from lambent.services.apigateway.engine.rest.templates import Body
from lambent.wire.http import Response

_LINE_BREAK = re.compile(r"[\r\n\0]")


@dataclass(slots=True)
class Mapped:
    """What mappings put into an integration's request."""

    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, list[str]] = field(default_factory=dict)
    path: dict[str, str] = field(default_factory=dict)

    def query_text(self) -> str:
        return urlencode(self.query, doseq=True)


def map_request(mappings: Mapping[str, str], exchange: Exchange, body: Body) -> Mapped:
    """What is not there is not mapped."""
    mapped = Mapped()
    for target, source in mappings.items():
        place, _, name = target.removeprefix("integration.request.").partition(".")
        if place == "querystring" and source.startswith("method.request.multivaluequerystring."):
            values = exchange.query.get(source.rpartition(".")[2])
            if values:
                mapped.query[name] = list(values)
            continue
        value = _of_request(source, exchange, body)
        if value is None:
            continue
        match place:
            case "header":
                mapped.headers[name] = value
            case "querystring":
                mapped.query[name] = [value]
            case "path":
                mapped.path[name] = value
    return mapped


def override(mapped: Mapped, exchange: Exchange) -> None:
    """What a template has set in ``$context.requestOverride`` goes before what was mapped."""
    given = exchange.override_request
    for holder, name in ((mapped.headers, "header"), (mapped.path, "path")):
        holder.update({key: str(value) for key, value in _entries(given.get(name))})
    mapped.query.update({key: [str(value)] for key, value in _entries(given.get("querystring"))})


def map_response(mappings: Mapping[str, str], exchange: Exchange, response: Response, body: Body) -> list[tuple[str, str]]:
    """The headers of the method's response."""
    headers = []
    for target, source in mappings.items():
        value = _of_response(source, exchange, response, body)
        if _fits_header(value) and target.startswith("method.response.header."):
            headers.append((target.removeprefix("method.response.header."), value))
    return headers


def override_headers(headers: list[tuple[str, str]], exchange: Exchange) -> list[tuple[str, str]]:
    """The same with what a template has set in ``$context.responseOverride``."""
    told = ((str(key), str(value)) for key, value in _entries(exchange.override_response.get("header")))
    given = {name: value for name, value in told if _fits_header(name) and _fits_header(value)}
    lower = {name.lower() for name in given}
    return [pair for pair in headers if pair[0].lower() not in lower] + list(given.items())


def map_gateway_response(mappings: Mapping[str, str], exchange: Exchange) -> list[tuple[str, str]]:
    prefix = "gatewayresponse.header."
    found = [
        (target.removeprefix(prefix), _of_request(source, exchange, Body("")))
        for target, source in mappings.items()
        if target.startswith(prefix)
    ]
    return [(name, value) for name, value in found if _fits_header(value)]


def _fits_header(value: str | None) -> TypeGuard[str]:
    """Not if it has the line breaks that a body or a query may have, for it would begin another header."""
    return value is not None and _LINE_BREAK.search(value) is None


def _of_request(source: str, exchange: Exchange, body: Body) -> str | None:
    if source.startswith("method.request.body"):
        return _of_body(source.removeprefix("method.request.body"), body)
    if source.startswith("method.request."):
        place, _, name = source.removeprefix("method.request.").partition(".")
        return exchange.parameter(place, name)
    return _of_neither(source, exchange)


def _of_response(source: str, exchange: Exchange, response: Response, body: Body) -> str | None:
    if source.startswith("integration.response.body"):
        return _of_body(source.removeprefix("integration.response.body"), body)
    if source.startswith("integration.response."):
        place, _, name = source.removeprefix("integration.response.").partition(".")
        values = [value for key, value in response.headers if key.lower() == name.lower()]
        if not values:
            return None
        return ",".join(values) if place == "multivalueheader" else values[-1]
    return _of_neither(source, exchange)


def _of_body(path: str, body: Body) -> str | None:
    value = body.at(f"${path}") if path else body.text
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"))


def _of_neither(source: str, exchange: Exchange) -> str | None:
    if source.startswith("'") and source.endswith("'"):
        return source[1:-1]
    if source.startswith("stageVariables."):
        return exchange.plan.variables.get(source.removeprefix("stageVariables."))
    if source.startswith("context."):
        value = named(exchange.context(), source.removeprefix("context."))
        return None if value is None or isinstance(value, dict) else str(value)
    return None


def _entries(holder: Any) -> Iterable[tuple[Any, Any]]:
    return holder.items() if isinstance(holder, dict) else ()
