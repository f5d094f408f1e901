"""Steps put together: ``f >> g``, ``compose``, ``partial``, ``gather``.

A pipeline is called as a function is: its functions run where they are deployed, the rest here. ``local`` runs all of it here.
``deploy()`` makes a state machine of it, which ``start(x)`` runs with no process waiting; ``definition()`` shows that.
"""

from __future__ import annotations

import concurrent.futures
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeVar

from lambent.sdk.mapping import local_call, step_of
from lambent.sdk.steps import Step

if TYPE_CHECKING:
    from lambent.sdk.clients import Target
    from lambent.sdk.deploying import Deployment
    from lambent.sdk.executions import Execution
    from lambent.sdk.functions import Function
    from lambent.sdk.machine import Machine, PlannedMachine

A = TypeVar("A")
B = TypeVar("B")


class Pipeline(Step[A, B]):
    """One step after another.

    ``name`` is that of its state machine: unless given, of the variable that holds it in a module, else made of its steps.
    ``role`` is the name or the ARN of the role that the state machine acts in: unless given, one is made.
    """

    def __init__(self, steps: Sequence[Step[Any, Any]], name: str | None = None, role: str | None = None) -> None:
        self.steps = tuple(steps)
        self._name, self.role = name, role
        self.machine: Machine | None = None

    def __repr__(self) -> str:
        return self.shown

    @property
    def shown(self) -> str:
        return " >> ".join(step.shown for step in self.steps)

    # ---- called ------------------------------------------------------------------------------------------------------------

    def __call__(self, value: Any = None) -> B:
        """With the functions that are deployed where they are, and everything else in this process."""
        found: Any = value
        for step in self.steps:
            found = step.apply(found)
        result: B = found
        return result

    def local(self, value: Any = None) -> B:
        """All of it in plain Python, in this process."""
        result: B = self.apply_local(value)
        return result

    def apply_local(self, value: Any) -> Any:
        for step in self.steps:
            value = step.apply_local(value)
        return value

    @property
    def title(self) -> str:
        return self._name or " ".join(step.title for step in self.steps)

    @property
    def is_remote(self) -> bool:
        return any(step.is_remote for step in self.steps)

    # ---- as a state machine ------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        from lambent.sdk.machine import name_of

        return self._name or name_of(self)

    def named(self, name: str, *, role: str | None = None) -> Pipeline[A, B]:
        """The same, whose state machine has this name, and acts in this role."""
        return Pipeline(self.steps, name, role or self.role)

    @property
    def functions(self) -> list[Function[..., Any]]:
        """Those that it calls, each once."""
        from lambent.sdk.states import functions_of

        return functions_of(self)

    def definition(self) -> dict[str, Any]:
        """Its state machine in the Amazon States Language; functions that are not deployed yet stand there by their names.

        Raises NoStateMachine for what only Python can run.
        """
        from lambent.sdk.states import definition

        return definition(self)

    def plan(self, target: Target, functions: Mapping[str, Deployment]) -> PlannedMachine:
        """What deploying it would do, for ``lambent.deploy``. Raises NoStateMachine, DeployError."""
        from lambent.sdk.machine import plan

        return plan(self, target, functions)

    def plan_deletion(self, target: Target) -> Any:
        from lambent.sdk.machine import plan_deletion

        return plan_deletion(self, target)

    def deploy(self, **options: Any) -> Self:
        """Creates or updates its functions and its state machine. ``options`` are those of ``lambent.deploy``."""
        from lambent.sdk import deploying

        deploying.deploy(self, **options)
        return self

    def at(self, name_or_arn: str | None = None, **where: str | None) -> Pipeline[A, B]:
        """A handle of what is deployed already; ``where``: region, endpoint_url, profile."""
        from lambent.sdk.machine import machine_at

        handle: Pipeline[A, B] = Pipeline(self.steps, self._name, self.role)
        handle.machine = machine_at(name_or_arn or self.name, **where)
        return handle

    def bind(self, machine: Machine | None) -> Self:
        """From now on executions are started there."""
        self.machine = machine
        return self

    def start(self, value: Any = None, *, name: str | None = None) -> Execution[B]:
        """Begins an execution of its state machine, and waits for nothing. Raises NotDeployed.

        ``name`` makes it idempotent: for the same name and value AWS starts one execution only.
        """
        from lambent.sdk.errors import NotDeployed

        if self.machine is None:
            raise NotDeployed(f"{self.name} is not deployed: .deploy() or .at() first")
        return self.machine.start(value, name=name, pipeline=self)

    def run(self, value: Any = None, *, timeout_s: float | None = None) -> B:
        """``start(value).result()``."""
        return self.start(value).result(timeout_s)


def compose(*steps: Any, name: str | None = None) -> Pipeline[Any, Any]:
    """``compose(f, g)`` is ``f >> g``: first f. Pipelines among them dissolve."""
    if not steps:
        raise TypeError("compose takes one step or more")
    flat: list[Step[Any, Any]] = []
    for step in steps:
        flat += step.steps if isinstance(step, Pipeline) else [step_of(step)]
    return Pipeline(flat, name)


