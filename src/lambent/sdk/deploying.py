"""Deploying: what is there is compared with what is wanted, the differences are printed, and applied."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from lambent.sdk import plan
from lambent.sdk.clients import CONNECTIONS_MAX, Target
from lambent.sdk.failures import DeployError
from lambent.sdk.plan import Planned

if TYPE_CHECKING:
    from lambent.sdk.functions import Function

THREADS_MAX = 8

T = TypeVar("T")
Echo = Callable[[str], object]


def tell(text: str) -> None:
    """A line on stderr, in one piece: several threads tell at once."""
    sys.stderr.write(text + "\n")


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where a function has been deployed. ``arn`` ends with the version or alias, where one is meant."""

    name: str
    arn: str
    region: str
    endpoint_url: str | None = None
    profile: str | None = None

    @property
    def target(self) -> Target:
        return Target(self.region, self.endpoint_url, self.profile)

    def client(self, *, connections: int = CONNECTIONS_MAX, **config: Any) -> Any:
        """The boto3 client of Lambda there; the same for the same question, safe to share between threads."""
        return self.target.client("lambda", connections=connections, **config)


@dataclass(frozen=True, slots=True)
class Plan:
    """What deploying would do. ``stages`` are applied one after the other, what is in one of them at the same time."""

    target: Target
    stages: tuple[tuple[Planned, ...], ...]

    @property
    def planned(self) -> tuple[Planned, ...]:
        return tuple(each for stage in self.stages for each in stage)

    @property
    def is_changing(self) -> bool:
        return plan.is_changing(self.planned)

    def apply(self, done: Callable[[Planned, float], object] = lambda *_: None) -> None:
        """Makes it so; ``done`` hears of each thing that has been changed, and how many seconds it took.

        What can be done is done, also where something else fails; then the first failure is raised.
        """
        for stage in self.stages:
            failures = [failure for failure in _together(lambda each: _applied(each, done), stage) if failure is not None]
            if failures:
                raise failures[0]


def deploy(
    *things: Any,
    region: str | None = None,
    endpoint_url: str | None = None,
    profile: str | None = None,
    plan_only: bool = False,
    adopt: bool = False,
    fresh: bool = False,
    echo: Echo | None = tell,
    **settings: Any,
) -> Any:
    """Creates or updates what differs, and binds the handles: functions, pipelines, modules with all that they define.

    The plan is told to ``echo`` first; ``plan_only`` ends there. ``adopt`` also takes over functions of these names that were
    made by something else, ``fresh`` resolves requirements anew, and ``settings`` are for this deploy other than what the
    functions say. Returns the handle, or a tuple of them where several things, or a module, were given.
    Raises DeployError, SettingsError.
    """
    made = planned(
        *things, region=region, endpoint_url=endpoint_url, profile=profile, adopt=adopt, fresh=fresh, settings=settings
    )
    say = echo or (lambda _: None)
    if made.is_changing:
        say(f"Deploying to {plan.where(made.target)}:")
    for line in plan.lines(made.planned):
        say(line)
    if not plan_only:
        made.apply(
            lambda each, seconds: say(f"  {each.name} {'created' if each.action == 'create' else 'updated'} in {seconds:.2f} s")
        )
    handles = tuple(collected(things))
    return handles[0] if len(things) == 1 and not isinstance(things[0], ModuleType) else handles


def planned(
    *things: Any,
    region: str | None = None,
    endpoint_url: str | None = None,
    profile: str | None = None,
    adopt: bool = False,
    fresh: bool = False,
    settings: Mapping[str, Any] | None = None,
) -> Plan:
    """The plan of ``deploy``, with nothing changed yet. Raises DeployError, SettingsError."""
    from lambent.sdk.planning import Planner

    target = _target(region, endpoint_url, profile)
    handles = collected(things)
    functions = _with_needed(handles)
    wanted = {each: each.settings.with_(**settings) if settings and each in handles else each.settings for each in functions}
    planner = Planner(target, wanted, is_adopting=adopt, is_fresh=fresh)
    steps = _together(planner.plan, functions)
    others = [each for each in handles if not _is_function(each)]
    if others:
        places = {each.name: planner.place(each) for each in functions}
        stages = [*planner.stages(steps), tuple(each.plan(target, places) for each in others)]
    else:
        stages = planner.stages(steps)
    return Plan(target, tuple(stage for stage in stages if stage))


