"""Who has a pool's memory next; nothing is forked."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.environment.house import House

from lambent.core.config import Config
from lambent.core.ports import EnvironmentSpec
from lambent.environments.environment import TemplateEnded, Traits
from lambent.environments.plans import Plan, lines_of
from lambent.environments.pool import Pool

BEHIND_S_MAX = 5.0


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
