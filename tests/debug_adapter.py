"""A client of the Debug Adapter Protocol, as editors have one: https://microsoft.github.io/debug-adapter-protocol/."""

import itertools
import json
import socket
from pathlib import Path
from typing import Any, Self

ANSWER_S_MAX = 60.0


class DebugClient:
    """``DebugClient.attached(port, folder)``, then breakpoints, then ``run``. Blocks."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._file = connection.makefile("rb")
        self._numbers = itertools.count(1)
        self._kept: list[dict[str, Any]] = []

    @classmethod
    def attached(cls, port: int, folder: Path) -> Self:
        """Tries until somebody listens, for an editor's user does not know when either."""
        while True:
            try:
                connection = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_S_MAX)
                break
            except ConnectionRefusedError:
                continue
        client = cls(connection)
        client.ask("initialize", adapterID="debugpy", pathFormat="path", linesStartAt1=True)
        client.send("attach", pathMappings=[{"localRoot": str(folder), "remoteRoot": "/var/task"}])
        client.event("initialized")
        return client

    def break_at(self, path: Path, line: int) -> None:
        told = self.ask("setBreakpoints", source={"path": str(path)}, breakpoints=[{"line": line}])
        assert len(told["breakpoints"]) == 1

    def run(self) -> None:
        """Breakpoints are set."""
        self.ask("configurationDone")

    def stopped_at(self) -> tuple[int, dict[str, str]]:
        """Where the function stands still: the line, and its local variables as text."""
        self._thread = self.event("stopped")["threadId"]
        frame = self.ask("stackTrace", threadId=self._thread)["stackFrames"][0]
        scope = self.ask("scopes", frameId=frame["id"])["scopes"][0]
        variables = self.ask("variables", variablesReference=scope["variablesReference"])["variables"]
        return frame["line"], {each["name"]: each["value"] for each in variables}

    def go_on(self) -> None:
        self.ask("continue", threadId=self._thread)

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        number = self.send(command, **arguments)
        told = self._next(lambda message: message["type"] == "response" and message["request_seq"] == number)
        assert told["success"], told
        return told.get("body") or {}

    def event(self, name: str) -> dict[str, Any]:
        return self._next(lambda message: message["type"] == "event" and message["event"] == name).get("body") or {}

    def wait_until_gone(self) -> None:
        """Returns when the other side has closed the connection."""
        try:
            while self._connection.recv(65_536):
                pass
        except ConnectionResetError:
            pass
        self.close()

    def send(self, command: str, **arguments: Any) -> int:
        number = next(self._numbers)
        body = json.dumps({"seq": number, "type": "request", "command": command, "arguments": arguments}).encode()
        self._connection.sendall(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        return number

    def close(self) -> None:
        self._file.close()
        self._connection.close()

    def _next(self, is_it: Any) -> dict[str, Any]:
        for message in self._kept:
            if is_it(message):
                self._kept.remove(message)
                return message
        while True:
            message = self._read()
            if is_it(message):
                return message
            self._kept.append(message)

    def _read(self) -> dict[str, Any]:
        length = 0
        while line := self._file.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the debugger has gone"
        message: dict[str, Any] = json.loads(self._file.read(length))
        return message
