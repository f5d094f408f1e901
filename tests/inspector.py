"""A client of node's inspector, as editors have one: https://nodejs.org/api/debugger.html, and Chrome's protocol behind it."""

import contextlib
import itertools
import json
import urllib.request
from collections.abc import Callable
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

ANSWER_S_MAX = 60.0


class Inspector:
    """``Inspector.attached(port)``, then breakpoints, then ``run``. Blocks."""

    def __init__(self, connection: ClientConnection, closing: contextlib.ExitStack) -> None:
        self._connection = connection
        self._closing = closing
        self._numbers = itertools.count(1)
        self._kept: list[dict[str, Any]] = []

    @classmethod
    def attached(cls, port: int) -> Self:
        """Tries until somebody listens, for an editor's user does not know when either."""
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=ANSWER_S_MAX) as answer:
                    address = json.load(answer)[0]["webSocketDebuggerUrl"]
                closing = contextlib.ExitStack()
                inspector = cls(closing.enter_context(connect(address, proxy=None, max_size=None)), closing)
                break
            except OSError:  # what ends may still have answered
                continue
        inspector.ask("Runtime.enable")
        inspector.ask("Debugger.enable")
        return inspector

    def break_at(self, url: str, line: int) -> None:
        """``line`` from 1 on."""
        self.ask("Debugger.setBreakpointByUrl", url=url, lineNumber=line - 1)

    def run(self) -> None:
        """Breakpoints are set."""
        self.ask("Runtime.runIfWaitingForDebugger")

    def stopped_at(self) -> tuple[int, dict[str, Any]]:
        """Where the function stands still: the line, and its local variables."""
        frame = self.event("Debugger.paused")["callFrames"][0]
        scope = next(scope for scope in frame["scopeChain"] if scope["type"] == "local")
        members = self.ask("Runtime.getProperties", objectId=scope["object"]["objectId"])["result"]
        return frame["location"]["lineNumber"] + 1, {each["name"]: each["value"].get("value") for each in members}

    def go_on(self) -> None:
        self.ask("Debugger.resume")

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        told = self._next(lambda message: message.get("id") == number)
        assert "error" not in told, told
        result: dict[str, Any] = told["result"]
        return result

    def event(self, method: str) -> dict[str, Any]:
        told: dict[str, Any] = self._next(lambda message: message.get("method") == method)["params"]
        return told

    def wait_until_gone(self) -> None:
        """Returns when the other side has closed the connection."""
        try:
            while True:
                self._connection.recv(timeout=ANSWER_S_MAX)
        except ConnectionClosed:
            pass
        self.close()

    def close(self) -> None:
        self._closing.close()

    def _next(self, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        for message in self._kept:
            if is_it(message):
                self._kept.remove(message)
                return message
        while True:
            message = json.loads(self._connection.recv(timeout=ANSWER_S_MAX))
            if is_it(message):
                return dict(message)
            self._kept.append(message)
