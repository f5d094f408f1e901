"""One forked runtime as the platform holds it: its socket, its log pipe, its end."""

import asyncio
import collections
import itertools
import os
import signal
import socket
import struct
from collections.abc import Awaitable, Callable, Iterable, Sequence

from lambent.core.clock import Instant
from lambent.core.ports import LogEvent
from lambent.environments.event_queue import AHEAD_MAX, EventQueue
from lambent.environments.inside import frames
from lambent.environments.log_lines import MARK, OutputReader, Report
from lambent.environments.zygotes import Exit, Zygote, ZygoteFailed

READ_AHEAD_BYTES_MAX = 262_144  # of frames that nobody waits for yet; beyond, the function's writes wait in its socket
OUTPUT_AHEAD_BYTES_MAX = 33_554_432  # of output that nobody has taken yet; beyond, the function's writes wait in its pipe
_READS_MAX = 16  # at once: more than a pipe holds, so that all that was written is read and who writes on and on is not
_READ_BYTES = 65_536  # a larger buffer comes from fresh pages each time: five times the cost of a small read
_CREDENTIALS = struct.Struct("3i")
_HEAD_BYTES, _read_head = frames.HEAD.size, frames.HEAD.unpack_from
_identities = itertools.count(1)

KeepEvents = Callable[[Sequence[LogEvent]], Awaitable[None]]


class RuntimeEnded(Exception):
    """The process ended before it answered."""

    def __init__(self, exit_: Exit) -> None:
        super().__init__(exit_)
        self.exit = exit_


