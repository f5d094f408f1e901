"""Web requests as events of payload format 2.0, and what functions return as HTTP responses: HTTP APIs and function URLs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

import binascii
import re
import time
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType

from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.errors import LambentError
from lambent.wire import uri
from lambent.wire.http import Request, Response

PRELUDE_CONTENT_TYPE = "application/vnd.awslambda.http-integration-response"
_HTTP_PORT = "80"  # of a host that names none
PRELUDE_END = b"\0" * 8
PRELUDE_BYTES_MAX = 131_072
JSON_CONTENT_TYPE = "application/json"

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TEXT_TYPES = frozenset(("application/json", "application/xml", "application/javascript", "application/graphql"))

# Of one connection, so neither the function's nor the visitor's to see; an answer's length and date are the server's.
HOP_BY_HOP = frozenset(
    ("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "expect")
)
_NOT_OF_A_CONNECTION = frozenset(("host", "content-length", "content-type"))  # whatever a ``Connection`` header says
_NOT_THE_FUNCTIONS = HOP_BY_HOP | {"content-length", "date"}
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")  # in no value of a header: a line break would begin another header
_STATUSES_WITHOUT_BODY = frozenset((204, 304))


class Malformed(LambentError):
    """What a function returned is no answer to a web request."""


# ---- requests ----------------------------------------------------------------------------------------------------------


class Facts(Struct, kw_only=True):
    """What an event tells beside the request itself."""

    account: str  # or "anonymous"
    api_id: str
    domain_name: str  # as the visitor wrote it
    domain_prefix: str
    request_id: str
    source_ip: str
    at: Instant
    route_key: str = "$default"
    stage: str = "$default"
    raw_path: str | None = None  # where it is not the request's own
    http_path: str | None = None  # where it is not the raw one
    path_parameters: Mapping[str, str] | None = None
    stage_variables: Mapping[str, str] | None = None
    authorizer: Mapping[str, Any] | msgspec.Raw | None = None  # {"jwt": …}, {"lambda": …} or {"iam": …}
    is_authentication_told: bool = False  # whether there is an ``authentication``, which is always null


class _Http(Struct, rename="camel"):
    method: str
    path: str
    protocol: str
    source_ip: str
    user_agent: str


# In the order in which AWS writes them.
class _RequestContext(Struct, rename="camel", kw_only=True):
    account_id: str
    api_id: str
    authentication: UnsetType | None = UNSET
    authorizer: Mapping[str, Any] | msgspec.Raw | UnsetType = UNSET
    domain_name: str
    domain_prefix: str
    http: _Http
    request_id: str
    route_key: str
    stage: str
    time: str
    time_epoch: int


class _Event(Struct, rename="camel", kw_only=True):
    version: str
    route_key: str
    raw_path: str
    raw_query_string: str
    cookies: list[str] | UnsetType = UNSET
    headers: dict[str, str]
    query_string_parameters: dict[str, str] | UnsetType = UNSET
    request_context: _RequestContext
    body: str | UnsetType = UNSET
    path_parameters: Mapping[str, str] | UnsetType = UNSET
    is_base64_encoded: bool
    stage_variables: Mapping[str, str] | UnsetType = UNSET


T = TypeVar("T")

json_bytes = msgspec.json.Encoder().encode


def hop_by_hop(connection: str | None) -> frozenset[str]:
    """The headers of one connection, in lower case: those that always are, and those that its ``Connection`` header names.

    https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
    """
    if connection is None:
        return HOP_BY_HOP
    named = {name.strip().lower() for name in connection.split(",")}
    return HOP_BY_HOP if named <= HOP_BY_HOP else HOP_BY_HOP | (named - _NOT_OF_A_CONNECTION)


def end_to_end(lines: Iterable[tuple[str, T]]) -> list[tuple[str, T]]:
    """Headers without those that a ``Connection`` among them names; it stays itself, for who would tell it another way."""
    found = list(lines)
    connection = [_text(value) for name, value in found if name.lower() == "connection"]
    if not connection:
        return found
    named = hop_by_hop(",".join(connection)) - HOP_BY_HOP
    return [pair for pair in found if pair[0].lower() not in named]


def event(request: Request, facts: Facts, *, added: Mapping[str, str] | None = None) -> bytes:
    """The event as JSON. ``added`` are headers that the front door puts in or replaces, in lower case.

    ``request.body`` is the whole body.
    """
    headers = dict(request.headers)
    for name in hop_by_hop(headers.get("connection")).intersection(headers):
        del headers[name]
    cookies: list[str] | UnsetType = UNSET
    if "cookie" in headers:
        cookies = list(_cookies(request, headers.pop("cookie"))) or UNSET
    if request.body and "content-length" not in headers:  # it came in chunks
        headers["content-length"] = str(len(request.body))
    if added is not None:
        headers.update(added)
    body, is_base64 = encoded_body(request.body, headers.get("content-type", "")) if request.body else (UNSET, False)
    raw_path = request.path if facts.raw_path is None else facts.raw_path
    return json_bytes(
        _Event(
            version="2.0",
            route_key=facts.route_key,
            raw_path=raw_path,
            raw_query_string=request.query,
            headers=headers,
            request_context=_request_context(request, facts, raw_path),
            is_base64_encoded=is_base64,
            cookies=cookies,
            query_string_parameters=query_parameters(request.query) if request.query else UNSET,
            path_parameters=facts.path_parameters or UNSET,
            stage_variables=facts.stage_variables or UNSET,
            body=body,
        )
    )


def _request_context(request: Request, facts: Facts, raw_path: str) -> _RequestContext:
    return _RequestContext(
        account_id=facts.account,
        api_id=facts.api_id,
        domain_name=facts.domain_name,
        domain_prefix=facts.domain_prefix,
        http=_Http(
            request.method,
            raw_path if facts.http_path is None else facts.http_path,
            f"HTTP/{request.version}",
            facts.source_ip,
            request.headers.get("user-agent", ""),
        ),
        request_id=facts.request_id,
        route_key=facts.route_key,
        stage=facts.stage,
        time=request_time(int(facts.at)),
        time_epoch=int(facts.at * 1000),
        authentication=None if facts.is_authentication_told else UNSET,
        authorizer=UNSET if facts.authorizer is None else facts.authorizer,
    )


def forwarded(request: Request, *, source_ip: str, host: str, trace_id: str) -> dict[str, str]:
    """The headers that AWS' front doors add: who came, by which way, and the trace."""
    before = request.headers.get("x-forwarded-for")
    port = host.rpartition(":")[2]
    return {
        "x-amzn-trace-id": trace_id,
        "x-forwarded-for": source_ip if before is None else f"{before}, {source_ip}",
        "x-forwarded-port": port if port.isdigit() else _HTTP_PORT,
        "x-forwarded-proto": "http",
    }


