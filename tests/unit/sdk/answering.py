"""A server of scripted answers on a free loopback port, and a caller that calls it: Lambda's side of a call, as a test wants it."""

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from botocore.credentials import ReadOnlyCredentials

from lambent.sdk.caller import Caller, LoopThread
from lambent.sdk.connections import Place
from lambent.sdk.endpoints import Endpoint

CREDENTIALS = ReadOnlyCredentials("AKID", "secret", None)


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Reply:
    """``status`` 0 closes the connection instead."""

    status: int = 200
    body: bytes = b"null"
    headers: dict[str, str] = field(default_factory=dict)
    is_chunked: bool = False


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        request = Request(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        reply = self.server.answer(request)  # type: ignore[attr-defined]
        if reply.status == 0:
            self.close_connection = True
            return
        self.send_response_only(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.is_chunked:
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for at in range(0, len(reply.body), 3):
                piece = reply.body[at : at + 3]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.send_header("content-length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)
        if reply.headers.get("connection") == "close":
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def server(answer: Callable[[Request], Reply]) -> Iterator[int]:
    """Its port."""
    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    listening.daemon_threads = True
    listening.answer = answer  # type: ignore[attr-defined]
    thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield listening.server_address[1]
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


def endpoint(port: int, **options: object) -> Endpoint:
    given: dict[str, object] = {
        "url": f"http://127.0.0.1:{port}",
        "host": f"127.0.0.1:{port}",
        "path": "",
        "region": "us-east-1",
        "place": Place("127.0.0.1", port),
        "attempts_max": 3,
        "credentials": lambda: CREDENTIALS,
        "is_stale": lambda: False,
    }
    return Endpoint(**(given | options))  # type: ignore[arg-type]


@contextmanager
def caller(port: int, **options: object) -> Iterator[Caller]:
    thread = LoopThread()
    try:
        yield Caller(endpoint(port, **options), thread)
    finally:
        thread.close()
