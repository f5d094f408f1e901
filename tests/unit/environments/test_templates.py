"""When a version's template is made, which failures are its INIT's, and that a dead one is replaced once."""

import asyncio
import functools
from types import SimpleNamespace
from typing import Any

import pytest

from lambent.core.ports import RestoreFailed
from lambent.environments import outcomes
from lambent.environments.templates import Templates
from lambent.environments.traits import TemplateEnded


class Place:
    """Stands for the pool and its nursery: ``failures`` are what the INITs to come end with."""

    def __init__(self, *failures: str) -> None:
        self.failures = list(failures)
        self.is_usable = True
        self.made: list[Any] = []
        self.kept: list[Any] = []
        self.lifted: list[Any] = []
        self.ended: list[Any] = []
        self.forgotten: list[Any] = []
        self.templates = Templates(
            SimpleNamespace(forget=self.forgotten.append),  # type: ignore[arg-type]
            new=self.new,
            keep=self.kept.append,
            end=self.ended.append,
        )

    def new(self, _: object) -> Any:
        template = SimpleNamespace(is_alive=True)
        template.close = lambda: setattr(template, "is_alive", False)
        failure = self.failures.pop(0) if self.failures else ""

        async def provision() -> str:
            await asyncio.sleep(0)
            return failure

        cgroup = SimpleNamespace(lift=lambda: self.lifted.append(environment))
        environment = SimpleNamespace(
            provision=provision, become_template=lambda _: template, cgroup=cgroup, is_usable=self.is_usable
        )
        self.made.append(environment)
        return environment


def plan(*, is_isolated: bool = True) -> Any:
    spec = SimpleNamespace(function_arn="arn", version="1")
    facts = {"template": None, "original": None, "init_failure": "", "is_retired": False, "users": 1}
    return _Plan(traits=SimpleNamespace(spec=spec), kind=SimpleNamespace(is_isolated=is_isolated), **facts)


class _Plan(SimpleNamespace):
    __hash__ = object.__hash__


async def test_the_environment_that_was_initialised_stays_as_the_original_of_the_others():
    place, wanted = Place(), plan()
    await place.templates.make(wanted)
    assert wanted.template.is_alive
    assert (place.kept, place.lifted, place.ended) == ([wanted.original], [wanted.original], [])


@pytest.mark.parametrize(
    ("failure", "init_failure"),
    [("Runtime.ExitError", "Runtime.ExitError"), ("Runtime.NoSnapshot", ""), (outcomes.LOST, "")],
)
async def test_only_what_the_functions_code_failed_with_is_a_failure_of_init(failure, init_failure):
    place, wanted = Place(failure), plan()
    await place.templates.make(wanted)
    assert (wanted.template, wanted.init_failure) == (None, init_failure)
    assert place.ended == place.made


async def test_what_was_killed_as_soon_as_it_was_initialised_is_no_template():
    place, wanted = Place(), plan()
    place.is_usable = False
    await place.templates.make(wanted)
    assert (wanted.template, wanted.init_failure, place.ended) == (None, "", place.made)


async def test_what_is_given_up_while_it_is_initialised_ends():
    place, wanted = Place(), plan()
    making = asyncio.create_task(place.templates.make(wanted))
    await asyncio.sleep(0)
    making.cancel()
    await asyncio.gather(making, return_exceptions=True)
    assert (wanted.template, place.ended) == (None, place.made)


async def test_where_functions_are_not_isolated_nothing_is_initialised():
    place, wanted = Place("Runtime.ExitError"), plan(is_isolated=False)
    await place.templates.make(wanted)
    assert (wanted.template, wanted.init_failure) == (None, "")


async def test_a_dead_template_is_made_anew_once_for_all_that_ask():
    place, wanted = Place(), plan()
    await place.templates.make(wanted)
    await place.templates.renew(wanted)
    assert len(place.made) == 1, "it lives"
    first = wanted.template
    first.close()
    renewals = [asyncio.create_task(place.templates.renew(wanted)) for _ in range(3)]
    await asyncio.sleep(0)
    assert wanted.template is first, "who comes now waits as well"
    await asyncio.gather(*renewals)
    assert len(place.made) == 2
    assert (place.forgotten, wanted.template.is_alive) == ([first], True)


async def test_an_attempt_whose_template_dies_is_made_with_the_next_one():
    place, wanted = Place(), plan()
    await place.templates.make(wanted)

    async def attempt(deaths):
        if deaths:
            deaths.pop()
            wanted.template.close()
            raise TemplateEnded
        return wanted.template.is_alive

    assert await place.templates.copied(wanted, functools.partial(attempt, [1, 2]))
    assert len(place.made) == 3
    with pytest.raises(RestoreFailed):
        await place.templates.copied(wanted, functools.partial(attempt, [1, 2, 3]))


async def test_what_was_made_anew_for_nobody_ends_at_once():
    place, wanted = Place(), plan()
    await place.templates.make(wanted)
    wanted.template.close()
    wanted.is_retired, wanted.users = True, 0
    await place.templates.renew(wanted)
    assert wanted.template is None
    assert place.ended == place.made
