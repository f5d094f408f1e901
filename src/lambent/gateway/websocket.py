"""One WebSocket: frames to messages and back, over a connection that began as HTTP.

The protocol is the ``websockets`` library's, without its input and output: it parses, unmasks, checks, answers pings and
closes. Here are the transport, whole messages, and limits: of a message, of a frame, and of what waits on either side.
What most reads are, one whole text, needs no parser that may stop anywhere, and what is sent no state (``whole_frames``).
"""

import asyncio
from collections.abc import Awaitable
from typing import Protocol

from websockets import frames
from websockets.frames import Opcode
from websockets.protocol import SEND_EOF, SERVER, State
from websockets.protocol import Protocol as Frames

from lambent.gateway.patience import Awaited, Wait, unread_bytes
from lambent.gateway.send_queue import SendQueue
from lambent.gateway.whole_frames import framed, is_amid, text_framed, text_in
from lambent.wire.http import SocketClosed, Upgrade

CLOSE_S_MAX = 5.0
"""How long a client may take to close its side before the connection is cut."""

CLOSED_ABNORMALLY = 1006
GOING_AWAY = 1001
SOON_BYTES_MAX = 4_096
INVALID_DATA = 1007
REASON_BYTES_MAX = 123

_OPEN = State.OPEN  # an enumeration's members are slow to find


class Connections(Protocol):
    """What a WebSocket tells the server that it belongs to."""

    send_queue: SendQueue

    def lose(self, connection: "WebSocket") -> None: ...


