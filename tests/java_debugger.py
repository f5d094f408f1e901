"""The JDK's own debugger, told what to do line by line."""

import select
import subprocess
from pathlib import Path

ANSWER_S_MAX = 60.0


class JavaDebugger:
    """``JavaDebugger(port)`` attaches as soon as somebody listens. Blocks."""

    def __init__(self, port: int, sources: Path) -> None:
        wait_until_listening(port)
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
        answers = select.poll()
        answers.register(self._process.stdout, select.POLLIN)
        while words.encode() not in self._said:
            assert answers.poll(ANSWER_S_MAX * 1000), f"no {words}: {self._said!r}"
            data = self._process.stdout.read1(65_536)  # type: ignore[attr-defined]
            assert data, f"it ended without {words}: {self._said!r}"
            self._said += data
        before, _, self._said = self._said.partition(words.encode())
        return before.decode() + words

    def wait_until_gone(self) -> None:
        """Returns when the function's JVM has ended."""
        self.until("The application has been disconnected")
        self._process.communicate(timeout=ANSWER_S_MAX)


def wait_until_listening(port: int) -> None:
    """Until somebody listens. The kernel is asked, for a connection would be taken for the debugger's."""
    listening = f"0100007F:{port:04X} 00000000:0000 0A"
    while listening not in Path("/proc/net/tcp").read_text():
        pass
