"""An HTTP request as it arrived, and a response as it will leave."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Request:
    """Names in ``headers`` are lower case. ``path`` and ``query`` are as they stood in the request line, still encoded."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""
    stream: AsyncIterator[bytes] | None = None  # instead of body, for an operation whose input is a stream


@dataclass(slots=True)
class Response:
    """``body`` is bytes, or an iterator where the answer streams."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes | AsyncIterator[bytes] = b""

    def header(self, name: str) -> str | None:
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


Headers = Sequence[tuple[str, str]]
