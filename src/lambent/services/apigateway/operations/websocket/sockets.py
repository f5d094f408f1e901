"""The connections that are open: in memory, for they end with the process that holds them."""

import re
from collections.abc import Iterator
from typing import Protocol

from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.websocket import answers
from lambent.services.apigateway.engine.websocket.delivery import Connection
from lambent.wire.http import Socket, SocketClosed

UNSENT_BYTES_MAX = 1_048_576
"""How much may wait for a client that does not read before it is sent nothing more."""

CLOSED_NORMALLY, GOING_AWAY = 1000, 1001
_ID = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")


class Talking(Protocol):
    """A connection and its socket."""

    connection: Connection
    socket: Socket | None

    def note_activity(self) -> None: ...

    def drop(self) -> None:
        """Begins nothing more of what the client has sent."""
        ...


class Sockets:
    """Finds a connection by its id, for whoever has something to tell it."""

    def __init__(self) -> None:
        self._open: dict[str, Talking] = {}
        self._leaving: set[Talking] = set()  # closed, but of which there is something to be told still

    def add(self, talk: Talking) -> None:
        self._open[talk.connection.connection_id] = talk

    def leave(self, talk: Talking) -> None:
        """It is closed, and nobody finds it any more."""
        self._open.pop(talk.connection.connection_id, None)
        self._leaving.add(talk)

    def discard(self, talk: Talking) -> None:
        self._leaving.discard(talk)

    def find(self, account: str, connection_id: str) -> Connection:
        """Raises Gone."""
        return self._talk(account, connection_id).connection

    def check_is_of(self, account: str, connection_id: str, api_id: str, stage_name: str) -> None:
        """Raises Gone where the connection is to another stage."""
        found = self.find(account, connection_id)
        if (found.api_id, found.stage_name) != (api_id, stage_name):
            raise errors.Gone

    def post(self, account: str, connection_id: str, data: bytes) -> None:
        """Raises InvalidConnectionId, Gone, ClientBufferFull."""
        talk = self._talk(account, connection_id)
        assert talk.socket is not None
        if talk.socket.unsent_bytes + len(data) > UNSENT_BYTES_MAX:
            raise errors.ClientBufferFull
        try:
            talk.socket.send(answers.message_of(data))
        except SocketClosed as error:
            raise errors.Gone from error
        talk.note_activity()

    def close(self, account: str, connection_id: str, code: int = CLOSED_NORMALLY, reason: str = "") -> None:
        """Raises Gone."""
        talk = self._talk(account, connection_id)
        assert talk.socket is not None
        talk.socket.close(code, reason)

    def end(self, account: str | None = None) -> None:
        """Closes all connections, or those of an account's APIs: what they have sent and was not begun is dropped."""
        for talk in list(self._of(account)):
            talk.drop()
            if talk.socket is not None:
                talk.socket.close(GOING_AWAY, "Going away")

    def of_api(self, api_id: str) -> list[Connection]:
        return [talk.connection for talk in self._open.values() if talk.connection.api_id == api_id]

    def _talk(self, account: str, connection_id: str) -> Talking:
        talk = self._open.get(connection_id)
        if talk is None and not _ID.fullmatch(connection_id):
            raise errors.InvalidConnectionId(connection_id=connection_id)
        if talk is None or talk.connection.account != account:
            raise errors.Gone
        return talk

    def _of(self, account: str | None) -> Iterator[Talking]:
        known = (*self._open.values(), *self._leaving)
        return (talk for talk in known if account in (None, talk.connection.account))
