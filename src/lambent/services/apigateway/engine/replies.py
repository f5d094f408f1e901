"""What a function returned in payload format 1.0, as the answer to a web request. (That of 2.0: ``wire.web_events``.)

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from lambent.wire import web_events
from lambent.wire.http import Response
from lambent.wire.web_events import Malformed


def response(
    payload: bytes, *, default_type: str, is_head: bool = False, told_as: Callable[[str], str] | None = None
) -> Response:
    """The answer. It must be an object with a ``statusCode``. Raises Malformed.

    ``default_type`` is the content type of an answer that tells none. ``told_as``: under which name a header is told.
    """
    try:
        returned = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("no JSON") from error
    if not isinstance(returned, dict) or returned.get("statusCode") is None:
        raise Malformed("statusCode")
    returned.pop("cookies", None)  # these are of format 2.0
    lines: Iterable[tuple[str, object]] = _header_lines(returned)
    if told_as is not None:
        lines = [(told_as(name), value) for name, value in web_events.end_to_end(lines)]
    return web_events.shaped(returned, default_type=default_type, is_head=is_head, header_lines=lines)


def _header_lines(returned: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Both kinds of headers. What stands in both is told once: as the one with several values has it."""
    many = returned.get("multiValueHeaders")
    if many is not None and not isinstance(many, dict):
        raise Malformed("multiValueHeaders")
    several = {name.lower() for name in many or ()}
    single = returned.get("headers")
    if single is not None and not isinstance(single, dict):
        raise Malformed("headers")
    for name, value in (single or {}).items():
        if name.lower() not in several:
            yield name, value
    for name, values in (many or {}).items():
        if values is not None and not isinstance(values, list):
            raise Malformed("multiValueHeaders")
        for value in values or ():
            yield name, value
