"""Events that lie ready for a process while it works on another one.

It takes the next without waking the platform and without being waked by it, so that neither finds the processor's caches
full of the other's memory. What it has not taken can be taken back, for each message has one reader.
"""

import contextlib
import socket
import sys

from lambent.environments.inside import frames

AHEAD_MAX = 8  # events that lie there besides the one under way: Linux lets eleven lie in a queue


class EventQueue:
    """The reading end is handed over, and kept here as well. The function may have it block: nothing here relies on that."""

    IS_POSSIBLE = sys.platform == "linux"  # elsewhere there are no local sockets that keep messages apart and in order

    def __init__(self) -> None:
        self._writer, self.reader = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def put(self, frame: bytes) -> bool:
        """Whether there was room. A message goes whole or not at all."""
        try:
            return self._writer.send(frame, socket.MSG_DONTWAIT) == len(frame)
        except OSError:
            return False

    def next(self) -> bytes:
        """The first message that has not been taken, which stays; nothing where there is none."""
        with contextlib.suppress(OSError):
            return self.reader.recv(frames.QUEUED_BYTES_MAX, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        return b""

    def take_back(self) -> list[bytes]:
        """What has not been taken; meanwhile one in the middle of it may be."""
        taken = []
        with contextlib.suppress(OSError):
            while message := self.reader.recv(frames.QUEUED_BYTES_MAX, socket.MSG_DONTWAIT):
                taken.append(message)
        return taken

    def close(self) -> None:
        self._writer.close()
        self.reader.close()
