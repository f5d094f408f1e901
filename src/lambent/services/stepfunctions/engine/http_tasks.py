"""Tasks that call web APIs (``http:invoke``): the request that parameters and a connection come to, and what an answer becomes.

https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
from msgspec import Struct

from lambent.core.servers import Answer, Request
from lambent.services.stepfunctions.engine import failures
from lambent.services.stepfunctions.engine.definition.views import json_of, text_of, value_of
from lambent.services.stepfunctions.engine.failures import PAYLOAD_BYTES_MAX, Failure, StateFailed

ANSWER_S_MAX = 60.0
ANSWER_BYTES_MAX = PAYLOAD_BYTES_MAX
RANGE = f"bytes=0-{PAYLOAD_BYTES_MAX}"

SOCKET = "States.Http.Socket"
STATUS_PREFIX = "States.Http.StatusCode."
CONNECTION_PREFIX = "Events.ConnectionResource."

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD")
# fmt: off
FORBIDDEN_HEADERS = frozenset(
    {
        "a-im", "accept-charset", "accept-datetime", "accept-encoding", "authorization", "cache-control",
        "connection", "content-encoding", "content-md5", "date", "expect", "forwarded", "from", "host",
        "http2-settings", "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since",
        "max-forwards", "origin", "pragma", "proxy-authorization", "referer", "server", "te", "trailer",
        "transfer-encoding", "upgrade", "via", "warning",
    }
)
# fmt: on
FORBIDDEN_PREFIXES = ("x-forwarded-", "x-amz-", "x-amzn-")
UNREADABLE_TYPES = ("image/", "video/", "audio/")
"""Begin the content types of answers that AWS does not take, besides application/octet-stream."""

NONE, URL_ENCODED = "NONE", "URL_ENCODED"
INDICES, REPEAT, COMMAS, BRACKETS = "INDICES", "REPEAT", "COMMAS", "BRACKETS"

Pairs = Sequence[tuple[str, str]]


class Asked(Struct, frozen=True):
    """What the parameters of a task ask for. ``array_format`` is None where the body is sent as JSON."""

    method: str
    url: str
    connection_arn: str
    headers: Pairs
    query: Pairs
    body: Any
    array_format: str | None


class Additions(Struct, frozen=True):
    """What the connection adds; where both say something, it is the connection's that is sent."""

    headers: Pairs
    query: Pairs
    body: Pairs


def asked(parameters: bytes) -> Asked:
    """Raises StateFailed."""
    given = value_of(parameters)
    if not isinstance(given, dict):
        raise _unusable("The parameters must be an object")
    url, method = given.get("ApiEndpoint"), given.get("Method")
    if not isinstance(url, str) or not _is_url(url):
        raise _unusable(f"The ApiEndpoint must be the URL of an HTTPS API, but was: {text_of(url)}")
    if method not in METHODS:
        raise _unusable(f"The Method must be one of [{', '.join(METHODS)}], but was: {text_of(method)}")
    return Asked(
        method,
        url,
        _connection(given),
        list(_headers(given.get("Headers"))),
        list(_query(given.get("QueryParameters"))),
        given.get("RequestBody"),
        _array_format(given.get("Transform")),
    )


def _unusable(reason: str) -> StateFailed:
    return StateFailed(failures.RUNTIME, f"{reason}.")


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _connection(given: Mapping[str, Any]) -> str:
    for member in ("InvocationConfig", "Authentication"):
        config = given.get(member)
        if isinstance(config, dict) and isinstance(config.get("ConnectionArn"), str):
            return str(config["ConnectionArn"])
    raise _unusable("The Authentication must have the ConnectionArn of an EventBridge connection")


def _headers(given: Any) -> Iterator[tuple[str, str]]:
    if given is None:
        return
    if not isinstance(given, dict):
        raise _unusable(f"The Headers must be an object, but were: {text_of(given)}")
    for name, value in given.items():
        lower = name.lower()
        if lower in FORBIDDEN_HEADERS or lower.startswith(FORBIDDEN_PREFIXES):
            raise _unusable(f"The header '{name}' cannot be used in an HTTP Task")
        text = ",".join(map(_scalar, value)) if isinstance(value, list) else _scalar(value)
        if not _is_header(name, text):
            raise _unusable(f"The header '{name}' is not valid")
        yield name, text


def _is_header(name: str, value: str) -> bool:
    return (
        bool(name)
        and name.isascii()
        and name.isprintable()
        and not set(name) & set(' :"(),/;<=>?@[\\]{}')
        and value.isprintable()
    )


def _query(given: Any) -> Iterator[tuple[str, str]]:
    """An object, a text (``a=b&c=d``), or a list of such."""
    if isinstance(given, list):
        for each in given:
            yield from _query(each)
    elif isinstance(given, dict):
        for name, value in given.items():
            for one in value if isinstance(value, list) else [value]:
                yield name, _scalar(one)
    elif isinstance(given, str):
        for part in given.split("&"):
            name, _, value = part.partition("=")
            if part:
                yield name, value
    elif given is not None:
        raise _unusable(f"The QueryParameters must be an object, an array or a string, but were: {text_of(given)}")


