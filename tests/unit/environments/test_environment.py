"""What an environment says, and when: of copies whose template has died, and of its end."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lambent.core import ids
from lambent.core.clock import VirtualClock
from lambent.core.ports import Archive, EnvironmentSpec, Invocation, LogEvent
from lambent.environments import environment as environments
from lambent.environments.environment import Environment
from lambent.environments.plans import lines_of
from lambent.environments.process import RuntimeProcess
from lambent.environments.traits import TemplateEnded, Traits
from lambent.environments.zygotes import ZygoteFailed

SPEC = EnvironmentSpec(
    key="key",
    account="111122223333",
    region="eu-central-1",
    function_name="hello",
    function_arn="arn:aws:lambda:eu-central-1:111122223333:function:hello",
    version="1",
    runtime="python3.11",
    handler="app.handler",
    code=Archive("digest", Path("nowhere")),
    layers=(),
    memory_mb=128,
    timeout_s=3,
    ephemeral_storage_mb=512,
    variables={},
    role_arn="",
    log_group="/aws/lambda/hello",
    initialization_type="snap-start",
)


class Place:
    """An environment that begins as a copy of ``template``; ``kept`` is what its log stream was given."""

    def __init__(self) -> None:
        self.kept: list[LogEvent] = []
        self.asked = 0  # for a process
        self.template: Any = SimpleNamespace(is_alive=True)
        clock = VirtualClock().of(SPEC.account)
        traits = Traits(SPEC, lines_of(SPEC, clock), self, clock)
        self.environment = Environment(traits, self.process, "stream", expires_at=0)
        self.environment.template = self.template

    async def append(self, _: object, events: Any, *, is_patient: bool = False) -> None:
        self.kept.extend(events)

    async def process(self, _: Environment) -> RuntimeProcess:
        self.asked += 1
        self.environment._deliver_meanwhile()
        for _turn in range(5):  # lines that are not held back are handed on meanwhile
            await asyncio.sleep(0)
        self.template.is_alive = False
        raise ZygoteFailed("the template has ended")

    async def invoke(self) -> object:
        invocation = Invocation(request_id=ids.uuid4(), payload=b"{}", invoked_function_arn=SPEC.function_arn)
        return await self.environment.invoke(invocation)


@pytest.mark.parametrize("has_begun", [False, True], ids=["first", "reset"])
async def test_an_event_is_begun_in_the_log_of_no_copy_whose_template_dies(
    monkeypatch: pytest.MonkeyPatch, *, has_begun: bool
) -> None:
    monkeypatch.setattr(environments, "LOG_DELIVERY_S", 0.0)
    place = Place()
    place.environment._has_begun = has_begun
    with pytest.raises(TemplateEnded):
        await place.invoke()
    assert (place.asked, place.kept) == (1, [])
    place.environment.close()


async def test_a_copy_of_a_template_that_is_known_to_be_dead_says_nothing_and_starts_nothing() -> None:
    place = Place()
    place.template.is_alive = False
    with pytest.raises(TemplateEnded):
        await place.invoke()
    assert (place.asked, place.environment._events) == (0, [])


async def test_the_end_of_one_that_was_closed_is_told_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environments, "IDLE_END_TOLD_AFTER_S", 0.0)
    told: list[str] = []
    is_told = asyncio.Event()
    closed, left = Place().environment, Place().environment
    closed.on_idle_end, left.on_idle_end = lambda: told.append("closed"), is_told.set
    for each in (closed, left):
        each._on_process_end()
    closed.close()
    await is_told.wait()
    await asyncio.sleep(0)
    assert told == []


async def test_two_ends_without_an_event_are_told_once_and_not_after_it_was_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environments, "IDLE_END_TOLD_AFTER_S", 0.0)
    told: list[str] = []
    closed, left, last = Place().environment, Place().environment, Place().environment
    is_told = asyncio.Event()
    closed.on_idle_end, left.on_idle_end, last.on_idle_end = (
        lambda: told.append("closed"),
        lambda: told.append("left"),
        is_told.set,
    )
    for each in (closed, closed, left, left, last):
        each._on_process_end()
    closed.close()
    await is_told.wait()
    await asyncio.sleep(0)
    assert told == ["left"]
