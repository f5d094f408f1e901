"""What a pool does with its plans while they are made and unmade, and who has the memory next; nothing is forked."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace
from tests.environment.house import House, until

from lambent.core.config import Config
from lambent.core.ports import EnvironmentSpec, FolderUnavailable
from lambent.environments.plans import Plan, lines_of
from lambent.environments.pool import Pool
from lambent.environments.traits import TemplateEnded, Traits

BEHIND_S_MAX = 5.0


class Planner:
    """In the place of the pool's: what is asked stands still until ``may_go_on``."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.may_go_on = asyncio.Event()
        self.fails = False
        self.forgotten: list[Path] = []

    async def plan(self, spec: EnvironmentSpec, *, is_isolated: bool) -> Plan:
        await self.may_go_on.wait()
        if self.fails:
            raise FolderUnavailable(spec.runtime, "it is not there")
        return plan_of(self._house, spec)

    async def is_current(self, _: Plan) -> bool:
        await self.may_go_on.wait()
        return True

    def forget(self, folder: Path) -> None:
        self.forgotten.append(folder)


def plan_of(house: House, spec: EnvironmentSpec) -> Plan:
    clock = house.clock.of(spec.account)
    kind: Any = None
    return Plan(Traits(spec, lines_of(spec, clock), house.sink, clock), kind, house.folder, None, None, frozenset())


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path, config=Config(environments_memory_mb_max=8))  # of one environment
    yield house
    await house.pool.stop()


@pytest.fixture
def pool(house: House) -> Pool:
    return house.pool


@pytest.fixture
async def planner(house: House, monkeypatch: pytest.MonkeyPatch) -> Planner:
    planner = Planner(house)
    monkeypatch.setattr(house.pool, "_planner", planner)
    monkeypatch.setattr(house.pool, "_isolation", asyncio.create_task(_is_isolated()))
    return planner


async def _is_isolated() -> bool:
    return True


# ---- memory ----------------------------------------------------------------------------------------------------------


async def _dead_template(pool: Pool, plan: Plan) -> Any:
    template: Any = SimpleNamespace(is_alive=False, close=lambda: None)
    plan.template = template
    return await pool._environment(plan)


async def _environment(pool: Pool, plan: Plan) -> Any:
    return await pool._environment(plan)


async def _provisioned(pool: Pool, plan: Plan) -> Any:
    plan.provisioned = 1
    return await pool._add_provisioned(plan)


@pytest.mark.parametrize(
    ("wait", "is_cancelled", "end"),
    [
        (_dead_template, False, TemplateEnded),
        (_environment, True, asyncio.CancelledError),
        (_provisioned, False, type(None)),
    ],
    ids=["dead template", "cancelled", "not wanted"],
)
async def test_who_is_told_of_room_and_does_not_take_it_leaves_it_to_the_next(
    house: House, pool: Pool, wait: Callable[[Pool, Plan], Coroutine[None, None, Any]], end: type, *, is_cancelled: bool
) -> None:
    busy_plan, first_plan, second_plan = (plan_of(house, house.spec("")) for _ in range(3))
    busy = pool._new(busy_plan)
    first = asyncio.create_task(wait(pool, first_plan))
    second = asyncio.create_task(pool._environment(second_plan))
    await _turns()
    first_plan.is_retired = True
    busy.is_retired = True
    pool._release(busy_plan, busy)
    if is_cancelled:
        first.cancel()
    assert [type(each) for each in await asyncio.gather(first, return_exceptions=True)] == [end]
    async with asyncio.timeout(BEHIND_S_MAX):
        pool._end(await second)


async def test_who_waits_for_memory_has_that_of_provisioned_ones_that_are_retired(house: House, pool: Pool) -> None:
    plan = plan_of(house, house.spec(""))
    environment = pool._new(plan)
    environment.is_provisioned = True
    plan.idle.append(environment)
    pool._plans[plan.traits.spec.key] = plan
    waiting = asyncio.create_task(pool._environment(plan_of(house, house.spec(""))))
    await _turns()
    await pool.retire(plan.traits.spec.key)
    async with asyncio.timeout(BEHIND_S_MAX):
        pool._end(await waiting)


async def _turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