# ---- arguments that are known already ----------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Partial(Step[Any, Any]):
    """A function of which some arguments are known. It is called with the rest: the value of the only one, or an object."""

    step: Any
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]

    def __repr__(self) -> str:
        return self.shown

    @property
    def shown(self) -> str:
        return f"partial({self.title}, …)"

    @property
    def title(self) -> str:
        return step_of(self.step).title

    @property
    def is_remote(self) -> bool:
        return step_of(self.step).is_remote

    @property
    def rest(self) -> tuple[str, ...] | None:
        """The names of the parameters that the value is for: those that have to be known and are not, else the next that a call
        would fill. None where the signature is not known."""
        plain = getattr(self.step, "plain", None) or local_call(step_of(self.step))
        try:
            signature = inspect.signature(plain)
        except (TypeError, ValueError):
            return None
        known = signature.bind_partial(*self.args, **self.kwargs).arguments
        left = [each for name, each in signature.parameters.items() if name not in known]
        if any(each.kind in (each.POSITIONAL_ONLY, each.VAR_POSITIONAL) for each in left):
            return None
        must = [each.name for each in left if each.default is each.empty and each.kind is not each.VAR_KEYWORD]
        may = [each.name for each in left if each.kind is each.POSITIONAL_OR_KEYWORD]
        return tuple(must or may[:1])

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """As ``functools.partial``; one value may also be an object of all that is not known yet, where that is several."""
        return self._called(self.step, args, kwargs)

    def apply(self, value: Any) -> Any:
        return self._called(self.step, (value,), {})

    def apply_local(self, value: Any) -> Any:
        return self._called(local_call(step_of(self.step)), (value,), {})

    def _called(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        known = dict(self.kwargs)
        rest = self.rest if len(args) == 1 and not kwargs else None
        if rest is None:
            return function(*self.args, *args, **(known | dict(kwargs)))
        if not rest:
            return function(*self.args, **known)
        if len(rest) == 1:
            return function(*self.args, **(known | {rest[0]: args[0]}))
        if not isinstance(args[0], Mapping):
            raise TypeError(f"{self.title} takes an object with {', '.join(rest)}, not {type(args[0]).__name__}")
        return function(*self.args, **(known | dict(args[0])))


def partial(function: Any, /, *args: Any, **kwargs: Any) -> Partial:
    """``partial(power, exponent=2)`` is a step of one value. In a state machine the arguments are written into it."""
    if not callable(function):
        raise TypeError(f"partial takes a function, not {function!r}")
    made = Partial(function, args, kwargs)
    _ = made.rest  # raises TypeError for arguments that the function does not take
    return made


# ---- several at once ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Gather(Step[Any, Any]):
    """The same value to each of several steps, at once. ``names`` is None where the results are a list."""

    steps: tuple[Step[Any, Any], ...]
    names: tuple[str, ...] | None

    def __repr__(self) -> str:
        return self.shown

    @property
    def shown(self) -> str:
        names = [""] * len(self.steps) if self.names is None else [f"{name}=" for name in self.names]
        return f"gather({', '.join(f'{name}{step.shown}' for name, step in zip(names, self.steps, strict=True))})"

    @property
    def title(self) -> str:
        return "gather " + " ".join(step.title for step in self.steps)

    @property
    def is_remote(self) -> bool:
        return any(step.is_remote for step in self.steps)

    def __call__(self, value: Any = None) -> Any:
        if not self.is_remote:
            return self._shaped([step.apply(value) for step in self.steps])
        from lambent.sdk.results import Results

        calls = Results(lambda step: step.apply(value), self.steps, title=self.title, concurrency=max(2, len(self.steps)))
        return self._shaped(list(calls))

    def apply_local(self, value: Any) -> Any:
        return self._shaped([step.apply_local(value) for step in self.steps])

    def _shaped(self, results: list[Any]) -> Any:
        return results if self.names is None else dict(zip(self.names, results, strict=True))


def gather(*calls: Any, **named: Any) -> Any:
    """Of futures: waits for all and gives the list of their results; the first failure is raised at once, the others cancelled.

    Of functions, pipelines and other steps: a step that gives its value to each of them at once. With names, results are an
    object: ``gather(total=total, names=names)``.
    """
    given = [*calls, *named.values()]
    if not given or (calls and named):
        raise TypeError("gather takes futures, or steps, or steps by name")
    names = tuple(named) if named else None
    if not any(isinstance(each, concurrent.futures.Future) for each in given):
        return Gather(tuple(step_of(each) for each in given), names)
    if not all(isinstance(each, concurrent.futures.Future) for each in given):
        raise TypeError("gather takes either futures or steps, not both")
    results = _awaited(given)
    return results if names is None else dict(zip(names, results, strict=True))


def _awaited(futures: list[concurrent.futures.Future[Any]]) -> list[Any]:
    try:
        done, _ = concurrent.futures.wait(futures, return_when=concurrent.futures.FIRST_EXCEPTION)
        for future in futures:
            if future in done:
                future.result()
        return [future.result() for future in futures]
    except BaseException:
        for future in futures:
            future.cancel()
        raise
