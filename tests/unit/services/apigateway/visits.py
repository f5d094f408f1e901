"""Visits to APIs, without a server."""

from lambent.core.context import Context
from lambent.core.ports import Denial
from lambent.wire.http import Request, TooLarge

API_ID = "abcdef1234"
HOST = f"{API_ID}.execute-api.localhost:4566"


class FakeVisit:
    """A request to the API, by its host."""

    def __init__(
        self, request: Request, *, name: str = API_ID, caller: Context | None = None, denial: Denial | None = None
    ) -> None:
        self.request = request
        self.name = name
        self.host = HOST
        self.base_path = ""
        self.source_ip = "192.0.2.7"
        self.request_id = "uuid"
        self._body = request.body
        self._caller = caller
        self._denial = denial
        self.asked: list[tuple[str, str]] = []
        request.body = b""

    def live_by(self, account: str) -> None:
        pass  # all accounts here live by one clock

    async def read(self, bytes_max: int) -> bytes:
        if len(self._body) > bytes_max:
            raise TooLarge
        self.request.body = self._body
        return self._body

    async def caller(self, service: str) -> Context | None:
        assert service == "execute-api"
        return self._caller

    async def denial(self, action: str, resource: str, resource_policy: str | None) -> Denial | None:
        assert resource_policy is None
        self.asked.append((action, resource))
        return self._denial