class WebSocket(asyncio.Protocol):
    """``wire.http.Socket`` of a connection. ``begin`` comes first."""

    def __init__(self, server: Connections, transport: asyncio.Transport, upgrade: Upgrade) -> None:
        assert upgrade.conversation is not None
        self._server = server
        self._transport = transport
        self._conversation = upgrade.conversation
        self._frames = Frames(SERVER, max_size=(upgrade.message_bytes_max, upgrade.frame_bytes_max))
        self._frame_bytes_max = upgrade.frame_bytes_max
        self._text_bytes_max = min(upgrade.message_bytes_max, upgrade.frame_bytes_max)
        self._parts: list[bytes] = []  # of a message that comes in several frames
        self._is_amid = False  # whether what comes next belongs to a frame or a message that has begun
        self._is_text = True
        self._is_over = False  # whether the conversation has been told so
        self._is_held = False
        self._unsent: list[bytes] = []  # frames that are sent when this turn of the loop is over
        self._writable: asyncio.Future[None] | None = None
        self._cut: asyncio.TimerHandle | None = None

    def begin(self, early: bytes) -> None:
        """``early``: what the client has sent already."""
        self._conversation.opened(self)
        if early:
            self.data_received(early)
        self._read_or_not()

    # ---- transport ----

    def data_received(self, data: bytes) -> None:
        text = None if self._is_amid or self._is_over else text_in(data, bytes_max=self._text_bytes_max)
        if text is None:
            self._parse(data)
        else:
            self._conversation.heard()
            self._conversation.received(text)

    def _parse(self, data: bytes) -> None:
        self._frames.receive_data(data)
        self._is_amid = self._frames.current_size is not None or is_amid(self._frames.parser)
        received = self._frames.events_received()
        if received:
            self._conversation.heard()
            for frame in received:
                assert isinstance(frame, frames.Frame), "requests have been read before"
                self._take(frame)
        self._flush()

    def eof_received(self) -> bool | None:
        self._frames.receive_eof()
        self._flush()
        return None

    def connection_lost(self, _: Exception | None) -> None:
        self._frames.receive_eof()
        self._frames.data_to_send()
        if self._cut is not None:
            self._cut.cancel()
        self.resume_writing()
        self._tell_end()
        self._server.lose(self)

    def pause_writing(self) -> None:
        # Who does not read is not read from either: what it asks would only be answered into memory.
        self._writable = asyncio.get_running_loop().create_future()
        self._read_or_not()

    def resume_writing(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None
        self._read_or_not()

    # ---- what the server asks ----

    def end(self) -> None:
        self.close(GOING_AWAY, "Going away")

    def abort(self) -> None:
        self._transport.abort()

    def awaited(self) -> Wait | None:
        """Only to read: how long a client may say nothing is the conversation's to limit."""
        if self._writable is None:
            return None
        return Awaited.READING, self._transport, unread_bytes(self._transport)

    def give_up(self, _: Awaited) -> None:
        self.abort()  # who does not read what was sent before would not read that it is closed

    # ---- what the conversation asks ----

    @property
    def unsent_bytes(self) -> int:
        return self._transport.get_write_buffer_size() + sum(map(len, self._unsent))

    def send(self, message: str | bytes) -> None:
        if self._frames.state is not _OPEN:
            raise SocketClosed
        size = self._frame_bytes_max
        if isinstance(message, str):
            opcode, data = Opcode.TEXT, message.encode("utf-8", "replace")
            if len(data) <= size:
                self._send_soon(text_framed(data))
                return
        else:
            opcode, data = Opcode.BINARY, message
        while len(data) > size:
            self._send_soon(framed(opcode, data[:size], is_last=False))
            opcode, data = Opcode.CONT, data[size:]
        self._send_soon(framed(opcode, data, is_last=True))

    def _send_soon(self, frame: bytes) -> None:
        if len(frame) > SOON_BYTES_MAX:
            # At once, so that a client that does not read is known as one before more is made for it.
            self.send_now()
            self._write(frame)
            return
        if not self._unsent:
            self._server.send_queue.add(self)
        self._unsent.append(frame)

    def send_now(self) -> None:
        unsent, self._unsent = self._unsent, []
        if unsent:
            self._write(b"".join(unsent))

    def _write(self, data: bytes) -> None:
        # Between the cut of a transport and the notice of it, some loops raise where it is written to.
        if not self._transport.is_closing():
            self._transport.write(data)

    def drained(self) -> Awaitable[None] | None:
        return None if self._writable is None else asyncio.shield(self._writable)

    def hold(self, *, is_held: bool) -> None:
        self._is_held = is_held
        self._read_or_not()

    def close(self, code: int, reason: str = "") -> None:
        if self._frames.state is State.OPEN:
            short = reason.encode("utf-8", "replace")[:REASON_BYTES_MAX].decode("utf-8", "ignore")
            self._frames.send_close(code, short)
            self._flush()

    # ---- frames ----

    def _take(self, frame: frames.Frame) -> None:
        opcode = frame.opcode
        if opcode is Opcode.TEXT or opcode is Opcode.BINARY:
            self._is_text = opcode is Opcode.TEXT
            if frame.fin:
                self._tell(bytes(frame.data))
            else:
                self._parts = [bytes(frame.data)]
        elif opcode is Opcode.CONT:
            if frame.data:
                self._parts.append(bytes(frame.data))
            if frame.fin:
                whole, self._parts = b"".join(self._parts), []
                self._tell(whole)

    def _tell(self, message: bytes) -> None:
        if self._is_over:
            return
        if not self._is_text:
            self._conversation.received(message)
            return
        try:
            text = message.decode()
        except UnicodeDecodeError:
            if self._frames.state is State.OPEN:
                self._frames.fail(INVALID_DATA, "not UTF-8")
                self._flush()
        else:
            self._conversation.received(text)

    def _flush(self) -> None:
        self.send_now()
        for data in self._frames.data_to_send():
            if data is not SEND_EOF:
                self._write(data)
            elif self._transport.can_write_eof() and not self._transport.is_closing():
                self._transport.write_eof()
        if self._cut is None and self._frames.close_expected():
            self._is_held = False  # what still comes is only waited for to end
            self._read_or_not()
            self._cut = asyncio.get_running_loop().call_later(CLOSE_S_MAX, self._transport.abort)
            self._tell_end()

    def _tell_end(self) -> None:
        if self._is_over:
            return
        self._is_over = True
        closed = self._frames.close_sent or self._frames.close_rcvd
        if closed is None:
            self._conversation.ended(CLOSED_ABNORMALLY, "")
        else:
            self._conversation.ended(int(closed.code), closed.reason)

    def _read_or_not(self) -> None:
        is_closing = self._cut is not None
        if self._transport.is_closing():
            return
        if not is_closing and (self._is_held or self._writable is not None):
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()
