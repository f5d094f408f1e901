"""A transaction on stepfunctions' tables, a machine in it, and timers that only remember."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from lambent.core.context import Scope
from lambent.services.stepfunctions.engine import executions, machines
from lambent.services.stepfunctions.engine.executions import Asked
from lambent.services.stepfunctions.engine.identifiers import MachineName
from lambent.services.stepfunctions.engine.machines import LOGGING_OFF, TRACING_OFF, Settings
from lambent.services.stepfunctions.engine.revisions import Revisions
from lambent.services.stepfunctions.engine.transitions import Transitions
from lambent.services.stepfunctions.tables.executions import ExecutionRow
from lambent.store.database import Transaction

SCOPE = Scope("111122223333", "us-east-1")
MACHINE = MachineName(SCOPE, "m")
ROLE = "arn:aws:iam::111122223333:role/states"
NOW = 1_767_225_600.0


class Remembered:
    """Timers that never fire."""

    def __init__(self) -> None:
        self.handlers: dict[str, Any] = {}
        self.due: dict[str, tuple[float, Any]] = {}

    def on(self, kind: str, handler: Any) -> None:
        self.handlers[kind] = handler

    def set(self, _tx: Any, _kind: str, key: str, due_at: float, payload: Any, **_: Any) -> None:
        self.due[key] = (due_at, payload)

    def cancel(self, _tx: Any, _kind: str, key: str, **_: Any) -> bool:
        return self.due.pop(key, None) is not None


@pytest.fixture
def tx(transaction_of: Callable[[str], Transaction]) -> Transaction:
    return transaction_of("stepfunctions")


@pytest.fixture
def timers() -> Remembered:
    return Remembered()


@pytest.fixture
def transitions(timers: Any) -> Transitions:
    return Transitions(timers=timers, revisions=Revisions())


def settings(definition: Any) -> Settings:
    return Settings(json.dumps(definition), ROLE, LOGGING_OFF, TRACING_OFF, None)


@pytest.fixture
def started(tx: Transaction, transitions: Transitions) -> Callable[..., ExecutionRow]:
    """``started({…definition…}, input)``: the row of an execution that has begun."""

    def start(
        definition: Any, given: Any = None, *, waiter: str = "", name: str = "e", machine: MachineName = MACHINE
    ) -> ExecutionRow:
        machines.create(tx, machine, "STANDARD", settings(definition), {}, NOW, publish=None)
        asked = Asked(machine, name, json.dumps({} if given is None else given), "", "http://localhost", waiter)
        executions.start(tx, transitions, asked, NOW)
        return executions.find(tx, executions.ExecutionName(SCOPE, machine.name, name))

    return start
