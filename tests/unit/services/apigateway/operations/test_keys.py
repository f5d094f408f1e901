"""Keys of visitors: found once, counted each time, forgotten when a commit changes them."""

from typing import Any

import pytest
from msgspec import structs
from tests.unit.services.apigateway.operations.http.conftest import SCOPE, World, world
from tests.unit.services.apigateway.sockets import published
from tests.unit.services.apigateway.visits import API_ID

from lambent.services.apigateway.engine.rest import keys as documents
from lambent.services.apigateway.engine.rest.quotas import InvalidKey, KeyThrottled, QuotaExceeded
from lambent.services.apigateway.operations.keys import Keys
from lambent.services.apigateway.tables.v2 import apis, parts
from lambent.store.database import Transaction

__all__ = ["world"]


async def key_of(world: World, *, methods: dict[str, Any] | None = None, **plan: Any) -> dict[str, Any]:
    """A key of a plan for the stages ``prod`` and ``test``. ``methods``: the limits of theirs."""
    given = published("$default")

    def make(tx: Transaction) -> dict[str, Any]:
        apis.put(tx, given.api)
        parts.put(tx, given.api, parts.STAGES, given.stage)
        parts.put(tx, given.api, parts.STAGES, structs.replace(given.stage, stage_name="test"))
        opened = [{"apiId": API_ID, "stage": stage, "throttle": methods or {}} for stage in ("prod", "test")]
        made = documents.create_plan(tx, SCOPE, {"name": "p", "apiStages": opened, **plan})
        key = documents.create_key(tx, SCOPE, {"enabled": True}, world.clock.now())
        documents.add_to_plan(tx, SCOPE, made["id"], key["id"])
        return key

    return await world.store.write(make)


async def test_a_key_opens_its_stage_until_it_is_disabled(world: World):
    key = await key_of(world)
    keys, at = Keys(store=world.store), world.clock.now()
    assert (await keys.use(SCOPE, API_ID, "prod", key["value"], at)).key_id == key["id"]
    for stage, value in (("other", key["value"]), ("prod", "x" * 40), ("prod", ""), ("prod", None), ("prod", "x" * 129)):
        with pytest.raises(InvalidKey):
            await keys.use(SCOPE, API_ID, stage, value, at)
    disable = [{"op": "replace", "path": "/enabled", "value": "false"}]
    await world.store.write(documents.change_key, SCOPE, key["id"], disable, at)
    with pytest.raises(InvalidKey):
        await keys.use(SCOPE, API_ID, "prod", key["value"], at)


async def test_a_plan_limits_the_rate_and_the_count_of_uses(world: World):
    key = await key_of(world, throttle={"rateLimit": 1.0, "burstLimit": 1}, quota={"limit": 2, "period": "DAY"})
    keys, at = Keys(store=world.store), world.clock.now()

    async def use(second: int) -> None:
        await keys.use(SCOPE, API_ID, "prod", key["value"], at + second)

    await use(0)
    with pytest.raises(KeyThrottled):
        await use(0)
    await use(1)
    with pytest.raises(QuotaExceeded):
        await use(2)
    keys.forget(SCOPE.account)
    with pytest.raises(QuotaExceeded):  # what was used is a row
        await use(3)


async def test_a_reset_of_an_account_leaves_the_limits_of_other_accounts_keys_as_they_are(world: World):
    key = await key_of(world, throttle={"rateLimit": 1.0, "burstLimit": 1})
    keys, at = Keys(store=world.store), world.clock.now()
    await keys.use(SCOPE, API_ID, "prod", key["value"], at)
    keys.forget("999988887777")
    with pytest.raises(KeyThrottled):
        await keys.use(SCOPE, API_ID, "prod", key["value"], at)
    for account in (SCOPE.account, None):
        keys.forget(account)
        await keys.use(SCOPE, API_ID, "prod", key["value"], at)


async def test_a_plan_limits_a_key_over_all_stages_together_and_a_method_in_each_stage(world: World):
    slow, fast = {"rateLimit": 1.0, "burstLimit": 1}, {"rateLimit": 1.0, "burstLimit": 3}
    key = await key_of(world, throttle=fast, methods={"/pets/GET": slow})
    keys, at = Keys(store=world.store), world.clock.now()

    async def use(stage: str, method: str = "") -> None:
        await keys.use(SCOPE, API_ID, stage, key["value"], at, method=method)

    await use("prod", "pets/GET")
    await use("test", "pets/GET")
    with pytest.raises(KeyThrottled):
        await use("test", "pets/GET")  # the method's limit, and so no token of the plan's has gone
    await use("test")
    with pytest.raises(KeyThrottled):
        await use("prod")
