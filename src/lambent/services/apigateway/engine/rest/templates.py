"""Mapping templates: what ``$input``, ``$util``, ``$context`` and ``$stageVariables`` are in them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from lambent.lang.jsonpath import InvalidPath, PathNotFound, parse
from lambent.lang.velocity import InvalidTemplate, TemplateFailure, Tool, compile_template
from lambent.services.apigateway.engine.rest import refusals
from lambent.services.apigateway.engine.rest.exchange import Exchange

QUIET = frozenset({"input", "context", "stageVariables", "util"})
_UNREAD = object()


class Body:
    """A body as ``$input`` names it: text, and JSON where it is asked for."""

    __slots__ = ("_document", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._document: Any = _UNREAD

    def at(self, path: str) -> Any:
        """What stands at a JSONPath; None where nothing does. Raises TemplateFailure."""
        try:
            return parse(path).find(self.document())
        except PathNotFound:
            return None
        except (InvalidPath, RecursionError) as error:
            raise TemplateFailure(f"{path} is no path") from error

    def document(self) -> Any:
        """A body that is not there is an empty object, and one that is no JSON is text."""
        if self._document is _UNREAD:
            try:
                self._document = json.loads(self.text) if self.text.strip() else {}
            except (ValueError, RecursionError):
                self._document = self.text
        return self._document


def render(template: str, exchange: Exchange, body: Body) -> str:
    """Raises Refusal for a template that cannot be read or run."""
    parameters, variables = _parameters(exchange), exchange.plan.variables
    try:
        return run(template, body, parameters=parameters, context=exchange.context(), stage_variables=variables)
    except (InvalidTemplate, TemplateFailure) as error:
        raise refusals.failed(f"Execution failed: the template cannot be run: {error}") from error


def run(
    template: str,
    body: Body,
    *,
    parameters: Mapping[str, Mapping[str, str]],
    context: Any,
    stage_variables: Mapping[str, str],
) -> str:
    """``parameters``: by name, of each place ("path", "querystring", "header"). Raises InvalidTemplate, TemplateFailure."""
    variables = {
        "input": _input(parameters, body),
        "util": _UTIL,
        "context": context,
        "stageVariables": dict(stage_variables),
    }
    return compile_template(template, quiet=QUIET).render(variables)


def chosen(templates: Mapping[str, str], content_type: str) -> tuple[str, str] | None:
    """The template for a content type, and the type under which it was found."""
    for kind, template in templates.items():
        if kind.partition(";")[0].strip().lower() == content_type:
            return kind, template
    if "$default" in templates:
        return "$default", templates["$default"]
    return None


def _input(everything: Mapping[str, Mapping[str, str]], body: Body) -> Tool:
    def params(name: str | None = None) -> Any:
        if name is None:
            return everything
        if name in everything:
            return everything[name]
        return next((everything[place][name] for place in ("path", "querystring", "header") if name in everything[place]), "")

    def as_json(path: str) -> str:
        value = body.at(path)
        return '""' if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    return Tool({"params": params, "json": as_json, "path": body.at}, {"body": body.text})


def _parameters(exchange: Exchange) -> dict[str, dict[str, str]]:
    return {
        "path": dict(exchange.path_parameters),
        "querystring": {name: values[-1] for name, values in exchange.query.items()},
        "header": {name: values[-1] for name, values in exchange.headers.items()},
    }


def _escape_javascript(value: Any) -> str:
    return json.dumps(_text(value))[1:-1].replace("'", "\\'")


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TemplateFailure("parseJson takes JSON") from error


def _decode(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError) as error:
        raise TemplateFailure("base64Decode takes base64") from error


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


_UTIL = Tool(
    {
        "escapeJavaScript": _escape_javascript,
        "parseJson": _parse_json,
        "urlEncode": lambda text: quote_plus(_text(text)),
        "urlDecode": lambda text: unquote_plus(_text(text)),
        "base64Encode": lambda text: base64.b64encode(_text(text).encode()).decode(),
        "base64Decode": lambda text: _decode(_text(text)),
    }
)
