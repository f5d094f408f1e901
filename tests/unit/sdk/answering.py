"""A server of scripted answers on a free loopback port, and a caller that calls it: Lambda's side of a call."""

import contextlib
import datetime
import http.server
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

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
def server(answer: Callable[[Request], Reply], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Its port."""
    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    if tls is not None:
        listening.socket = tls.wrap_socket(listening.socket, server_side=True)
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


@contextmanager
def tls_server(answer: Callable[[Request], Reply], folder: Path) -> Iterator[tuple[int, Path]]:
    """The same over TLS, for ``localhost``: its port, and the file of the certificate that vouches for it."""
    certificate, key = _certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with server(answer, context) as port:
        yield port, certificate


def _certificate(folder: Path) -> tuple[Path, Path]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    unencrypted = serialization.NoEncryption()
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unencrypted))
    return files


@contextmanager
def tunnelling_proxy(asked: list[bytes]) -> Iterator[int]:
    """A proxy that connects to wherever it is asked for, on loopback: its port. ``asked`` gets the heads of its requests."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                incoming, _ = listening.accept()
            except OSError:
                return
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += incoming.recv(1)
            asked.append(head)
            port = int(head.split(b" ")[1].rpartition(b":")[2])
            outgoing = socket.create_connection(("127.0.0.1", port))
            incoming.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            for source, sink in ((incoming, outgoing), (outgoing, incoming)):
                threading.Thread(target=_pass_on, args=(source, sink), daemon=True).start()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    with contextlib.suppress(OSError):
        source.close()
