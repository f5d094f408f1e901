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

WAITING_SIZE_MAX = 4_194_304
"""Of what was read and waits: characters, and for each message ``MESSAGE_SIZE`` more, for what an object takes."""

MESSAGE_SIZE = 64
WAITING_S_MAX = 30.0
"""How long what waits may keep a client's end from being noticed, and then from being told: of the machine's time, as it is
functions that are waited for."""

UNSUPPORTED_DATA, POLICY_VIOLATION = 1003, 1008

log = Log("apigateway")


class Turn:
    """A message's place in the order in which its connection's messages reach what they are for.

    Its task goes on, and nobody waits for what comes of it, where the message ``is_given_up``.
    """

    __slots__ = ("_before", "_end", "_is_over", "is_given_up", "task")

    def __init__(self, before: "Turn | None") -> None:
        self.is_given_up = False
        self.task: asyncio.Task[None] | None = None
        self._before = before
        self._is_over = False
        self._end: asyncio.Future[None] | None = None  # made where somebody has to wait

    def try_to_come(self) -> bool:
        """Whether all before have got that far, so that there is nothing to wait for. As ``come`` in all else."""
        before = self._before
        if before is not None and not before._is_over:
            return False
        self.end()
        return True

    async def come(self) -> None:
        """Returns when all before have got that far. What the caller calls without awaiting anything else comes next."""
        if not self.try_to_come():
            assert self._before is not None
            await asyncio.shield(self._before._awaited_end())
            self.end()

    def pass_by(self) -> None:
        """The message goes no further: who comes behind waits for those before."""
        if self._is_over or self.try_to_come():
            return
        assert self._before is not None
        self._before._awaited_end().add_done_callback(lambda _: self.end())

    def end(self) -> None:
        """Whoever is next need not wait any more."""
        self._before = None
        self._is_over = True
        if self._end is not None and not self._end.done():
            self._end.set_result(None)

    def _awaited_end(self) -> "asyncio.Future[None]":
        if self._end is None:
            self._end = asyncio.get_running_loop().create_future()
        return self._end


Message = Callable[["Talk", str, Turn], Awaitable[str | bytes | None]]
"""Has a message answered; the reply is what the client is told. It waits for its turn before it calls anything.

Where that takes too long, ``Talk.give_up`` answers in its place.
"""

Open = Callable[[Connection], Coroutine[Any, Any, None]]
"""Is told of a connection that is now found among the open ones."""

End = Callable[[Connection, int, str], Awaitable[None]]


class Tasks:
    """What goes on for connections, of no request: it outlives what it began with."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()
        self._left_behind: set[asyncio.Task[None]] = set()
        self._drains = 0  # how many wait for the end of all that runs
        self._is_closed = False

    def start(self, work: Coroutine[Any, Any, None], context: contextvars.Context | None = None) -> None:
        if self._is_closed:
            work.close()
            return
        task = asyncio.get_running_loop().create_task(work, context=contextvars.Context() if context is None else context)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def rest(self, task: asyncio.Task[None]) -> bool:
        """Whether the task may wait for more to do, which does not count as going on; else it is to end."""
        if self._drains or self._is_closed:
            return False
        self._running.discard(task)
        return True

    def resume(self, task: asyncio.Task[None]) -> None:
        self._running.add(task)

    def leave_behind(self, task: asyncio.Task[None]) -> None:
        """It goes on for nobody any more, so it is neither waited for nor made to end."""
        self._running.discard(task)
        self._left_behind.add(task)  # the loop holds no task that nobody else does
        task.add_done_callback(self._left_behind.discard)

    async def drained(self) -> None:
        """Returns when nothing goes on any more."""
        self._drains += 1
        try:
            while self._running:  # what ends may begin another one
                await asyncio.wait(self._running)
        finally:
            self._drains -= 1

    async def close(self, timeout_s: float) -> None:
        """Returns when nothing goes on any more, which it sees to after so long, and nothing begins either."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self.drained()
        self._is_closed = True
        for task in list(self._running):
            task.cancel()
        await self.drained()


