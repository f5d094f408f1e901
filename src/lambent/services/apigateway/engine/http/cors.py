"""Cross-origin requests: preflights that the API answers by itself, and the headers that browsers ask for.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

from collections.abc import Mapping

from lambent.services.apigateway.engine.records import Cors
from lambent.wire.http import Headers, Request, Response

PREFIX = "access-control-"


class CorsRules:
    """A CORS configuration, compiled."""

    __slots__ = ("_exact", "_is_any", "_of_answers", "_of_preflights", "_schemes")

    def __init__(self, cors: Cors) -> None:
        self._is_any = "*" in cors.allow_origins
        self._exact = frozenset(origin.lower() for origin in cors.allow_origins)
        self._schemes = tuple(origin.lower()[:-1] for origin in cors.allow_origins if origin.endswith("://*"))
        self._of_answers = [*_credentials(cors), *_listed("expose-headers", cors.expose_headers)]
        self._of_preflights = [
            *_listed("allow-methods", cors.allow_methods),
            *_listed("allow-headers", cors.allow_headers),
            *([] if cors.max_age_s is None else [(f"{PREFIX}max-age", str(cors.max_age_s))]),
        ]

    def preflight(self, request: Request) -> Response:
        """The answer to a preflight. An origin that may not ask is told nothing."""
        allowed = self._allowed(request.headers.get("origin", ""))
        return Response(204, [] if allowed is None else [allowed, *self._of_preflights, *self._of_answers])

    def headers(self, request_headers: Mapping[str, str], headers: Headers) -> list[tuple[str, str]]:
        """The headers of an answer: those of CORS are the API's own, whatever the integration said."""
        kept = [(name, value) for name, value in headers if not name.lower().startswith(PREFIX)]
        allowed = self._allowed(request_headers.get("origin", ""))
        return kept if allowed is None else [*kept, allowed, *self._of_answers]

    def _allowed(self, origin: str) -> tuple[str, str] | None:
        if not origin:
            return None
        if self._is_any:
            return f"{PREFIX}allow-origin", "*"
        lower = origin.lower()
        if lower in self._exact or lower.startswith(self._schemes):
            return f"{PREFIX}allow-origin", origin
        return None


def _listed(name: str, values: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(f"{PREFIX}{name}", ",".join(values))] if values else []


def _credentials(cors: Cors) -> list[tuple[str, str]]:
    return [(f"{PREFIX}allow-credentials", "true")] if cors.allow_credentials else []
