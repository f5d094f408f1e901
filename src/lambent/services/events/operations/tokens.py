"""Tokens of authorization servers, for connections of type OAuth: asked for when needed, and kept while they are good."""

from lambent.core.clock import Clock, Instant
from lambent.core.servers import Servers, ServerUnreachable
from lambent.services.events.engine import connections
from lambent.services.events.tables.connections import ConnectionRow

ANSWER_S_MAX = 20.0
ANSWER_BYTES_MAX = 65_536
TOKENS_MAX = 3_000


class TokenRefused(Exception):
    """The authorization server gives none; the message says why."""


class Tokens:
    """``find`` asks the server where no token is known that is good still."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._servers = Servers(clock)
        self._known: dict[tuple[str, Instant], tuple[str, Instant]] = {}  # by ARN and when the connection was changed

    async def find(self, row: ConnectionRow) -> str:
        """Raises TokenRefused."""
        key = (row.name.arn, row.modified_at)
        clock = self._clock.of(row.name.scope.account)
        token, good_until = self._known.get(key, ("", 0.0))
        if clock.now() < good_until:
            return token
        token, lasts_s = await self._ask(row)
        if len(self._known) >= TOKENS_MAX:
            self._known.clear()
        self._known[key] = (token, clock.now() + lasts_s)
        return token

    def forget(self) -> None:
        self._known.clear()

    async def close(self) -> None:
        await self._servers.close()

    async def _ask(self, row: ConnectionRow) -> tuple[str, float]:
        asked = connections.token_request(row)
        try:
            answer = await self._servers.send(asked, answer_s_max=ANSWER_S_MAX, answer_bytes_max=ANSWER_BYTES_MAX)
        except ServerUnreachable as error:
            raise TokenRefused(f"Failed to authorize. The authorization endpoint cannot be reached: {error.reason}") from error
        if not 200 <= answer.status < 300:
            raise TokenRefused(f"Failed to authorize. The authorization endpoint answered {answer.status} {answer.phrase}")
        found = connections.token_in(answer.body)
        if found is None:
            raise TokenRefused("Failed to authorize. The authorization endpoint answered without an access token.")
        return found