def iam_identity(caller: Context, told: Mapping[str, Any]) -> dict[str, Any]:
    """The ``iam`` of an event's authorizer. ``told`` is what GetCallerIdentity answers the caller."""
    return {
        "accessKey": caller.access_key_id,
        "accountId": caller.account,
        "callerId": told["UserId"],
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": told["Arn"],
        "userId": told["UserId"],
    }


def is_preflight(request: Request) -> bool:
    """Whether a browser asks if a page of another origin may ask."""
    headers = request.headers
    return request.method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers


def query_parameters(query: str) -> dict[str, str]:
    """Decoded; the values of what stands there several times are joined with a comma, as they came."""
    parameters: dict[str, str] = {}
    for name, value in uri.pairs(query):
        before = parameters.get(name)
        parameters[name] = value if before is None else f"{before},{value}"
    return parameters


def encoded_body(body: bytes, content_type: str) -> tuple[str, bool]:
    """A body as it stands in an event, and whether that is base64."""
    if is_text(content_type):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return b64encode(body).decode(), True


def is_text(content_type: str) -> bool:
    """Whether bodies of this type stand in events as they are."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind in _TEXT_TYPES or kind.startswith("text/") or kind.endswith(("+json", "+xml"))


@lru_cache(maxsize=16)
def request_time(at_s: int) -> str:
    """12/Mar/2020:19:03:58 +0000, whatever the locale is."""
    moment = time.gmtime(at_s)
    return (
        f"{moment.tm_mday:02d}/{_MONTHS[moment.tm_mon - 1]}/{moment.tm_year}"
        f":{moment.tm_hour:02d}:{moment.tm_min:02d}:{moment.tm_sec:02d} +0000"
    )


def _cookies(request: Request, joined: str) -> Iterator[str]:
    """Each cookie by itself. The lines as they came, for a cookie may hold the comma by which several were joined."""
    lines = [value.decode("latin-1") for name, value in request.header_lines if name.lower() == b"cookie"]
    for line in lines or [joined]:
        for cookie in line.split(";"):
            if stripped := cookie.strip():
                yield stripped


# ---- responses ---------------------------------------------------------------------------------------------------------


def response(payload: bytes, *, default_type: str = JSON_CONTENT_TYPE, is_head: bool = False) -> Response:
    """What a function returned, as the answer of format 2.0. Raises Malformed.

    Without a ``statusCode`` all of it is the body, as JSON. ``default_type`` is the content type of an answer that has a
    ``statusCode`` and does not tell its type. ``is_head``: the length that it tells is of a body that is not there.
    """
    if not payload:
        return Response(200, [("Content-Type", JSON_CONTENT_TYPE)])
    try:
        returned = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if PRELUDE_END not in payload:
            raise Malformed("no JSON") from error
        return _gathered(payload, is_head=is_head)
    if not isinstance(returned, dict) or "statusCode" not in returned:
        inferred = returned.encode("utf-8", "replace") if isinstance(returned, str) else msgspec.json.format(payload, indent=-1)
        return Response(200, [("Content-Type", JSON_CONTENT_TYPE)], inferred)
    return shaped(returned, default_type=default_type, is_head=is_head)


def shaped(
    returned: Mapping[str, Any],
    *,
    default_type: str,
    is_head: bool = False,
    header_lines: Iterable[tuple[str, object]] | None = None,
) -> Response:
    """The answer that an object with a ``statusCode`` is, with the headers of ``header_lines`` where they are not its own.

    Raises Malformed.
    """
    status, headers = head_of(returned, default_type=default_type, is_head=is_head, header_lines=header_lines)
    body = _body(returned.get("body"), is_base64=returned.get("isBase64Encoded"))
    return Response(status, headers, body if has_body(status) else b"")


def _gathered(payload: bytes, *, is_head: bool) -> Response:
    """A streamed answer in one piece, its prelude first."""
    found = Prelude().feed(payload)
    assert found is not None, "the prelude's end is there"
    metadata, body = found
    status, headers = prelude_head(metadata, is_head=is_head)
    return Response(status, headers, body if has_body(status) else b"")


def head_of(
    returned: Mapping[str, Any],
    *,
    default_type: str,
    is_head: bool = False,
    header_lines: Iterable[tuple[str, object]] | None = None,
) -> tuple[int, list[tuple[str, str]]]:
    """The status and headers of an object with a ``statusCode``: of a whole answer, or of a stream's prelude.

    Raises Malformed.
    """
    status = _status(returned.get("statusCode"))
    headers: list[tuple[str, str]] = []
    has_type = False
    connection = ""
    for name, value in _lines_of(returned) if header_lines is None else header_lines:
        lower = name.lower()
        if lower in _NOT_THE_FUNCTIONS and not (is_head and lower == "content-length"):
            if lower == "connection":
                connection += f"{_text(value)},"
            continue
        has_type = has_type or lower == "content-type"
        headers.append(header(name, value))
    if connection:
        dropped = hop_by_hop(connection)
        headers = [pair for pair in headers if pair[0].lower() not in dropped]
    if not has_type:
        headers.append(("Content-Type", default_type))
    cookies = returned.get("cookies")
    if cookies is not None and not isinstance(cookies, list):
        raise Malformed("cookies")
    for cookie in cookies or ():
        headers.append(header("Set-Cookie", cookie))
    return status, headers


def _lines_of(returned: Mapping[str, Any]) -> Iterable[tuple[str, object]]:
    given = returned.get("headers")
    if given is None:
        return ()
    if not isinstance(given, dict):
        raise Malformed("headers")
    return given.items()


def has_body(status: int) -> bool:
    """Whether HTTP lets an answer with this status have one."""
    return status not in _STATUSES_WITHOUT_BODY


def header(name: str, value: object) -> tuple[str, str]:
    """A header that a function gave. What is no text is written as JSON would. Raises Malformed."""
    text = value if type(value) is str else _text(value)
    if not _NAME.fullmatch(name) or (not text.isprintable() and _CONTROL.search(text)):
        raise Malformed(f"header {name}")
    return name, text


def _status(value: object) -> int:
    if type(value) is not int:
        if isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
    if type(value) is not int or not 200 <= value <= 599:  # 1xx announce an answer, they are none
        raise Malformed("statusCode")
    return value


def _body(value: object, *, is_base64: object) -> bytes:
    if value is None:
        return b""
    text = value if isinstance(value, str) else _text(value)
    return decoded(text) if is_base64 in (True, "true") else text.encode("utf-8", "replace")


def decoded(text: str) -> bytes:
    """The bytes of a body in base64, which may have line breaks. Raises Malformed."""
    try:
        return b64decode(text.replace("\r", "").replace("\n", ""), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("body") from error


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json_bytes(value).decode()


# ---- streams -----------------------------------------------------------------------------------------------------------


class Prelude:
    """Reads the metadata before a streamed body: JSON with ``statusCode``, ``headers``, ``cookies``; then eight NUL bytes."""

    def __init__(self) -> None:
        self._seen = bytearray()

    def feed(self, chunk: bytes) -> tuple[Mapping[str, Any], bytes] | None:
        """The metadata and the first bytes of the body, as soon as all of it is here. Raises Malformed."""
        start = max(len(self._seen) - len(PRELUDE_END) + 1, 0)
        self._seen += chunk
        end = self._seen.find(PRELUDE_END, start)
        if end > PRELUDE_BYTES_MAX or (end < 0 and len(self._seen) > PRELUDE_BYTES_MAX + len(PRELUDE_END)):
            raise Malformed("prelude")
        if end < 0:
            return None
        rest = bytes(self._seen[end + len(PRELUDE_END) :])
        try:
            metadata = msgspec.json.decode(bytes(self._seen[:end]))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Malformed("prelude") from error
        if not isinstance(metadata, dict):
            raise Malformed("prelude")
        return metadata, rest


def prelude_head(metadata: Mapping[str, Any], *, is_head: bool = False) -> tuple[int, list[tuple[str, str]]]:
    """The status and headers that a prelude tells; 200 where it tells none. Raises Malformed."""
    return head_of({"statusCode": 200, **metadata}, default_type="application/octet-stream", is_head=is_head)


def header_values(headers: Sequence[tuple[str, str]], name: str) -> list[str]:
    """All values of a header, whatever its name's case."""
    wanted = name.lower()
    return [value for key, value in headers if key.lower() == wanted]
