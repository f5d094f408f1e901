"""One execution of one durable function, told step by step: what invokes it and what turns the clock is the test."""

from collections.abc import Callable
from typing import Any

import pytest

from lambent.core.context import Scope
from lambent.durable.outbox import Ended, Entry
from lambent.durable.tables import Timer
from lambent.services.lambda_.engine.durable.answers import Answer
from lambent.services.lambda_.engine.durable.checkpoints import Checkpoint, Checkpoints
from lambent.services.lambda_.engine.durable.draft import TIMER
from lambent.services.lambda_.engine.durable.lifecycle import Lifecycle, Start
from lambent.services.lambda_.engine.durable.names import ExecutionArn, Token
from lambent.services.lambda_.engine.durable.operations import Operation
from lambent.services.lambda_.engine.identifiers import FunctionName
from lambent.services.lambda_.engine.settings import Durable
from lambent.services.lambda_.tables import durable
from lambent.services.lambda_.tables.durable import Execution, Origin

SCOPE = Scope("111111111111", "us-east-1")
ROLE = "arn:aws:iam::111111111111:role/r"


class Timers:
    """Keeps what is set: by kind and key, the instant."""

    def __init__(self) -> None:
        self.due: dict[tuple[str, str], float] = {}
        self.handlers: dict[str, Callable[..., None]] = {}

    def on(self, kind: str, handler: Callable[..., None]) -> None:
        self.handlers[kind] = handler

    def set(self, _tx: object, kind: str, key: str, due_at: float, **_: str) -> None:
        self.due[kind, key] = due_at

    def cancel(self, _tx: object, kind: str, key: str, **_: str) -> None:
        self.due.pop((kind, key), None)


class Outbox:
    def __init__(self) -> None:
        self.added: list[tuple[str, str, Any, str]] = []

    def add(self, _tx: object, _context: object, service: str, operation: str, parameters: Any, **more: str) -> None:
        self.added.append((service, operation, parameters, more.get("ordering_key", "")))


class World:
    def __init__(self, tx: Any, made: Any) -> None:
        self.tx, self.made, self.now = tx, made, 100.0
        self.timers, self.retention, self.outbox, self.calls = Timers(), Timers(), Outbox(), Outbox()
        self.lifecycle = Lifecycle(timers=self.timers, retention=self.retention, outbox=self.outbox)
        self.checkpoints = Checkpoints(lifecycle=self.lifecycle, calls=self.calls)
        self.token = ""

    def start(self, *, name: str | None = None, text: str = "{}", **origin: Any) -> Execution:
        told = Origin("r", "t", "arn", "url", ROLE, **origin)
        start = Start(FunctionName(SCOPE, "f"), "1", Durable(1_000, 1), name, text, told)
        self.execution_id = self.lifecycle.start(self.tx, start, self.now).id
        return self.execution

    @property
    def execution(self) -> Execution:
        found = durable.find_execution(self.tx, self.key)
        assert found is not None
        return found

    @property
    def key(self) -> Any:
        return durable.ExecutionKey(SCOPE, self.execution_id)

    @property
    def arn(self) -> ExecutionArn:
        return ExecutionArn(self.execution.function, "1", self.execution.name, self.execution_id)

    def begin(self, invocation: str = "i") -> Any:
        begun = self.lifecycle.begin(self.tx, self.key, invocation, self.now)
        self.token = Token(self.execution_id, invocation, self.execution.sequence).text
        return begun

    def checkpoint(self, *updates: dict[str, Any], client_token: str = "c", token: str = "") -> Checkpoint:
        done = self.checkpoints.checkpoint(self.tx, self.arn, token or self.token, client_token, updates, self.now)
        self.token = done.token or ""
        return done

    def finish(self, kind: str, result: str | None = None, error: Any = None, invocation: str = "i") -> Execution:
        self.lifecycle.finish(self.tx, self.key, invocation, Answer(kind, result, error), self.now, self.now)
        return self.execution

    def fire(self) -> None:
        """Time goes on to the execution's timer."""
        self.now = self.timers.due.pop((TIMER, self.execution_id))
        timer = Timer(1, SCOPE.account, SCOPE.region, TIMER, self.execution_id, self.now, None, 0)
        self.timers.handlers[TIMER](self.tx, timer)

    def operation(self, operation_id: str) -> Operation:
        found = durable.find_operation(self.tx, self.key, operation_id)
        assert found is not None
        return found

    def call_ends(self, reply: Any, error: Exception | None = None) -> None:
        *_, (_, _, parameters, key) = self.calls.added
        entry = Entry(1, SCOPE.account, SCOPE.region, None, "lambda", "Invoke", parameters, None, key, "", 0.0, 0)
        self.checkpoints.call_ended(self.tx, Ended(entry, 1, reply, error), self.now)

    def kinds(self) -> list[str]:
        return [event["EventType"] for _, event in durable.list_events(self.tx, self.key, 1, 999).events]


def update(operation_id: str, kind: str, action: str = "START", **more: Any) -> dict[str, Any]:
    return {"Id": operation_id, "Type": kind, "Action": action} | more


def wait(operation_id: str, seconds: int, **more: Any) -> dict[str, Any]:
    return update(operation_id, "WAIT", WaitOptions={"WaitSeconds": seconds}, **more)


@pytest.fixture
def world(tx: Any, made: Any) -> World:
    return World(tx, made)
