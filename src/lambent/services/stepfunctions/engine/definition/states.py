"""A definition as the interpreter runs it: frozen, compiled once.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from lambent.services.stepfunctions.engine.definition.flows import Flow
from lambent.services.stepfunctions.engine.definition.resources import Resource
from lambent.services.stepfunctions.engine.definition.views import View

Evaluate = Callable[[View], Any]
"""From what a state sees to a value. Raises StateFailed."""


class Retrier(Struct, frozen=True, eq=False):
    errors: tuple[str, ...]
    interval_s: float
    attempts_max: int
    backoff_rate: float
    delay_s_max: float | None
    has_jitter: bool


class Catcher(Struct, frozen=True, eq=False):
    """``flow`` makes the next state's input of the error."""

    errors: tuple[str, ...]
    next: str
    flow: Flow


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class State:
    """``next`` is None at the end of its machine. ``sees_context``: something in it may ask for the context object."""

    name: str
    next: str | None
    flow: Flow
    sees_context: bool
    retriers: tuple[Retrier, ...] = ()
    catchers: tuple[Catcher, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pass(State):
    result: Evaluate | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Succeed(State):
    pass


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fail(State):
    error: Evaluate | None
    cause: Evaluate | None


class Rule(Struct, frozen=True, eq=False):
    """``flow`` is the rule's own Output and Assign, or the state's."""

    test: Callable[[View], bool]
    next: str
    flow: Flow


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Choice(State):
    rules: tuple[Rule, ...]
    default: str | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Wait(State):
    """Either ``seconds`` is there or ``timestamp``."""

    seconds: Evaluate | None
    timestamp: Evaluate | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Task(State):
    resource: Resource
    timeout_s: Evaluate | None
    heartbeat_s: Evaluate | None
    role_arn: Evaluate | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Parallel(State):
    """``branches`` are numbers of machines."""

    branches: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Map(State):
    """``processor`` is the number of a machine."""

    processor: int
    items: Evaluate
    selector: Callable[[View], Any] | None
    concurrency_max: Evaluate | None


class Machine(Struct, frozen=True, eq=False):
    start_at: str
    states: Mapping[str, State]


class Definition(Struct, frozen=True, eq=False):
    """``machines`` by number: 0 is the execution's own, the others are processors and branches."""

    machines: tuple[Machine, ...]
    timeout_s: int | None