class Talk:
    """``wire.http.Conversation`` of a connection."""

    def __init__(
        self,
        connection: Connection,
        *,
        sockets: Sockets,
        tasks: Tasks,
        clock: Clock,
        on_open: Open,
        on_message: Message,
        on_end: End,
    ) -> None:
        self.connection = connection
        self.socket: Socket | None = None
        self._sockets = sockets
        self._tasks = tasks
        self._clock = clock.of(connection.account)
        self._context = _acting_for(connection.account)
        self._on_open = on_open
        self._on_message = on_message
        self._on_end = on_end
        self._waiting: deque[str] = deque()
        self._waiting_size = 0
        self._under_way = 0
        self._idle: asyncio.Future[tuple[str, Turn]] | None = None  # what a task that has nothing to do waits for
        self._last: Turn | None = None  # of the message that was begun last
        self._is_held = False
        self._is_listened_to = False  # although messages wait
        self._has_ended = False
        self._ending: tuple[int, str] | None = None  # an end that has not been told yet
        # With what waits: first until it is read on, then until it is dropped.
        self._patience: asyncio.TimerHandle | None = None
        self._alarm: Alarm | None = None

    # ---- what the server tells ----

    def opened(self, socket: Socket) -> None:
        self.socket = socket
        self._sockets.add(self)
        self._watch()
        self._tasks.start(self._on_open(self.connection))

    def heard(self) -> None:
        self._is_listened_to = False
        self.note_activity()

    def received(self, message: str | bytes) -> None:
        assert self.socket is not None
        if isinstance(message, bytes):
            self.socket.close(UNSUPPORTED_DATA, "Binary messages are not supported")
            return
        if not self._waiting and self._under_way < UNDER_WAY_MAX:
            self._begin(message)
            return
        size = len(message) + MESSAGE_SIZE
        if self._waiting_size + size > WAITING_SIZE_MAX:
            self.socket.close(POLICY_VIOLATION, "Too many messages wait")
            return
        self._waiting.append(message)
        self._waiting_size += size
        self._hold_or_not()

    def ended(self, code: int, reason: str) -> None:
        self._sockets.leave(self)
        if self._alarm is not None:
            self._alarm.cancel()
        self._ending = code, reason
        self._has_ended = True
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        self._wait_until(self._end_at_once)
        self._go_on()

    def note_activity(self) -> None:
        self.connection.active_at = self._clock.now()

    # ---- messages ----

    def drop(self) -> None:
        """Begins nothing of what waits any more, so that only the end is left to tell."""
        self._waiting.clear()
        self._waiting_size = 0
        self._go_on()

    def _end_at_once(self) -> None:
        if self._last is not None:
            self._last.end()  # whatever keeps it from its turn
        self.drop()

    def _go_on(self) -> None:
        """Begins what waits, in the order in which it came, as long as not too much is under way; the end comes last."""
        while self._waiting and self._under_way < UNDER_WAY_MAX:
            message = self._waiting.popleft()
            self._waiting_size -= len(message) + MESSAGE_SIZE
            self._begin(message)
        if self._ending is None:
            if self._waiting or self._is_held:
                self._hold_or_not()
        elif not self._waiting:
            ending, self._ending = self._ending, None
            self._tasks.start(self._end(*ending, Turn(self._last)), self._context.copy())

    def _begin(self, message: str) -> None:
        self._under_way += 1
        turn = self._last = Turn(self._last)
        idle, self._idle = self._idle, None
        if idle is None:
            self._tasks.start(self._serve(message, turn), self._context.copy())
        else:
            idle.set_result((message, turn))

    async def _serve(self, message: str, turn: Turn) -> None:
        """Has a message answered, and then waits for another one: most clients have one under way at a time.

        A task for each message would cost more than all that is done here.
        """
        task: asyncio.Task[None] | None = asyncio.current_task()
        assert task is not None
        while True:
            turn.task, reply = task, None
            try:
                reply = await self._on_message(self, message, turn)
                turn.pass_by()
                if reply is not None and not turn.is_given_up:
                    full = self._send(reply)
                    if full is not None:
                        await full
            except SocketClosed:
                pass  # a client that has gone is told nothing
            except Exception as error:  # noqa: BLE001 - one message must not end the others'
                self._report(error)
            finally:
                turn.pass_by()
                if not turn.is_given_up:
                    self._finish_one()
            if self._idle is not None or self._has_ended or turn.is_given_up or not self._tasks.rest(task):
                return
            message, reply = "", None  # nothing is kept of them while it waits
            self._idle = asyncio.get_running_loop().create_future()
            message, turn = await self._idle
            self._tasks.resume(task)

    def give_up(self, turn: Turn, reply: str | bytes) -> None:
        """Answers a message whose time is over: what it is for goes on, and is of no use to anybody any more."""
        assert turn.task is not None
        turn.is_given_up = True
        self._tasks.leave_behind(turn.task)
        self._tasks.start(self._answer(reply), self._context.copy())

    async def _answer(self, reply: str | bytes) -> None:
        try:
            full = self._send(reply)
            if full is not None:
                await full
        except SocketClosed:
            pass
        finally:
            self._finish_one()

    def _send(self, reply: str | bytes) -> Awaitable[None] | None:
        """What it gives is to be waited for before the message is done with: the client reads. Raises SocketClosed."""
        assert self.socket is not None
        self.socket.send(reply)
        self.note_activity()
        return self.socket.drained()

    def _finish_one(self) -> None:
        self._under_way -= 1
        if self._waiting or self._is_held or self._ending is not None:
            self._go_on()

    def _report(self, error: Exception) -> None:
        log.error("websocket.defect", error=error, api_id=self.connection.api_id)

    async def _end(self, code: int, reason: str, turn: Turn) -> None:
        try:
            await turn.come()
            await self._on_end(self.connection, code, reason)
        except Exception as error:  # noqa: BLE001 - nobody is there to be told
            self._report(error)
        finally:
            self._wait_until(None)
            self._sockets.discard(self)

    # ---- how long what waits is waited for ----

    def _hold_or_not(self) -> None:
        is_held = bool(self._waiting) and not self._is_listened_to
        if self._is_held != is_held and self.socket is not None:
            self._is_held = is_held
            self._wait_until(self._listen if is_held else None)
            self.socket.hold(is_held=is_held)

    def _listen(self) -> None:
        """Reads once more although messages wait: behind them the client may have closed."""
        self._is_listened_to = True
        self._hold_or_not()

    def _wait_until(self, then: Callable[[], None] | None) -> None:
        if self._patience is not None:
            self._patience.cancel()
        self._patience = asyncio.get_running_loop().call_later(WAITING_S_MAX, then) if then is not None else None

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


def _acting_for(account: str) -> contextvars.Context:
    """The context of all that goes on for a connection: made once, for each message would make the same."""
    context = contextvars.Context()
    context.run(lambda: acting_for(account).__enter__())  # all of it inside: whoever asks may act for the account already
    return context
