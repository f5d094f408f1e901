"""What an HTTP API answers by itself when a request goes no further."""

import msgspec

from lambent.core.errors import LambentError
from lambent.wire.http import Response

JSON = "application/json"


class Refusal(LambentError):
    """``kind`` is what access logs call the type of the response; ``detail`` is told to them alone."""

    def __init__(
        self, status: int, message: str, kind: str, *, detail: str = "", headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(detail or message)
        self.status = status
        self.message = message
        self.kind = kind
        self.detail = detail
        self.headers = headers

    def response(self) -> Response:
        body = msgspec.json.encode({"message": self.message})
        return Response(self.status, [("content-type", JSON), *self.headers], body)


def not_found() -> Refusal:
    return Refusal(404, "Not Found", "NOT_FOUND")


def forbidden(detail: str = "", kind: str = "ACCESS_DENIED", headers: tuple[tuple[str, str], ...] = ()) -> Refusal:
    return Refusal(403, "Forbidden", kind, detail=detail, headers=headers)


def unauthorized(detail: str = "", headers: tuple[tuple[str, str], ...] = ()) -> Refusal:
    return Refusal(401, "Unauthorized", "UNAUTHORIZED", detail=detail, headers=headers)


def bad_request(detail: str) -> Refusal:
    return Refusal(400, "Bad Request", "BAD_REQUEST_PARAMETERS", detail=detail)


def too_large() -> Refusal:
    return Refusal(413, "Request Entity Too Large", "REQUEST_TOO_LARGE")


def head_too_large() -> Refusal:
    return Refusal(431, "Request Header Fields Too Large", "REQUEST_TOO_LARGE")


def throttled() -> Refusal:
    return Refusal(429, "Too Many Requests", "THROTTLED")


def failed(detail: str, kind: str = "INTEGRATION_FAILURE") -> Refusal:
    return Refusal(500, "Internal Server Error", kind, detail=detail)


def unavailable(detail: str, kind: str = "INTEGRATION_TIMEOUT") -> Refusal:
    return Refusal(503, "Service Unavailable", kind, detail=detail)
