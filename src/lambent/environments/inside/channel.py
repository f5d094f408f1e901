"""Frames over one environment's socket, as its process reads and writes them: one at a time, blocking."""

import _socket
import os
import select
import socket
import struct

from _lambent import frames

_READ_BYTES = 65536
_ANCILLARY_BYTES = socket.CMSG_SPACE(4)
_DONT_WAIT = socket.MSG_DONTWAIT
_CLOSED_ON_EXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)  # macOS does without, and has no queues


class Channel:
    """The platform is gone when the socket ends: so are we."""

    def __init__(self, connection):
        self.connection = self._socket = connection
        self._pending = b""
        self._queue = None
        self._memory_kb = 0
        self._handed = []  # descriptors that have come with what was read
        # Who waits in recv is also woken when the platform takes the answer, for nothing: twice the switches of an event.
        self._poll = select.poll()
        self._poll.register(connection, select.POLLIN)

    def fileno(self):
        return self._socket.fileno()

    def has_frame(self):
        """Whether a whole frame has been read already, so that the socket alone does not tell of it."""
        if len(self._pending) < frames.HEAD.size:
            return False
        return len(self._pending) >= frames.HEAD.size + frames.HEAD.unpack_from(self._pending)[0]

    def read(self):
        """The next frame's kind and body."""
        head = self._read(frames.HEAD.size)
        length, kind = frames.HEAD.unpack(head)
        return kind, self._read(length)

    def read_event(self, used_kb):
        """The next event's frame: from the queue, once there is one, or from the socket.

        Who has used more than its memory is ended by the platform, and takes nothing from the queue any more.
        """
        while True:
            if self._queue is not None and used_kb <= self._memory_kb and not self._pending:
                frame = self._from_queue()
                if frame is not None:
                    return frame
            kind, body = self.read()
            if kind != frames.QUEUE:
                return kind, body
            self._memory_kb = frames.MEMORY.unpack(body)[0]
            if self._handed:  # else there is no room for another descriptor
                self._take_queue(self._handed.pop())

    @property
    def has_queue(self):
        return self._queue is not None

    def _take_queue(self, descriptor):
        """Whatever the function has made of ``socket``, and of how long its sockets wait."""
        self._queue = _socket.socket(fileno=descriptor)
        self._queue.settimeout(0)
        self._poll.register(self._queue, select.POLLIN)

    def _from_queue(self):
        """The next one there; None as soon as something comes over the socket instead."""
        while True:
            try:
                return frames.QUEUED, self._queue.recv(frames.QUEUED_BYTES_MAX, _DONT_WAIT)[frames.HEAD.size :]
            except BlockingIOError:
                ready = [descriptor for descriptor, _ in self._poll.poll()]
            if self._socket.fileno() in ready:
                return None

    def _read(self, size):
        parts, have = [self._pending], len(self._pending)
        while have < size:
            data = self._receive(max(_READ_BYTES, size - have))
            if not data:
                os._exit(0)
            parts.append(data)
            have += len(data)
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        self._pending = data[size:]
        return data[:size]

    def _receive(self, size):
        if self._queue is not None:
            return self._socket.recv(size)
        self._poll.poll()
        data, ancillary, _, _ = self._socket.recvmsg(size, _ANCILLARY_BYTES, _CLOSED_ON_EXEC)
        for level, kind, content in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                self._handed += struct.unpack("%di" % (len(content) // 4), content)
        return data

    def write(self, kind, *parts):
        body = b"".join(parts)
        self._socket.sendall(frames.pack(kind, body))
