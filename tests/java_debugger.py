"""The JDK's own debugger, told what to do line by line."""

import socket
import subprocess
from pathlib import Path

HANDSHAKE = b"JDWP-Handshake"


class JavaDebugger:
    """``JavaDebugger(port)`` attaches as soon as somebody listens. Blocks."""

    def __init__(self, port: int, sources: Path) -> None:
        _wait_for(port)
        command = ["jdb", "-sourcepath", str(sources), "-connect", f"com.sun.jdi.SocketAttach:hostname=127.0.0.1,port={port}"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self._said = b""
        self.until("Initializing jdb")

    def tell(self, command: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(command.encode() + b"\n")
        self._process.stdin.flush()

    def until(self, words: str) -> str:
        """What was said until the words were, them included; what comes later is kept."""
        assert self._process.stdout is not None
        while words.encode() not in self._said:
            data = self._process.stdout.read1(65_536)  # type: ignore[attr-defined]
            assert data, f"it ended without {words}: {self._said!r}"
            self._said += data
        before, _, self._said = self._said.partition(words.encode())
        return before.decode() + words

    def wait_until_gone(self) -> None:
        """Returns when the function's JVM has ended."""
        self.until("The application has been disconnected")
        self._leave()

    def close(self) -> None:
        """Lets the function go on without."""
        self.tell("quit")
        self._leave()

    def _leave(self) -> None:
        self._process.communicate(timeout=60)


def _wait_for(port: int) -> None:
    """Who attaches too early is refused; only a handshake tells a JVM from another that had the port."""
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
                connection.sendall(HANDSHAKE)
                if connection.recv(len(HANDSHAKE), socket.MSG_WAITALL) == HANDSHAKE:
                    return
        except OSError:
            continue
