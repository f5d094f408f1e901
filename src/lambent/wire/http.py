"""An HTTP request as it arrived, and a response as it will leave; a visit to a site; a WebSocket, where one is opened."""

from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from lambent.core.context import Context
from lambent.core.errors import LambentError
from lambent.core.ports import Denial


class Request(Struct):
    """Names in ``headers`` are lower case. ``path`` and ``query`` are as they stood in the request line, still encoded."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""
    stream: AsyncIterator[bytes] | None = None  # instead of body, for an operation whose input is a stream
    header_lines: Sequence[tuple[bytes, bytes]] = ()  # each as it came: names as they were spelt, what came twice twice
    version: str = "1.1"
    is_websocket: bool = False  # the opening of a WebSocket, as it should be: an ``Upgrade`` may answer it


class Response(Struct):
    """``body`` is bytes, or an iterator where the answer streams."""

    status: int
    headers: list[tuple[str, str]] = []
    body: bytes | AsyncIterator[bytes] = b""

    def header(self, name: str) -> str | None:
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


Headers = Sequence[tuple[str, str]]


# ---- WebSockets ------------------------------------------------------------------------------------------------------


class SocketClosed(LambentError):
    """The WebSocket is closing or closed: nothing more can be sent."""


class Socket(Protocol):
    """The server's end of a WebSocket. Used on the event loop only."""

    @property
    def unsent_bytes(self) -> int:
        """What waits because the client does not read."""
        ...

    def send(self, message: str | bytes) -> None:
        """Sends a text or a binary message. Raises SocketClosed."""
        ...

    def drained(self) -> Awaitable[None] | None:
        """What to await before more is sent: that the client has read enough, or is gone. None where it has."""
        ...

    def hold(self, *, is_held: bool) -> None:
        """While it is held, nothing more is read from the client."""
        ...

    def close(self, code: int, reason: str = "") -> None:
        """Begins to close, where that has not begun."""
        ...


class Conversation(Protocol):
    """Who answers what a client sends over a WebSocket. Nothing here waits, nor raises."""

    def opened(self, socket: Socket) -> None: ...

    def heard(self) -> None:
        """The client has sent something, be it a ping: it is there."""
        ...

    def received(self, message: str | bytes) -> None:
        """A whole message: text is a str."""
        ...

    def ended(self, code: int, reason: str) -> None:
        """The WebSocket is closing or broken; said once, also where it broke before it was opened.

        The code is 1005 where the client closed without one, and 1006 where nothing announced the end.
        """
        ...


class Upgrade(Response):
    """The answer that opens a WebSocket. ``headers`` are those that it has beside the handshake's."""

    conversation: Conversation | None = None
    message_bytes_max: int = 1_048_576
    frame_bytes_max: int = 1_048_576


class Visit(Protocol):
    """A request to a site: to an address that is not AWS' API, but a user's own (an HTTP API, a function URL).

    ``request.path`` is what stands below the site's root, still encoded; ``request.body`` is empty until ``read``.
    """

    request: Request
    name: str  # which site of its kind: the id in its host or path; a whole host where that is a domain name of the user's
    host: str  # as the visitor wrote it, with its port
    base_path: str  # of the site's root: "" where the host names the site, "/_aws/execute-api/a1b2c3d4e5" where the path does
    source_ip: str

    @property
    def request_id(self) -> str:
        """A UUID."""
        ...

    def live_by(self, account: str) -> None:
        """From here on the visit is work for this account: ``clock.now()`` is its time."""
        ...

    async def read(self, bytes_max: int) -> bytes:
        """The whole body, which ``request.body`` is from now on. Raises TooLarge."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it arrives, for who does not ``read`` it: of any length."""
        ...

    async def caller(self, service: str) -> Context | None:
        """Who signed the request, for "lambda" or "execute-api"; None where nobody did. ``read`` comes first.

        With ``--auth open`` a signature is believed, else it is proven. Raises the ServiceError of a signature that is wrong.
        """
        ...

    def act_for(self, context: Context, *, session_policy: str, session_policy_arns: tuple[str, ...]) -> None:
        """In place of ``caller`` where the site has a proof of its own of who asks."""
        ...

    async def denial(
        self, action: str, resource: str, resource_policy: str | None, keys: Mapping[str, str] | None = None
    ) -> Denial | None:
        """Why the caller may not do this; None where it may, or where ``--auth`` lets everybody in. ``caller`` comes first.

        ``keys`` are context keys beside those that every request has.
        """
        ...


class CutShort(LambentError):
    """A streamed body that ends before its end, because what makes it has failed: the connection breaks, as the answer did."""


class TooLarge(LambentError):
    """A body above the limit that its reader has."""


class Site(Protocol):
    """Answers the requests to all sites of one kind: ``{name}.{kind}.localhost`` and ``/_aws/{kind}/{name}/…``.

    A service has its kinds in ``sites``: a mapping from "execute-api" or "lambda-url" to what answers them. A site that also
    answers at the platform's own address says at which paths by a method ``claims(path: str) -> bool`` (docker's ``/v2/``).
    """

    async def answer(self, visit: Visit) -> Response:
        """The answer, errors included."""
        ...

    def owns(self, domain: str) -> bool:
        """Whether a host, in lower case and without a port, is a domain name that a user gave to a site of this kind."""
        ...
