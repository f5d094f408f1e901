"""Events that lie ready for a process while it works on another one.

It takes the next without waking the platform and without being waked by it, so that neither finds the processor's caches
full of the other's memory. What it has not taken can be taken back, for each message has one reader.
"""

import contextlib
import socket
import sys

from lambent.environments.inside import frames


class EventQueue:
    """The reading end is handed over, and kept here as well."""

    IS_POSSIBLE = sys.platform == "linux"  # elsewhere there are no local sockets that keep messages apart and in order

    def __init__(self) -> None:
        self._writer, self.reader = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for each in (self._writer, self.reader):
            each.setblocking(False)

    def put(self, frame: bytes) -> bool:
        """Whether there was room. A message goes whole or not at all."""
        try:
            return self._writer.send(frame) == len(frame)
        except OSError:
            return False

    def take_back(self) -> list[bytes]:
        """What has not been taken: its last messages, unless some were taken just meanwhile."""
        taken = []
        with contextlib.suppress(OSError):
            while message := self.reader.recv(frames.QUEUED_BYTES_MAX):
                taken.append(message)
        return taken

    def close(self) -> None:
        self._writer.close()
        self.reader.close()