class RuntimeProcess:
    """A child of a zygote, from the fork to its end. One frame is waited for at a time."""

    def __init__(self, zygote: Zygote) -> None:
        self.zygote = zygote
        self.pid = 0  # as this machine numbers it; known with HELLO
        self.mount_namespace = -1
        self.is_alive = True  # whether it can be given another event
        self.exit: Exit | None = None
        self.rss_kb = 0
        self.assigned_s = 0.0  # when its INIT began, on the machine's clock
        self.on_end: Callable[[], None] | None = None
        self.events: list[LogEvent] = []  # what the log pipe gave since it was last taken
        self.queue: EventQueue | None = None
        self.has_queue = False  # it says that it has it
        self._identity = next(_identities)
        self._loop = asyncio.get_running_loop()
        self._socket, self._theirs = socket.socketpair()
        self._socket.setblocking(False)
        # In a namespace of its own it does not know its pid as we number it: the kernel tells. Elsewhere it says so itself.
        self._receive_first = self._receive_hello if zygote.kind.is_isolated else self._receive
        if zygote.kind.is_isolated:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._pipe, self._pipe_theirs = os.pipe()
        os.set_blocking(self._pipe, False)
        self._output = OutputReader()
        self._inbox = bytearray()
        self._waiter: asyncio.Future[tuple[int, bytes]] | None = None
        self._enders: list[asyncio.Future[None]] = []
        self._is_greeted = False
        self._is_stopped = False
        self._is_theirs_open = True
        self._is_socket_open = True
        self._is_reading = True
        self._is_pipe_open = True
        self._is_pipe_watched = True
        self._output_bytes = 0  # that were read since output was last taken
        self._next_events: collections.deque[list[LogEvent]] = collections.deque()  # of events whose turn here is still to come
        self._is_marked = False
        self._marks_due = 0  # of those whose turn came before their output's

    def spawn(self, cgroups: Sequence[int] = (), mount_namespace: int = -1, *, is_ahead: bool = False) -> None:
        """Has the zygote fork it. ``cgroups``: descriptors of the files that it writes itself into."""
        descriptors = [self._theirs.fileno(), self._pipe_theirs, *cgroups]
        if mount_namespace >= 0:
            descriptors.append(mount_namespace)
        self._loop.add_reader(self._socket, self._on_frame_bytes)  # before: a zygote that is found dead closes them
        self._loop.add_reader(self._pipe, self._on_output)
        self.zygote.spawn(self._identity, descriptors, self._on_exit, is_reset=mount_namespace >= 0, is_ahead=is_ahead)

    async def greeted(self) -> None:
        """Returns when it waits for its assignment. Raises RuntimeEnded, ZygoteFailed."""
        kind, body = await self._frame()
        if kind == frames.FAILED:
            raise ZygoteFailed(body.decode("utf-8", "replace"))
        if body:
            self.pid = frames.PID.unpack(body)[0]

    def wait(self) -> "asyncio.Future[tuple[int, bytes]]":
        """The next frame's kind and body. Raises RuntimeEnded when the process ends first."""
        return self._frame()

    def _frame(self) -> "asyncio.Future[tuple[int, bytes]]":
        assert self._waiter is None or self._waiter.done(), "one frame is waited for at a time"
        self._waiter = self._loop.create_future()
        if self._inbox:
            self._deliver()
        if not self._waiter.done():
            if self.exit is not None:
                self._waiter.set_exception(RuntimeEnded(self.exit))
            else:
                self._read_on()
        return self._waiter

    def has_frame(self) -> bool:
        """Whether one has come, though whoever waits for it may not know yet."""
        if not self._inbox and self._is_reading and self._is_socket_open:
            self._read_frame_bytes()
        return bool(self._inbox) or (self._waiter is not None and self._waiter.done())

    def frame_there(self) -> tuple[int, bytes] | None:
        """The next frame, where that has come already: nobody has to wait for it."""
        return self._take_frame() if self._inbox else None

    def late_frame(self) -> tuple[int, bytes] | None:
        """What has come, and nobody waits for any more."""
        while (frame := self._take_frame()) is None and self._is_socket_open and self._read_frame_bytes():
            pass
        return frame

    def untake(self, kind: int, body: bytes) -> None:
        """Of a frame that nobody has seen: it is the next one again."""
        self._inbox[:0] = frames.pack(kind, body)

    async def send(self, frame: bytes) -> None:
        """Writes a frame whole. An environment that has ended says so when it is waited for."""
        try:
            sent = self._socket.send(frame)
            if sent < len(frame):
                await self._loop.sock_sendall(self._socket, memoryview(frame)[sent:])
        except BlockingIOError:
            await self._loop.sock_sendall(self._socket, frame)
        except OSError:
            pass

    def open_queue(self, memory_mb: int) -> None:
        """From now on it also takes events from ``queue``, unless it has used more memory. Where it cannot, there is none."""
        try:
            queue = EventQueue()
        except OSError:
            return
        frame = frames.pack(frames.QUEUE, frames.MEMORY.pack(memory_mb * 1024))
        try:
            socket.send_fds(self._socket, [frame], [queue.reader.fileno()])
        except OSError:
            queue.close()
        else:
            self.queue = queue

    def begin_queued(self) -> None:
        """What it writes from here on, as it sees it, is the next queued event's. Its log pipe is read when that is over.

        Nobody has to be waked for a mark, which each event writes.
        """
        self._is_marked = True
        if self._next_events:
            self.events += self._next_events.popleft()
        else:
            self._marks_due += 1
        if self._is_pipe_watched:
            self._is_pipe_watched = False
            if self._is_pipe_open:
                self._loop.remove_reader(self._pipe)

    def end_queued(self) -> None:
        """It takes nothing from its queue for now."""
        self._is_marked, self._marks_due = False, 0
        while self._next_events:
            self.events += self._next_events.popleft()
        self.watch_pipe()

    def watch_pipe(self) -> None:
        """Has the log pipe read as soon as something stands there."""
        if not self._is_pipe_watched:
            self._is_pipe_watched = True
            if self._is_pipe_open:
                self._loop.add_reader(self._pipe, self._on_output)

    def live_by(self, now: Callable[[], Instant]) -> None:
        """From now on this is the time at which it writes its lines."""
        self._output.now = now

    def kill(self) -> None:
        self.zygote.kill(self._identity)

    async def end(self, limit_s: float) -> None:
        """Kills the process and all that it started, and returns when it is gone."""
        if self.exit is None:
            waiter = self._loop.create_future()
            self._enders.append(waiter)
            self.kill()
            self._signal(signal.SIGCONT)
            timer = self._loop.call_later(limit_s, _resolve, waiter)
            await waiter
            timer.cancel()

    def freeze(self) -> None:
        """Stops every process of the runtime's group until thaw."""
        if not self._is_stopped and self.exit is None and self.pid:
            self._is_stopped = True
            self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        if self._is_stopped:
            self._is_stopped = False
            self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):
            pass  # it has just ended; the zygote is about to say so

    def take_lines(self) -> list[LogEvent]:
        """All whole lines and records until now."""
        self._on_output()
        return self._taken()

    def take_events(self) -> list[LogEvent]:
        """All that was written until now, lines without an end included."""
        if not self._next_events:  # else all of it has been read, for what comes after it has
            self._on_output()
            if self._output.has_rest and not self._next_events:
                self._keep(self._output.flush())
        return self._taken()

    def _taken(self) -> list[LogEvent]:
        if self._output_bytes > OUTPUT_AHEAD_BYTES_MAX and self._is_pipe_open and self._is_pipe_watched:
            self._loop.add_reader(self._pipe, self._on_output)
        self._output_bytes = 0
        events, self.events = self.events, []
        return events

    def reported(self, report: Report) -> None:
        """An invocation is over, and these are its figures."""

    def leave(self, keep: KeepEvents) -> None:  # noqa: ARG002  for those that say something at their end
        """Ends, and where it has something to do before, does that; ``keep`` takes what is written meanwhile."""
        self.close()

    def close(self) -> None:
        """Lets go of everything; kills the process if it lives."""
        self.kill()
        self._close_theirs()
        self._close_socket()
        self._close_pipe()
        if self.queue is not None:
            self.queue.close()
            self.queue = None
        if self.mount_namespace >= 0:
            os.close(self.mount_namespace)
            self.mount_namespace = -1

    def part_with_socket(self) -> socket.socket:
        """It has been initialised, and from now on somebody else speaks to it, in another way."""
        assert self._is_socket_open, "its socket has ended"
        self._loop.remove_reader(self._socket)
        self._is_socket_open = False
        return self._socket

    def _on_frame_bytes(self) -> None:
        self._read_frame_bytes()

    def _read_frame_bytes(self) -> bool:
        """Whether there was something."""
        try:
            data = self._receive() if self._is_greeted else self._receive_first()
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self._close_socket()
            return False
        if not self._is_greeted:
            self._is_greeted = True
            self._close_theirs()
        self._inbox += data
        if self._waiter is not None and not self._waiter.done():
            self._deliver()
        elif len(self._inbox) >= READ_AHEAD_BYTES_MAX and self._is_reading:
            self._is_reading = False
            self._loop.remove_reader(self._socket)
        return True

    def _read_on(self) -> None:
        if not self._is_reading and self._is_socket_open:
            self._is_reading = True
            self._loop.add_reader(self._socket, self._on_frame_bytes)

    def _receive(self) -> bytes:
        return self._socket.recv(_READ_BYTES)

    def _receive_hello(self) -> bytes:
        """The first bytes carry who sends them, in our numbering, and the mount namespace."""
        space = socket.CMSG_SPACE(_CREDENTIALS.size) + socket.CMSG_SPACE(4)
        data, ancillary, _, _ = self._socket.recvmsg(_READ_BYTES, space, socket.MSG_CMSG_CLOEXEC)
        for level, kind, content in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS:
                self.pid = _CREDENTIALS.unpack_from(content)[0]
            elif level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                self.mount_namespace = struct.unpack_from("i", content)[0]
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
        return data

    def _deliver(self) -> None:
        """Gives the waiter one whole frame, when there is one."""
        frame = self._take_frame()
        if frame is not None:
            assert self._waiter is not None
            self._waiter.set_result(frame)

    def _take_frame(self) -> tuple[int, bytes] | None:
        inbox = self._inbox
        if len(inbox) < _HEAD_BYTES:
            return None
        length, kind = _read_head(inbox)
        if length > frames.BODY_BYTES_MAX:
            self.kill()
            return None
        end = _HEAD_BYTES + length
        if len(inbox) < end:
            return None
        body = bytes(inbox[_HEAD_BYTES:end])
        del inbox[:end]
        return kind, body

    def _on_output(self) -> None:
        for _ in range(_READS_MAX):
            if not self._is_pipe_open:
                return
            try:
                data = os.read(self._pipe, _READ_BYTES)
            except BlockingIOError:
                return
            if not data:
                self._close_pipe()
                return
            self._output_bytes += len(data)
            self._keep(self._output.feed(data))
            if len(data) < _READ_BYTES:
                break
        if self._output_bytes > OUTPUT_AHEAD_BYTES_MAX:
            self._loop.remove_reader(self._pipe)

    def _keep(self, events: Iterable[LogEvent]) -> None:
        for event in events:
            if event is not MARK:
                (self._next_events[-1] if self._next_events else self.events).append(event)
            elif self._marks_due:
                self._marks_due -= 1
            elif self._is_marked and len(self._next_events) <= AHEAD_MAX:
                self._next_events.append([])

    def _on_exit(self, exit_: Exit) -> None:
        self.exit, self.is_alive = exit_, False
        self.rss_kb = max(self.rss_kb, exit_.rss_kb)
        self._close_theirs()
        while self._is_socket_open and self._read_frame_bytes():
            pass  # it may have answered just before
        self._on_output()
        if exit_.is_left and self.pid:
            self._signal(signal.SIGKILL)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(RuntimeEnded(exit_))
        for ender in self._enders:
            _resolve(ender)
        if self.on_end is not None:
            self.on_end()

    def _close_theirs(self) -> None:
        """Not before it has them: macOS may discard a socket that nobody holds while it is handed over."""
        if self._is_theirs_open:
            self._is_theirs_open = False
            self._theirs.close()
            os.close(self._pipe_theirs)

    def _close_socket(self) -> None:
        if self._is_socket_open:
            self._is_socket_open = False
            self._loop.remove_reader(self._socket)
            self._socket.close()

    def _close_pipe(self) -> None:
        if self._is_pipe_open:
            self._is_pipe_open = False
            self._loop.remove_reader(self._pipe)
            os.close(self._pipe)


def _resolve(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)
