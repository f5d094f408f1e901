"""A web application on its own server, what of two answers is its own, and zips of it."""

import importlib.metadata
import io
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

_NAME = re.compile(r"[\w.-]+")
_NOT_NEEDED = (".po", ".mo", ".js", ".css", ".svg", ".pyi")  # which, with its contrib, is most of Django's weight
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
        "x-amz-apigw-id",
        "x-amzn-remapped-connection",  # what REST APIs call the application's own
        "x-amzn-remapped-content-length",
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
            sorted(_ordered(pair) for pair in response.headers.multi_items() if pair[0].lower() not in left_out),
            response.content,
        )
        for response in (one, other)
    )
    return [part for both in zip(first, second, strict=True) if both[0] != both[1] for part in both]


def _ordered(pair: tuple[str, str]) -> tuple[str, str]:
    """Some frameworks tell the methods that they allow in the order of a set: each process in another."""
    return (pair[0], ", ".join(sorted(pair[1].split(", ")))) if pair[0].lower() == "allow" else pair


@contextmanager
def own_server(app: Any, *, root_path: str = "") -> Iterator[str]:
    """The application on uvicorn, or, where it is one of WSGI, on Werkzeug's server, in a thread; its URL."""
    if hasattr(app, "wsgi_app") or type(app).__name__ == "WSGIHandler":
        with _wsgi_server(app, root_path) as url:
            yield url
        return
    # It would else close a connection on which nothing was asked for 5 s, perhaps while the next request is on its way.
    config = uvicorn.Config(app, port=0, log_config=None, root_path=root_path, timeout_keep_alive=600)
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
def _wsgi_server(app: Any, root_path: str) -> Iterator[str]:
    def mounted(environ: Any, start_response: Any) -> Any:
        return app({**environ, "SCRIPT_NAME": root_path}, start_response)

    server = make_server("127.0.0.1", 0, mounted)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def code_zip(files: dict[str, str]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as bundle:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o755 << 16
            bundle.writestr(info, content)
    return memory.getvalue()


def packages_zip(*names: str, without: tuple[str, ...] = ()) -> bytes:
    """A layer of installed distributions and what they require, compiled so that no time of a file can make that stale.

    ``without``: distributions that are in another layer, or that nothing here needs.
    """
    memory = io.BytesIO()
    left_out = {distribution.name for distribution in _closure(without)}
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bundle:
        for distribution in _closure(names):
            if distribution.name in left_out:
                continue
            for path in distribution.files or ():
                source = Path(str(distribution.locate_file(path)))
                if ".." in path.parts or path.suffix in _NOT_NEEDED or "contrib" in path.parts or not source.is_file():
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
