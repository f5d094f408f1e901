"""Web requests as AWS' events tell them, in each of their forms, and answers in the form that the event's sender takes.

Payload 2.0 (HTTP APIs, function URLs), payload 1.0 (REST and HTTP APIs), load balancers, WebSocket APIs. Whatever else comes
is a POST to one path, as the Lambda Web Adapter does it: https://github.com/awslabs/aws-lambda-web-adapter
"""

import base64
import json
import os

PASS_THROUGH_VARIABLE = "AWS_LWA_PASS_THROUGH_PATH"
_PASS_THROUGH_PATH = "/events"
_TEXT_TYPES = frozenset(
    (
        "application/json",
        "application/javascript",
        "application/xml",
        "application/graphql",
        "application/x-www-form-urlencoded",
    )
)
_PATH_SAFE = "/:@!$&'()*+,;=~-._"
_PLAIN = frozenset(_PATH_SAFE + "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_PORTS = {"http": 80, "https": 443}


class WebRequest:
    """One request. Header names are in lower case; ``answer`` makes what the handler returns."""

    __slots__ = (
        "answer",
        "body",
        "client",
        "headers",
        "is_web",
        "method",
        "path",
        "query",
        "raw_path",
        "root_path",
        "scheme",
        "server",
        "told_path",
        "version",
    )

    def __init__(self, method, raw_path, headers, body, answer):
        self.method = method
        self.raw_path = raw_path
        self.told_path = raw_path  # the event's own, where that is shorter
        self.path = _decoded(raw_path)
        self.root_path = ""
        self.query = ""
        self.headers = headers
        self.body = body
        self.client = ("", 0)
        self.version = "1.1"
        self.is_web = True  # False where it stands for an event of another kind
        self.answer = answer
        self.scheme, self.server = _address(headers)


def read(event):
    """The request that an event tells."""
    context = event.get("requestContext") if isinstance(event, dict) else None
    if isinstance(context, dict):
        if isinstance(context.get("http"), dict):
            return _payload_2(event, context, context["http"])
        if "elb" in context:
            return _load_balancer(event)
        if "connectionId" in context:
            return _web_socket(event, context)
        if "httpMethod" in event:
            return _payload_1(event, context)
    elif isinstance(event, dict) and "httpMethod" in event and "path" in event:
        return _payload_1(event, {})
    return _pass_through(event)


def _payload_2(event, context, http):
    headers = [(name.lower(), _text(value)) for name, value in (event.get("headers") or {}).items()]
    if event.get("cookies"):
        headers.append(("cookie", "; ".join(event["cookies"])))
    raw_path = event.get("rawPath") or http.get("path") or "/"
    if "apiId" in context and "authentication" not in context and context.get("accountId") != "anonymous":
        raw_path = _encoded(raw_path)
    request = WebRequest(http.get("method", "GET"), raw_path, headers, _body(event), answer_2)
    request.query = event.get("rawQueryString") or ""
    request.client = (http.get("sourceIp") or "", 0)
    request.version = (http.get("protocol") or "HTTP/1.1").partition("/")[2]
    request.root_path = _stage_prefix(context, request.path)
    return request


def _payload_1(event, context):
    path = event.get("path") or "/"
    whole = context.get("path") or path
    if "apiId" in context:
        path, whole = _encoded(path), _encoded(whole)
    headers, body = _headers(event), _body(event)
    if body and all(name != "content-length" for name, _ in headers):  # REST APIs do not tell it, and WSGI reads no further
        headers.append(("content-length", str(len(body))))
    request = WebRequest(event["httpMethod"], whole if whole.endswith(path) else path, headers, body, answer_1)
    request.told_path = path
    request.query = _query(_parameters(event))
    request.client = ((context.get("identity") or {}).get("sourceIp") or "", 0)
    request.version = (context.get("protocol") or "HTTP/1.1").partition("/")[2]
    # A REST API's path is without the stage, and the context's with it. What stands before is where the application is mounted.
    request.root_path = _decoded(whole[: -len(path)]) if whole != path and whole.endswith(path) else ""
    request.root_path = request.root_path or _stage_prefix(context, request.path)
    return request


def _load_balancer(event):
    has_many = "multiValueHeaders" in event
    answer = _answer_load_balancer_many if has_many else _answer_load_balancer
    request = WebRequest(event.get("httpMethod", "GET"), event.get("path") or "/", _headers(event), _body(event), answer)
    request.query = "&".join("%s=%s" % pair for pair in _parameters(event))  # a load balancer decodes nothing
    for name, value in request.headers:
        if name == "x-forwarded-for":
            request.client = (value.rpartition(",")[2].strip(), 0)  # who it saw itself comes last
    return request


def _web_socket(event, context):
    """An event of a WebSocket API, whole: its body alone would not say whose it is. A status may refuse a connection."""
    request = _pass_through(event)
    request.answer = answer_1
    request.client = ((context.get("identity") or {}).get("sourceIp") or "", 0)
    return request


def _pass_through(event):
    path = os.environ.get(PASS_THROUGH_VARIABLE) or _PASS_THROUGH_PATH
    body = json.dumps(event).encode()
    headers = [("host", "localhost"), ("content-type", "application/json"), ("content-length", str(len(body)))]
    request = WebRequest("POST", path if path.startswith("/") else "/" + path, headers, body, _answer_plain)
    request.is_web = False
    return request


def _stage_prefix(context, path):
    stage = context.get("stage") or "$default"
    prefix = "/" + stage
    return prefix if stage != "$default" and (path == prefix or path.startswith(prefix + "/")) else ""


def _headers(event):
    pairs = _pairs(event.get("multiValueHeaders"), event.get("headers"))
    return [(name.lower(), _text(value)) for name, value in pairs]


def _parameters(event):
    return _pairs(event.get("multiValueQueryStringParameters"), event.get("queryStringParameters"))


def _pairs(many, single):
    if many:
        return [(name, value) for name, values in many.items() for value in values or ()]
    return list((single or {}).items())


# urllib.parse is not imported before a web application needs it: every function's fork would pay for its pages.


def _decoded(path):
    if "%" not in path:
        return path
    from urllib.parse import unquote

    return unquote(path)


def _encoded(path):
    """The path of an API's event, which the API has decoded, as a URL has it. (Function URLs and load balancers do not decode.)

    Decoded again it would be another one than the API chose the route by, and whose visitors it has authorised.
    """
    if _PLAIN.issuperset(path):
        return path
    from urllib.parse import quote

    return quote(path, safe=_PATH_SAFE)


def _query(parameters):
    if not parameters:
        return ""
    from urllib.parse import urlencode

    return urlencode(parameters)


def _text(value):
    return value if type(value) is str else str(value)


def _body(event):
    body = event.get("body")
    if not body:
        return b""
    return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode("utf-8", "surrogatepass")


def _address(headers):
    scheme, host, port = "https", "", ""
    for name, value in headers:
        if name == "host":
            host = value
        elif name == "x-forwarded-proto":
            scheme = value
        elif name == "x-forwarded-port":
            port = value
    name, colon, own_port = host.rpartition(":")
    if colon and own_port.isdigit():
        host, port = name, own_port
    return scheme, (host, int(port) if port.isdigit() else _PORTS.get(scheme, 80))


def encoded(text):
    """A header's value as bytes: as it came in, for whoever decoded it took each byte for a character."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()


def as_sent(path):
    """A path as a URL has it; where an event tells it decoded, encoded again."""
    if path.isascii() and " " not in path:
        return path
    from urllib.parse import quote

    return quote(_decoded(path), safe=_PATH_SAFE)


# ---- answers: (status, [(name, value), …], body) -> what the handler returns ------------------------------------------------


def prelude(status, headers):
    """What comes before the first byte of a streamed body."""
    single, cookies = _joined(headers)
    return {"statusCode": status, "headers": single, "cookies": cookies}


def answer_2(status, headers, body):
    single, cookies = _joined(headers)
    text, is_base64 = _encoded_body(single, body)
    answer = {"statusCode": status, "headers": single, "body": text, "isBase64Encoded": is_base64}
    if cookies:
        answer["cookies"] = cookies
    return answer


def answer_1(status, headers, body):
    single, many = {}, {}
    for name, value in headers:
        name = name.lower()
        if name in many:
            many[name].append(value)
        elif name in single:
            many[name] = [single.pop(name), value]
        else:
            single[name] = value
    text, is_base64 = _encoded_body(single, body)
    answer = {"statusCode": status, "headers": single, "body": text, "isBase64Encoded": is_base64}
    if many:
        answer["multiValueHeaders"] = many
    return answer


def _answer_load_balancer(status, headers, body):
    """One value a name: cookies go under spellings that differ, which a browser does not mind."""
    single, cookies = _joined(headers)
    text, is_base64 = _encoded_body(single, body)
    for number, cookie in enumerate(cookies):
        single[_spelling("set-cookie", number)] = cookie
    return {
        "statusCode": status,
        "statusDescription": _description(status),
        "headers": single,
        "body": text,
        "isBase64Encoded": is_base64,
    }


def _answer_load_balancer_many(status, headers, body):
    many = {}
    for name, value in headers:
        many.setdefault(name.lower(), []).append(value)
    text, is_base64 = _encoded_body({name: values[0] for name, values in many.items()}, body)
    return {
        "statusCode": status,
        "statusDescription": _description(status),
        "multiValueHeaders": many,
        "body": text,
        "isBase64Encoded": is_base64,
    }


def _answer_plain(status, headers, body):
    """Of an event that is no web request: the body alone, as JSON where it is that."""
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")


def _joined(headers):
    single, cookies = {}, []
    for name, value in headers:
        name = name.lower()
        if name == "set-cookie":
            cookies.append(value)
        elif name in single:
            single[name] += "," + value
        else:
            single[name] = value
    return single, cookies


def _encoded_body(headers, body):
    if not body:
        return "", False
    if "content-encoding" not in headers and _is_text(headers.get("content-type", "text/")):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), True


def _is_text(content_type):
    kind = content_type.partition(";")[0].strip().lower()
    return kind.startswith("text/") or kind in _TEXT_TYPES or kind.endswith(("+json", "+xml"))


def _description(status):
    from http import HTTPStatus

    try:
        return "%d %s" % (status, HTTPStatus(status).phrase)
    except ValueError:
        return "%d Unknown" % status


def _spelling(name, number):
    """The number-th spelling of a name: each bit says whether a letter is a capital."""
    letters = []
    for letter in name:
        if letter.isalpha():
            letters.append(letter.upper() if number & 1 else letter)
            number >>= 1
        else:
            letters.append(letter)
    return "".join(letters)