def _array_format(given: Any) -> str | None:
    transform = given if isinstance(given, dict) else {}
    encoding = transform.get("RequestBodyEncoding", NONE)
    if encoding not in (NONE, URL_ENCODED):
        raise _unusable(f"The RequestBodyEncoding must be one of [{NONE}, {URL_ENCODED}], but was: {text_of(encoding)}")
    options = transform.get("RequestEncodingOptions")
    found = options.get("ArrayFormat", INDICES) if isinstance(options, dict) else INDICES
    formats = (INDICES, REPEAT, COMMAS, BRACKETS)
    if found not in formats:
        raise _unusable(f"The ArrayFormat must be one of [{', '.join(formats)}], but was: {text_of(found)}")
    return str(found) if encoding == URL_ENCODED else None


def _scalar(value: Any) -> str:
    return value if isinstance(value, str) else text_of(value)


# ---- the request -----------------------------------------------------------------------------------------------------


def request(task: Asked, added: Additions, region: str) -> Request:
    """Raises StateFailed."""
    body = _encoded(task, _merged(task.body, added.body))
    headers = {name.lower(): (name, value) for name, value in (*task.headers, *added.headers)}
    if body and "content-type" not in headers:
        headers["content-type"] = ("Content-Type", "application/json; charset=UTF-8")
    headers["user-agent"] = ("User-Agent", f"Amazon|StepFunctions|HttpInvoke|{region}")
    headers["range"] = ("Range", RANGE)
    return Request(task.method, _url(task, added.query), list(headers.values()), body)


def _url(task: Asked, added: Pairs) -> str:
    names = {name for name, _ in added}
    pairs = [*((name, value) for name, value in task.query if name not in names), *added]
    if not pairs:
        return task.url
    address, hash_sign, fragment = task.url.partition("#")
    query = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs)
    return f"{address}{'&' if '?' in address else '?'}{query}{hash_sign}{fragment}"


def _merged(body: Any, added: Pairs) -> Any:
    if not added:
        return body
    if body is not None and not isinstance(body, dict):
        raise _unusable("The RequestBody cannot be merged with the body parameters of the connection: it is no JSON object")
    return {**(body or {}), **dict(added)}


def _encoded(task: Asked, body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode("utf-8", "replace")
    if task.array_format is None:
        return json_of(body)
    if not isinstance(body, dict):
        raise _unusable("A RequestBody that is URL-encoded must be a JSON object")
    pairs = (pair for name, value in body.items() for pair in _form(name, value, task.array_format))
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs).encode()


def _form(name: str, value: Any, array_format: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for member, inner in value.items():
            yield from _form(f"{name}[{member}]", inner, array_format)
    elif isinstance(value, list) and array_format == COMMAS:
        yield name, ",".join(map(_scalar, value))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            suffix = {INDICES: f"[{place}]", BRACKETS: "[]", REPEAT: ""}[array_format]
            yield from _form(name + suffix, inner, array_format)
    else:
        yield name, "" if value is None else _scalar(value)


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="replace")


# ---- the answer ------------------------------------------------------------------------------------------------------


def result(answer: Answer) -> bytes | Failure:
    """What the state is given, JSON, or its failure."""
    kind = answer.header("content-type").partition(";")[0].strip().lower()
    if kind == "application/octet-stream" or kind.startswith(UNREADABLE_TYPES):
        return Failure(failures.RUNTIME, f"The response of content type '{kind}' is not supported.")
    if not answer.is_whole:
        return Failure(
            failures.DATA_LIMIT_EXCEEDED,
            "The state/task 'http:invoke' returned a result with a size exceeding the maximum number of bytes service limit.",
        )
    try:
        text = answer.body.decode()
    except UnicodeDecodeError:
        return Failure(failures.RUNTIME, "The response cannot be read as a valid string.")
    headers: dict[str, list[str]] = {}
    for name, value in answer.headers:
        headers.setdefault(name.lower(), []).append(value)
    body = _json(answer.body) if kind == "application/json" or kind.endswith("+json") else text
    told = {"Headers": headers, "ResponseBody": body, "StatusCode": answer.status, "StatusText": answer.phrase}
    if 200 <= answer.status < 300:
        return json_of(told)
    return Failure(f"{STATUS_PREFIX}{answer.status}", text_of(told))


def _json(body: bytes) -> Any:
    """As text where it is none."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return body.decode()


def unreachable(reason: str) -> Failure:
    """No answer: the server is not there, does not speak TLS as it should, or takes longer than AWS waits."""
    return Failure(SOCKET, reason)


CONNECTION_ERRORS: Mapping[str, str] = {
    "ResourceNotFoundException": "ResourceNotFound",
    "InvalidConnectionStateException": "InvalidConnectionState",
    "AccessDeniedException": "AccessDenied",
}
"""What goes wrong when a connection is asked for its credentials, by the code that events answers."""


def connection_failure(code: str, message: str) -> Failure:
    if "states:InvokeHTTPEndpoint" in message:
        return Failure(failures.PERMISSIONS, message)
    return Failure(f"{CONNECTION_PREFIX}{CONNECTION_ERRORS.get(code, 'InternalError')}", message)
