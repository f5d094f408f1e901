"""A deployed function in a test's hands: call it, send it events, see what it was given and what it wrote."""

import base64
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from lambent.testing.logs import Logs
from lambent.testing.watch import Received

__tracebackhide__ = True  # pytest shows the line of the test that asked, not the way through here; --full-trace shows all

Calls = Callable[..., dict[str, Any]]
"""``call("lambda", "Invoke", FunctionName=…)``: an operation of the test's account, in process."""


class FunctionError(AssertionError):
    """The function failed. ``type``, ``message`` and ``trace`` are what it raised, inside its environment."""

    def __init__(self, name: str, error: dict[str, Any], log_tail: str) -> None:
        self.type = str(error.get("errorType", ""))
        self.message = str(error.get("errorMessage", ""))
        self.trace = [str(line) for line in error.get("stackTrace") or ()]
        self.log_tail = log_tail  # of this invocation, START to REPORT
        trace = "".join(f"\n{line.rstrip()}" for line in self.trace)
        super().__init__(f"{name} raised {self.type}: {self.message}{trace}")


class Invocation(Struct, frozen=True):
    """One time that the function was given an event. Attempts at the same event share their ``request_id``."""

    request_id: str
    event: Any  # decoded
    at: datetime  # on the account's clock


class Function:
    """What ``deploy`` returns. Call it as if it were here: ``assert greet({"name": "Ada"}) == "Hello, Ada"``."""

    def __init__(
        self, *, call: Calls, logs: Logs, received: Callable[[str], Iterable[Received]], created: dict[str, Any]
    ) -> None:
        self.name: str = created["FunctionName"]
        self.arn: str = created["FunctionArn"]
        self.log_group: str = (created.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{self.name}"
        self._call = call
        self._logs = logs
        self._received = received

    def __repr__(self) -> str:
        return f"<Function {self.name}>"

    def __call__(self, event: Any = None) -> Any:
        """Invokes it and returns what it returned. Raises FunctionError, or ServiceError where Lambda refuses."""
        reply = self._call("lambda", "Invoke", FunctionName=self.arn, Payload=_encoded(event), LogType="Tail")
        payload: bytes = reply["Payload"]
        result = json.loads(payload) if payload else None
        if "FunctionError" in reply:
            tail = base64.b64decode(reply.get("LogResult", "")).decode("utf-8", "replace")
            raise FunctionError(self.name, result if isinstance(result, dict) else {}, tail)
        return result

    def send(self, event: Any = None) -> None:
        """Invokes it asynchronously (``InvocationType=Event``): returns when Lambda has accepted the event."""
        self._call("lambda", "Invoke", FunctionName=self.arn, Payload=_encoded(event), InvocationType="Event")

    @property
    def invocations(self) -> list[Invocation]:
        """Every event that it was given since it was deployed, in order, repeated attempts included."""
        return [
            Invocation(
                each.request_id, json.loads(each.payload) if each.payload else None, datetime.fromtimestamp(each.at, UTC)
            )
            for each in self._received(self.arn)
        ]

    @property
    def events(self) -> list[Any]:
        """The events alone."""
        return [each.event for each in self.invocations]

    def logs(self) -> list[str]:
        """What it wrote, line by line or record by record."""
        return self._logs(self)


def _encoded(event: Any) -> bytes:
    return event if isinstance(event, bytes) else json.dumps(event).encode()
