"""Speaks HTTP to a platform as an AWS client does, with the standard library: one signed request, one answer."""

import http.client
import json
import ssl
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from lambent.cli.failures import NoPlatform, Refused
from lambent.core.moments import Instant, from_iso, wall_s
from lambent.wire import sigv4
from lambent.wire.http import Request

ANSWER_S_MAX = 1_000.0  # a function may take 900 s
PAGE_S_MAX = 10.0  # the platform's own pages come at once, or something else holds the port

IAM_VERSION = "2010-05-08"
LOGS_TARGET = "Logs_20140328"
ECR_TARGET = "AmazonEC2ContainerRegistry_V20150921"


@dataclass(frozen=True, slots=True)
class Identity:
    """What requests are signed with. A key id of 12 digits names an account, and its secret does not matter."""

    access_key_id: str
    secret_access_key: str
    session_token: str = ""
    account: str = ""  # where the key id does not say so


@dataclass(frozen=True, slots=True)
class Answer:
    """``headers`` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body or b"{}")


@dataclass(slots=True)
class Client:
    """One platform, as one identity, in one region. Keeps its connection."""

    url: str
    identity: Identity
    region: str
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    def plain(self, method: str, path: str, query: str = "") -> Answer:
        """An unsigned request: the platform's own pages."""
        return self._exchange(Request(method, path, query, {"host": self._host}), PAGE_S_MAX)

    def now(self) -> Instant:
        """What time it is for the account that asks, which may be other than the machine's time."""
        account = self.identity.account or self.identity.access_key_id
        is_account = len(account) == 12 and account.isdigit()
        try:
            answer = self.plain("GET", "/_lambent/clock", f"account={account}" if is_account else "")
            return from_iso(answer.json()["now"])
        except (NoPlatform, ValueError, KeyError, TypeError):  # as the command itself is about to find out
            return wall_s()

    def health(self) -> dict[str, object]:
        """What the platform says of itself. Raises NoPlatform where something else answers."""
        answer = self.plain("GET", "/_lambent/health")
        try:
            content = answer.json()
        except ValueError:
            content = None
        if not isinstance(content, dict) or not content.keys() >= {"ready", "auth", "isolation"}:
            raise NoPlatform(f"what answers at {self.url} is no Lambent", _ADVICE)
        return content

    def rest(
        self,
        service: str,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        """A request of a rest-json or rest-xml service. Raises Refused."""
        encoded = urlencode(query or {}, quote_via=quote)
        answer = self._exchange(self.signed(service, Request(method, path, encoded, dict(headers or {}), body)))
        if answer.status >= 400:
            raise _refused(answer)
        return answer

    def logs(self, operation: str, parameters: Mapping[str, object]) -> Any:
        """An operation of CloudWatch Logs. Raises Refused."""
        return self._json("logs", f"{LOGS_TARGET}.{operation}", parameters)

    def ecr(self, operation: str, parameters: Mapping[str, object]) -> Any:
        """An operation of ECR. Raises Refused."""
        return self._json("ecr", f"{ECR_TARGET}.{operation}", parameters)

    def _json(self, service: str, target: str, parameters: Mapping[str, object]) -> Any:
        headers = {"x-amz-target": target, "content-type": "application/x-amz-json-1.1"}
        return self.rest(service, "POST", "/", headers=headers, body=json.dumps(parameters).encode()).json()

    def iam(self, operation: str, **parameters: str) -> ElementTree.Element:
        """An operation of IAM: its result element. Raises Refused."""
        body = urlencode({"Action": operation, "Version": IAM_VERSION} | parameters).encode()
        headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        root = ElementTree.fromstring(self.rest("iam", "POST", "/", headers=headers, body=body).body)  # noqa: S314
        _drop_namespaces(root)
        result = root.find(f"{operation}Result")
        return root if result is None else result

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def _host(self) -> str:
        return urlsplit(self.url).netloc

    def signed(self, service: str, request: Request) -> Request:
        """The request with the headers that sign it, good for a quarter of an hour."""
        now = datetime.fromtimestamp(wall_s(), UTC)
        scope = sigv4.Scope(self.identity.access_key_id, now.strftime("%Y%m%d"), self.region, service)
        unsigned = Request(request.method, request.path, request.query, {"host": self._host, **request.headers}, request.body)
        headers = sigv4.sign(
            unsigned,
            scope=scope,
            secret_access_key=self.identity.secret_access_key,
            amz_date=now.strftime("%Y%m%dT%H%M%SZ"),
            session_token=self.identity.session_token,
        )
        return Request(request.method, request.path, request.query, headers, request.body)

    def _exchange(self, request: Request, timeout_s: float = ANSWER_S_MAX) -> Answer:
        target = f"{request.path}?{request.query}" if request.query else request.path
        is_kept = self._connection is not None
        try:
            return self._send(request, target, timeout_s)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as error:
            self.close()
            # A connection that idled may have been closed by the other side. But a function may have run.
            if is_kept and not request.path.endswith("/invocations"):
                return self._exchange(request, timeout_s)
            raise NoPlatform(f"the platform at {self.url} closed the connection", _ADVICE) from error
        except OSError as error:
            self.close()
            raise NoPlatform(f"no platform answers at {self.url} ({error.strerror or error})", _ADVICE) from error
        except http.client.HTTPException as error:
            self.close()
            raise NoPlatform(f"what answers at {self.url} does not speak HTTP ({type(error).__name__})", _ADVICE) from error

    def _send(self, request: Request, target: str, timeout_s: float) -> Answer:
        if self._connection is None:
            self._connection = _connect(self.url)
        self._connection.timeout = timeout_s
        if self._connection.sock is not None:
            self._connection.sock.settimeout(timeout_s)
        self._connection.request(request.method, target, body=request.body or None, headers=dict(request.headers))
        response = self._connection.getresponse()
        body = response.read()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)


_ADVICE = "Start one with `lambent start -d`, or name another with --endpoint-url."


def _connect(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    if parts.scheme == "https":
        return http.client.HTTPSConnection(host, parts.port, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, parts.port)


def _refused(answer: Answer) -> Refused:
    """The error in whichever form it came: JSON of two kinds, or XML."""
    code = answer.headers.get("x-amzn-errortype", "").partition(":")[0]
    message = ""
    if answer.body.lstrip()[:1] == b"<":
        error = _error_element(answer.body)
        if error is not None:
            code = error.findtext("Code", code)
            message = error.findtext("Message", "")
    else:
        try:
            content = answer.json()
        except ValueError:
            content = {}
        if isinstance(content, dict):
            code = code or str(content.get("__type", content.get("code", ""))).rpartition("#")[2]
            message = str(content.get("message") or content.get("Message") or "")
    return Refused(answer.status, code or f"HTTP {answer.status}", message)


def _error_element(body: bytes) -> ElementTree.Element | None:
    try:
        root = ElementTree.fromstring(body)  # noqa: S314
    except ElementTree.ParseError:  # a page of HTML: another server
        return None
    _drop_namespaces(root)
    return root if root.tag == "Error" else root.find("Error")


def _drop_namespaces(root: ElementTree.Element) -> None:
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