def undeploy(
    *things: Any,
    region: str | None = None,
    endpoint_url: str | None = None,
    profile: str | None = None,
    plan_only: bool = False,
    echo: Echo | None = tell,
) -> None:
    """Deletes what ``deploy`` made, and lets the handles run here again. What is not there is passed over.

    Raises DeployError.
    """
    made = planned_deletion(*things, region=region, endpoint_url=endpoint_url, profile=profile)
    say = echo or (lambda _: None)
    if made.planned:
        say(f"Deleting from {plan.where(made.target)}:")
    for line in plan.lines(made.planned):
        say(line)
    if not plan_only:
        made.apply(lambda each, seconds: say(f"  {each.name} deleted in {seconds:.2f} s"))


def planned_deletion(
    *things: Any, region: str | None = None, endpoint_url: str | None = None, profile: str | None = None
) -> Plan:
    """The plan of ``undeploy``: pipelines first, then functions. Raises DeployError."""
    from lambent.sdk.planning import planned_deletion as of_function

    target = _target(region, endpoint_url, profile)
    handles = collected(things)
    pipelines = [each.plan_deletion(target) for each in handles if not _is_function(each)]
    functions = _together(lambda each: of_function(each, target), _functions_of(handles))
    stages = ([each for each in pipelines if each is not None], [each for each in functions if each is not None])
    return Plan(target, tuple(tuple(stage) for stage in stages if stage))


def collected(things: Iterable[Any]) -> list[Any]:
    """The handles that are meant, each once: a module means those that it defines. Raises TypeError, DeployError."""
    found: list[Any] = []
    for thing in things:
        if isinstance(thing, ModuleType):
            defined = list(_defined_in(thing))
            if not defined:
                raise DeployError(
                    f"{thing.__name__} defines nothing to deploy",
                    "Put @function above a function: from lambent import function",
                )
            found += defined
        elif _is_function(thing) and thing.is_elsewhere:
            raise DeployError(
                f"{thing.name} is known by its name or ARN, and deployed by others", "Deploy the function itself."
            )
        elif _is_function(thing) or hasattr(thing, "functions"):
            found.append(thing)
        else:
            hint = "; put @function above it" if callable(thing) else ""
            raise TypeError(f"{thing!r} is no function of the SDK, pipeline or module{hint}")
    return list({id(each): each for each in found}.values())


def _defined_in(module: ModuleType) -> Iterator[Any]:
    for value in vars(module).values():
        if _is_function(value):
            if value.plain.__module__ == module.__name__ and not value.is_elsewhere:
                yield value
        elif type(value).__name__ == "Pipeline" and hasattr(value, "plan"):
            yield value


def _is_function(thing: Any) -> bool:
    from lambent.sdk.functions import Function

    return isinstance(thing, Function)


def _with_needed(handles: Iterable[Any]) -> list[Function[..., Any]]:
    """The functions among the handles, those of pipelines, and those that are destinations of others."""
    found: dict[Any, None] = {}
    pending = _functions_of(handles)
    while pending:
        function = pending.pop(0)
        if function not in found:
            found[function] = None
            targets = (function.settings.on_failure, function.settings.on_success)
            pending += [each for each in targets if _is_function(each) and not each.is_elsewhere]
    return list(found)


def _functions_of(handles: Iterable[Any]) -> list[Function[..., Any]]:
    found = [function for each in handles for function in ([each] if _is_function(each) else each.functions)]
    return [function for function in dict.fromkeys(found) if not function.is_elsewhere]


def _target(region: str | None, endpoint_url: str | None, profile: str | None) -> Target:
    try:
        return Target.of(region=region, endpoint_url=endpoint_url, profile=profile)
    except LookupError as error:
        raise DeployError(str(error.args[0])) from error
    except ModuleNotFoundError as error:
        raise DeployError(f"{error.name} is not installed", "pip install boto3") from error


def _together(work: Callable[[Any], T], things: Sequence[Any]) -> list[T]:
    """Most of the time is waiting for answers. In the order of ``things``."""
    if len(things) <= 1:
        return [work(each) for each in things]
    with ThreadPoolExecutor(min(THREADS_MAX, len(things))) as pool:
        return list(pool.map(work, things))


def _applied(each: Planned, done: Callable[[Planned, float], object]) -> DeployError | None:
    began = time.monotonic()
    try:
        each.apply()
    except DeployError as error:
        return error
    if each.action != "unchanged":
        done(each, time.monotonic() - began)
    return None