# ---- plans -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def debugged(house: House, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> EnvironmentSpec:
    """A function with a debugger; what comes after its plan does nothing."""

    async def nothing(*_: object) -> None:
        return None

    monkeypatch.setattr(pool._nursery, "ready", nothing)
    monkeypatch.setattr(pool, "_invoke", nothing)
    monkeypatch.setattr(pool._debugged, "_begin", nothing)
    return house.spec("", debug_port=5678)


async def _prepare(pool: Pool, spec: EnvironmentSpec) -> None:
    await pool.prepare(spec)


async def _invoke(pool: Pool, spec: EnvironmentSpec) -> None:
    invocation: Any = None
    await pool.invoke(spec, invocation)


@pytest.mark.parametrize("ask", [_prepare, _invoke])
async def test_a_function_that_is_planned_is_followed_for_its_debugger(
    pool: Pool, planner: Planner, debugged: EnvironmentSpec, ask: Any
) -> None:
    planner.may_go_on.set()
    await ask(pool, debugged)
    assert pool._debugged.specs() == [debugged]


@pytest.mark.parametrize("ask", [_prepare, _invoke])
async def test_a_debugged_function_is_not_followed_again_after_its_accounts_reset(
    pool: Pool, planner: Planner, debugged: EnvironmentSpec, ask: Any
) -> None:
    asking = asyncio.create_task(ask(pool, debugged))
    await until(lambda: debugged.key in pool._planning)
    await pool.retire_account(debugged.account)
    planner.may_go_on.set()
    await asking
    await until(lambda: not pool._background)
    assert (pool._debugged.specs(), list(pool._plans)) == ([], [])


@pytest.mark.parametrize("ask", [_prepare, _invoke])
async def test_a_debugged_function_is_not_followed_again_where_its_folder_is_looked_at_during_the_reset(
    house: House, pool: Pool, planner: Planner, debugged: EnvironmentSpec, ask: Any
) -> None:
    spec = replace(debugged, folder=house.folder)
    pool._plans[spec.key] = plan_of(house, spec)
    asking = asyncio.create_task(ask(pool, spec))
    await _turns()
    await pool.retire_account(spec.account)
    planner.may_go_on.set()
    await asking
    assert pool._debugged.specs() == []


async def test_a_plan_that_is_retired_while_its_folder_is_looked_at_is_given_to_nobody(
    house: House, pool: Pool, planner: Planner
) -> None:
    spec = house.spec("", folder=house.folder)
    before = pool._plans[spec.key] = plan_of(house, spec)
    asking = asyncio.create_task(pool._plan(spec))
    await _turns()
    await pool.retire(spec.key)
    planner.may_go_on.set()
    assert await asking is not before


async def test_what_an_account_has_is_retired_in_the_order_in_which_it_came(
    house: House, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs = [house.spec("") for _ in range(8)]
    pool._plans.update((spec.key, plan_of(house, spec)) for spec in specs)
    retired: list[str] = []

    async def retire(key: str) -> None:
        retired.append(key)

    monkeypatch.setattr(pool, "retire", retire)
    await pool.retire_account(specs[0].account)
    assert retired == [spec.key for spec in specs]


async def test_a_folder_is_not_forgotten_while_another_function_of_it_is_planned(
    house: House, pool: Pool, planner: Planner
) -> None:
    one, other = (house.spec("", folder=house.folder) for _ in range(2))
    pool._plans[one.key] = plan_of(house, one)
    asking = asyncio.create_task(pool._plan(other))
    await until(lambda: other.key in pool._planning)
    await pool.retire(one.key)
    assert planner.forgotten == []
    planner.may_go_on.set()
    await asking
    await pool.retire(other.key)
    assert planner.forgotten == [house.folder]


async def test_a_folder_is_forgotten_when_the_plan_of_a_retired_function_has_failed(
    house: House, pool: Pool, planner: Planner
) -> None:
    spec = house.spec("", folder=house.folder)
    planner.fails = True
    asking = asyncio.create_task(pool._plan(spec))
    await until(lambda: spec.key in pool._planning)
    await pool.retire(spec.key)
    planner.may_go_on.set()
    await asyncio.gather(asking, return_exceptions=True)
    await until(lambda: not pool._background)
    assert planner.forgotten == [house.folder]
