"""Frames over one environment's socket, as its process reads and writes them: one at a time, blocking."""

import os
import select

from _lambent import frames

_READ_BYTES = 65536


class Channel:
    """The platform is gone when the socket ends: so are we."""

    def __init__(self, connection):
        self.connection = self._socket = connection
        self._pending = b""
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

    def _read(self, size):
        parts, have = [self._pending], len(self._pending)
        while have < size:
            self._poll.poll()
            data = self._socket.recv(max(_READ_BYTES, size - have))
            if not data:
                os._exit(0)
            parts.append(data)
            have += len(data)
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        self._pending = data[size:]
        return data[:size]

    def write(self, kind, *parts):
        body = b"".join(parts)
        self._socket.sendall(frames.pack(kind, body))
