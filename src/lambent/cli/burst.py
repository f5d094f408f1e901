"""Sends many requests to a platform at the same moment and gathers the answers."""

import asyncio
import contextlib
import resource
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from lambent.core.clock import monotonic_s
from lambent.wire.http import Request

DESCRIPTORS_SPARE = 64


@dataclass(frozen=True, slots=True)
class Burst:
    """What came of it. ``bodies`` are those of the answers that were successful and no function error."""

    duration_s: float
    bodies: Sequence[bytes]
    failures: Counter[str]


def send(url: str, request: Request, count: int) -> Burst:
    """Sends ``count`` copies of a signed request, each on a connection of its own, all under way together."""
    _raise_descriptor_limit(count + DESCRIPTORS_SPARE)
    return asyncio.run(_send(url, request, count))


async def _send(url: str, request: Request, count: int) -> Burst:
    parts = urlsplit(url)
    host, port = parts.hostname or "localhost", parts.port or 80
    message = _message(request)
    started_s = monotonic_s()
    answers = await asyncio.gather(*(_exchange(host, port, message) for _ in range(count)))
    duration_s = monotonic_s() - started_s
    failures = Counter(problem for problem, _ in answers if problem)
    return Burst(duration_s, [body for problem, body in answers if not problem], failures)


def _message(request: Request) -> bytes:
    target = f"{request.path}?{request.query}" if request.query else request.path
    headers = dict(request.headers) | {"content-length": str(len(request.body)), "connection": "close"}
    lines = [f"{request.method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + request.body


async def _exchange(host: str, port: int, message: bytes) -> tuple[str, bytes]:
    """What went wrong, or nothing, and the body."""
    try:
        reader, writer = await asyncio.open_connection(host, port)
    except OSError as error:
        return f"not connected: {error.strerror}", b""
    try:
        writer.write(message)
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    except OSError as error:
        return f"connection lost: {error.strerror}", b""
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    status = head[9:12].decode()
    if status != "200":
        return f"HTTP {status or 'none'}: {body[:200].decode(errors='replace')}", body
    if b"\r\nx-amz-function-error:" in head.lower():
        return f"function error: {body[:200].decode(errors='replace')}", body
    return "", body


def _raise_descriptor_limit(wanted: int) -> None:
    """Up to the hard limit, which stays as it is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
