"""One connection while it is open: its messages in their order, how many are under way, and how long it may last.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
"""

import asyncio
import contextlib
import contextvars
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from lambent.core.clock import Alarm, Clock, acting_for
from lambent.core.log import Log
from lambent.services.apigateway.engine.websocket.delivery import Connection
from lambent.services.apigateway.operations.websocket.sockets import GOING_AWAY, Sockets
from lambent.wire.http import Socket, SocketClosed

IDLE_S_MAX = 600.0
CONNECTED_S_MAX = 7_200.0
UNDER_WAY_MAX = 128
"""Messages of one connection that are being answered at a time; more of them are not read before that."""

UNSUPPORTED_DATA = 1003

log = Log("apigateway")

Message = Callable[[Connection, str], Awaitable[str | bytes | None]]
"""Has a message answered; the reply is what the client is told."""

End = Callable[[Connection, int, str], Awaitable[None]]


class Tasks:
    """What goes on for connections, of no request: it outlives what it began with."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, context=contextvars.Context())
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def drained(self, timeout_s: float) -> None:
        """Returns when nothing goes on any more, or after so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while self._running:  # what ends may begin another one
                    await asyncio.wait(self._running)
        for task in list(self._running):
            task.cancel()


class Talk:
    """``wire.http.Conversation`` of a connection."""

    def __init__(
        self, connection: Connection, *, sockets: Sockets, tasks: Tasks, clock: Clock, on_message: Message, on_end: End
    ) -> None:
        self.connection = connection
        self.socket: Socket | None = None
        self._sockets = sockets
        self._tasks = tasks
        self._clock = clock.of(connection.account)
        self._on_message = on_message
        self._on_end = on_end
        self._waiting: deque[str] = deque()
        self._under_way = 0
        self._is_held = False
        self._ending: tuple[int, str] | None = None  # an end that has not been told yet
        self._alarm: Alarm | None = None

    # ---- what the server tells ----

    def opened(self, socket: Socket) -> None:
        self.socket = socket
        self._sockets.add(self)
        self._watch()

    def heard(self) -> None:
        self.note_activity()

    def received(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            assert self.socket is not None
            self.socket.close(UNSUPPORTED_DATA, "Binary messages are not supported")
            return
        self._waiting.append(message)
        self._go_on()

    def ended(self, code: int, reason: str) -> None:
        self._sockets.discard(self)
        if self._alarm is not None:
            self._alarm.cancel()
        self._ending = code, reason
        self._go_on()

    def note_activity(self) -> None:
        self.connection.active_at = self._clock.now()

    # ---- messages ----

    def _go_on(self) -> None:
        """Begins what waits, in the order in which it came, as long as not too much is under way; the end comes last."""
        while self._waiting and self._under_way < UNDER_WAY_MAX:
            self._under_way += 1
            self._tasks.start(self._answer(self._waiting.popleft()))
        if self._ending is not None and not self._waiting:
            ending, self._ending = self._ending, None
            self._tasks.start(self._end(*ending))
        if self._is_held != bool(self._waiting) and self.socket is not None:
            self._is_held = bool(self._waiting)
            self.socket.hold(is_held=self._is_held)

    async def _answer(self, message: str) -> None:
        socket = self.socket
        assert socket is not None
        try:
            with acting_for(self.connection.account):
                reply = await self._on_message(self.connection, message)
            if reply is not None:
                socket.send(reply)
                self.note_activity()
                await socket.drained()
        except SocketClosed:
            pass  # a client that has gone is told nothing
        except Exception as error:  # noqa: BLE001 - one message must not end the others'
            log.error("websocket.defect", error=error, api_id=self.connection.api_id)
        finally:
            self._under_way -= 1
            self._go_on()

    async def _end(self, code: int, reason: str) -> None:
        try:
            with acting_for(self.connection.account):
                await self._on_end(self.connection, code, reason)
        except Exception as error:  # noqa: BLE001 - nobody is there to be told
            log.error("websocket.defect", error=error, api_id=self.connection.api_id)

    # ---- how long ----

    def _watch(self) -> None:
        """Closes at the limits. A busy connection moves its end without touching the alarm, which then is set anew."""
        connection = self.connection
        due_at = min(connection.active_at + IDLE_S_MAX, connection.connected_at + CONNECTED_S_MAX)
        if self._clock.now() < due_at:
            self._alarm = self._clock.call_at(
                due_at, self._watch, is_background=True, kind="apigateway.connection", key=connection.connection_id
            )
        elif self.socket is not None:
            self.socket.close(GOING_AWAY, "Going away")
