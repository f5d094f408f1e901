"""Parameter mapping: what an integration changes in requests before they reach it, and in the answers that come back.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from msgspec import Struct

from lambent.services.apigateway.engine.http.exchange import Exchange
from lambent.services.apigateway.engine.http.expressions import Expression, compile_value
from lambent.wire import uri, web_events
from lambent.wire.http import Request, Response

PATH_SAFE = "/:@!$&'()*+,;=-._~"

_LINE_BREAK = re.compile(r"[\r\n\0]")
_RESERVED = frozenset(
    (
        "authorization", "connection", "content-encoding", "content-length", "content-location", "forwarded", "keep-alive",
        "origin", "proxy-authenticate", "proxy-authorization", "te", "trailers", "transfer-encoding", "upgrade",
        "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "via",
    )
)  # fmt: skip
_RESERVED_PREFIXES = ("access-control-", "apigw-", "x-amz-", "x-amzn-")


class Step(Struct, frozen=True):
    """``change``: "append", "overwrite" or "remove"; ``place``: "header", "querystring", "path" or "statuscode"."""

    change: str
    place: str
    name: str
    value: Expression


@dataclass(slots=True)
class Outgoing:
    """A request as it goes to an integration. ``path`` is decoded and None unless a mapping overwrites it."""

    request: Request
    path: str | None = None


def is_reserved(header: str) -> bool:
    """Whether mappings leave this header (in lower case) alone."""
    return header in _RESERVED or header.startswith(_RESERVED_PREFIXES)


def compile_steps(parameters: Mapping[str, str]) -> tuple[Step, ...]:
    """Raises BadExpression. What is no mapping (a parameter of a service's operation) and what is reserved is left out."""
    steps = []
    for key, value in parameters.items():
        change, colon, target = key.partition(":")
        place, _, name = target.partition(".")
        if not colon or (place == "header" and is_reserved(name.lower())):
            continue
        steps.append(Step(change, place, name.lower() if place == "header" else name, compile_value(value)))
    return tuple(steps)


def map_request(steps: tuple[Step, ...], exchange: Exchange) -> Outgoing:
    """The request as an integration gets it. What an expression names is that of the visitor's request, whatever changed."""
    before = exchange.request
    # What a visitor's connection names goes first: else it could name, and so take away, what a mapping puts in.
    dropped = web_events.hop_by_hop(before.headers.get("connection"))
    headers = {name: value for name, value in before.headers.items() if name not in dropped}
    lines = [line for line in before.header_lines if line[0].decode("latin-1").lower() not in dropped]
    query = uri.pairs(before.query)
    has_query_changed = False
    path: str | None = None
    for step in steps:
        value = _value(step, exchange, None)
        if value is None:
            continue
        if step.place == "header":
            _change_header(headers, lines, step, value)
        elif step.place == "querystring":
            has_query_changed = True
            query = _changed(query, step, value, same=lambda key, name: key == name)
        elif step.place == "path":
            path = value
    return Outgoing(
        Request(
            before.method,
            before.path if path is None else quote(path, safe=PATH_SAFE),
            urlencode(query) if has_query_changed else before.query,
            headers,
            before.body,
            header_lines=lines,
            version=before.version,
        ),
        path,
    )


def map_response(by_status: Mapping[str, tuple[Step, ...]], exchange: Exchange, response: Response) -> Response:
    """The answer with what the steps of its status change. Expressions see the answer as it came."""
    steps = by_status.get(str(response.status)) or by_status.get(f"{response.status // 100}XX") or ()
    status, headers = response.status, response.headers
    for step in steps:
        value = _value(step, exchange, response)
        if value is None:
            continue
        if step.place == "header":
            headers = _changed(headers, step, value, same=lambda key, name: key.lower() == name)
        elif step.place == "statuscode" and _is_status(value):
            status = int(value)
    return Response(status, headers, response.body)


def _value(step: Step, exchange: Exchange, response: Response | None) -> str | None:
    """What a step puts in, "" where it takes away; None where it does nothing, as what it names is not there.

    A header cannot hold the line breaks that a body may, or it would begin another header.
    """
    if step.change == "remove":
        return ""
    value = step.value(exchange, response)
    return None if value is not None and step.place == "header" and _LINE_BREAK.search(value) else value


def _change_header(headers: dict[str, str], lines: list[tuple[bytes, bytes]], step: Step, value: str) -> None:
    name, before = step.name, headers.get(step.name)
    wanted = name.encode("latin-1", "replace")
    if step.change != "append":
        headers.pop(name, None)
        lines[:] = [(key, text) for key, text in lines if key.lower() != wanted]
    if step.change != "remove":
        is_added = step.change == "append" and before is not None
        headers[name] = f"{before},{value}" if is_added else value
        lines.append((wanted, value.encode("latin-1", "replace")))


def _changed(
    pairs: list[tuple[str, str]], step: Step, value: str, *, same: Callable[[str, str], bool]
) -> list[tuple[str, str]]:
    kept = pairs if step.change == "append" else [pair for pair in pairs if not same(pair[0], step.name)]
    return kept if step.change == "remove" else [*kept, (step.name, value)]


def _is_status(text: str) -> bool:
    return text.isascii() and text.isdigit() and 200 <= int(text) <= 599
