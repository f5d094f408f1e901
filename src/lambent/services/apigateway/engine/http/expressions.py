"""Selection expressions: ``$request.header.x``, ``${request.path.id}``, ``$context.stage``, ``$stageVariables.x``, or a text.

They are compiled once and then asked of each request.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
"""

import re
from collections.abc import Callable

from lambent.lang import jsonpath
from lambent.services.apigateway.engine.http.exchange import Exchange, document_of, text_of
from lambent.wire.http import Response

Known = tuple[Exchange, Response | None]
Expression = Callable[[Exchange, Response | None], str | None]
"""Gives the value for a request, and of the response where there is one; None where it has none."""

_BRACED = re.compile(r"\$\{([^{}]+)\}")
_NAMES = ("request.", "response.", "context.", "stageVariables.")


class BadExpression(ValueError):
    """It begins like an expression, and is none."""


def compile_value(text: str) -> Expression:
    """What a mapping's value means. Raises BadExpression."""
    if text.startswith("$") and not text.startswith("${") and text[1:].startswith(_NAMES):
        return selection(text[1:])
    parts = _BRACED.split(text)
    if len(parts) == 1:
        return lambda _exchange, _response: text
    texts, selections = parts[::2], [selection(part) for part in parts[1::2]]
    if texts == ["", ""]:
        return selections[0]
    return _joined(texts, selections)


def selection(name: str) -> Expression:
    """What a name without its dollar means: "request.header.x". Raises BadExpression."""
    root, _, rest = name.partition(".")
    if root == "context":
        return lambda exchange, _response: exchange.variable(rest)
    if root == "stageVariables":
        return lambda exchange, _response: exchange.stage_variable(rest)
    found = _of_request(rest) if root == "request" else _of_response(rest) if root == "response" else None
    if found is None:
        raise BadExpression(f"Invalid selection expression specified: ${name}")
    return found


def _joined(texts: list[str], selections: list[Expression]) -> Expression:
    def join(exchange: Exchange, response: Response | None) -> str:
        joined = texts[0]
        for text, select in zip(texts[1:], selections, strict=True):
            joined += (select(exchange, response) or "") + text
        return joined

    return join


def _of_request(rest: str) -> Expression | None:
    kind, _, name = rest.partition(".")
    if kind == "header" and name:
        lower = name.lower()
        return lambda exchange, _response: exchange.header(lower)
    if kind == "querystring" and name:
        return lambda exchange, _response: exchange.query_parameter(name)
    if kind == "path":
        if not name:
            return lambda exchange, _response: exchange.resource_path
        return lambda exchange, _response: exchange.path_parameters.get(name)
    if kind == "body" or rest.startswith("body["):
        return _of_body(rest.removeprefix("body"))
    return None


def _of_body(steps: str) -> Expression:
    if not steps:
        return lambda exchange, _response: exchange.body_text()
    path = _path(steps)
    return lambda exchange, _response: _found(path, exchange.body_document())


def _of_response(rest: str) -> Expression | None:
    kind, _, name = rest.partition(".")
    if kind == "header" and name:
        return lambda _exchange, response: response.header(name) if response is not None else None
    if kind == "body" or rest.startswith("body["):
        path = _path(rest.removeprefix("body"))

        def find(_exchange: Exchange, response: Response | None) -> str | None:
            if response is None or not isinstance(response.body, bytes):
                return None
            return _found(path, document_of(response.body))

        return find
    return None


def _path(steps: str) -> jsonpath.Path:
    try:
        path = jsonpath.parse(f"${steps}")
    except jsonpath.InvalidPath as error:
        raise BadExpression(f"Invalid JSON path: {steps}") from error
    if not path.is_reference and steps:
        raise BadExpression(f"Invalid JSON path: {steps}")
    return path


def _found(path: jsonpath.Path, document: object) -> str | None:
    try:
        return text_of(path.find(document))
    except jsonpath.PathNotFound:
        return None
