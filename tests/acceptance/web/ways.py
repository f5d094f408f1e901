"""Ways to call a web application: its own server, function URLs, and events as HTTP and REST APIs make them."""

import base64
import importlib.metadata
import io
import json
import re
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from werkzeug.serving import make_server

HOST = "shop.example.com"
_NAME = re.compile(r"[\w.-]+")
APPS = Path(__file__).parent
FREE_TO_DIFFER = frozenset(
    (
        "date",  # of the server's clock
        "server",  # names the server
        "connection",  # of one connection
        "keep-alive",
        "transfer-encoding",  # whether a length was known is the server's to tell
        "x-amzn-requestid",  # what AWS' front doors add
        "x-amzn-trace-id",
        "apigw-requestid",
    )
)
"""Headers that the same application's answer may have otherwise, or not at all."""


def difference(one: httpx.Response, other: httpx.Response) -> list[Any]:
    """What of an answer is the application's, and not the same in both."""
    left_out = set(FREE_TO_DIFFER)
    if any("content-type" not in response.headers for response in (one, other)):
        left_out.add("content-type")  # AWS' front doors say application/json where nobody says anything
    if any("content-length" not in response.headers for response in (one, other)):
        left_out.add("content-length")  # an answer that was gathered has one
    first, second = (
        (
            response.status_code,
            sorted(pair for pair in response.headers.multi_items() if pair[0].lower() not in left_out),
            response.content,
        )
        for response in (one, other)
    )
    return [part for both in zip(first, second, strict=True) if both[0] != both[1] for part in both]


@contextmanager
def own_server(app: Any, *, root_path: str = "") -> Iterator[str]:
    """The application on uvicorn, or on Flask's own server, in a thread; its URL."""
    if hasattr(app, "wsgi_app"):
        with _flask_server(app) as url:
            yield url
        return
    config = uvicorn.Config(app, port=0, log_config=None, root_path=root_path)
    server = uvicorn.Server(config)
    bound = threading.Event()
    startup = server.startup

    async def started(*arguments: Any, **named: Any) -> None:
        await startup(*arguments, **named)
        bound.set()

    server.startup = started  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run)
    thread.start()
    assert bound.wait(30)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@contextmanager
def _flask_server(app: Any) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


class RestApi(httpx.BaseTransport):
    """Makes an event of payload 1.0 of each request, as a REST API with binary media types does; invokes a function with it."""

    def __init__(self, client: Any, function: str) -> None:
        self._client = client
        self._function = function

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        reply = self._client.invoke(FunctionName=self._function, Payload=self.event(request, request.read()))
        payload = reply["Payload"].read()
        assert "FunctionError" not in reply, payload
        return self.response(payload, is_head=request.method == "HEAD")

    def event(self, request: httpx.Request, body: bytes) -> bytes:
        headers: dict[str, list[str]] = {"x-forwarded-proto": ["http"], "x-forwarded-port": ["80"]}
        for name, value in request.headers.raw:
            headers.setdefault(name.decode().lower(), []).append(value.decode("latin-1"))
        parameters: dict[str, list[str]] = {}
        for name, value in request.url.params.multi_items():
            parameters.setdefault(name, []).append(value)
        path = request.url.raw_path.decode().partition("?")[0]
        event = {
            "resource": "/{proxy+}",
            "path": path.removeprefix("/prod"),
            "httpMethod": request.method,
            "headers": {name: values[-1] for name, values in headers.items()},
            "multiValueHeaders": headers,
            "queryStringParameters": {name: values[-1] for name, values in parameters.items()} or None,
            "multiValueQueryStringParameters": parameters or None,
            "requestContext": {"path": path, "stage": "prod", "identity": {"sourceIp": "127.0.0.1"}},
            "body": base64.b64encode(body).decode() if body else None,
            "isBase64Encoded": bool(body),
        }
        return json.dumps(event).encode()

    def response(self, payload: bytes, *, is_head: bool) -> httpx.Response:
        answer = json.loads(payload)
        body = base64.b64decode(answer["body"]) if answer["isBase64Encoded"] else answer["body"].encode()
        lines = [(name, value) for name, value in answer["headers"].items() if name != "content-length" or is_head]
        lines += [(name, value) for name, values in answer.get("multiValueHeaders", {}).items() for value in values]
        if not is_head:
            lines.append(("content-length", str(len(body))))
        raw = [(name.encode(), value.encode("latin-1")) for name, value in lines]
        return httpx.Response(answer["statusCode"], headers=raw, content=body)


def code_zip(files: dict[str, str]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as bundle:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o755 << 16
            bundle.writestr(info, content)
    return memory.getvalue()


def packages_zip(*names: str) -> bytes:
    """A layer of installed distributions and what they require, compiled so that no time of a file can make that stale."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as bundle:
        for distribution in _closure(names):
            for path in distribution.files or ():
                source = Path(str(distribution.locate_file(path)))
                if ".." in path.parts or not source.is_file():
                    continue
                content = source.read_bytes()
                if path.suffix == ".pyc":
                    content = content[:4] + b"\1\0\0\0" + content[8:]  # valid whatever its source is: PEP 552
                bundle.writestr(f"python/{path}", content)
    return memory.getvalue()


def _closure(names: tuple[str, ...]) -> list[importlib.metadata.Distribution]:
    found: dict[str, importlib.metadata.Distribution] = {}
    wanted = list(names)
    while wanted:
        name = wanted.pop().lower().replace("_", "-")
        if name in found:
            continue
        try:
            found[name] = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # wanted by other systems or other Pythons
        requires = [each for each in found[name].requires or () if "extra ==" not in each]
        wanted += [_NAME.match(each)[0] for each in requires]  # type: ignore[index]
    return list(found.values())
