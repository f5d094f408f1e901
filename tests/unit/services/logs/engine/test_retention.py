"""Retention: what is past it, a little at a time, and when to look again."""

from tests.unit.services.logs.conftest import CONTEXT, SCOPE

from lambent.services.logs.engine import groups, retention

DAY_S = 24 * 3_600


def at(ms):
    """Every account's time."""
    return lambda account: ms / 1000


async def keep_for(world, days):
    await world.logs.put_retention_policy(CONTEXT, {"logGroupName": "g", "retentionInDays": days})


async def test_a_group_without_a_retention_keeps_all(world):
    await world.group("g")
    assert retention.kept_from_ms(await world.store.read(groups.require, SCOPE, "g"), world.now_ms) == 0


async def test_a_batch_stays_until_its_last_event_is_past(world):
    await world.append("s", [(0, "a"), (1_500, "b")])
    await keep_for(world, 1)
    past_first_ms = world.now_ms + DAY_S * 1000 + 1_000
    assert not await world.store.read(retention.is_anything_expired, at(past_first_ms))
    assert await world.store.read(retention.is_anything_expired, at(past_first_ms + 1_000))


async def test_a_sweep_deletes_a_little_at_a_time(world, monkeypatch):
    monkeypatch.setattr(retention, "BATCHES_AT_ONCE", 2)
    for number in range(5):
        await world.append("s", [(number, "x")])
    await keep_for(world, 1)
    later_ms = world.now_ms + 2 * DAY_S * 1000
    sweeps = 0
    while await world.store.read(retention.is_anything_expired, at(later_ms)):
        await world.store.write(retention.sweep_some, at(later_ms))
        sweeps += 1
    assert sweeps == 3


async def test_bytes_go_with_what_is_swept(world):
    await world.append("s", [(0, "x" * 500)])
    await world.logs.describe_log_groups(CONTEXT, {})  # counts
    await keep_for(world, 1)
    await world.store.write(retention.sweep_some, at(world.now_ms + 2 * DAY_S * 1000))
    [group] = (await world.logs.describe_log_groups(CONTEXT, {}))["logGroups"]
    assert group["storedBytes"] == 0


async def test_the_next_sweep_is_in_an_hour_or_never(world):
    await world.group("g")
    assert await world.store.read(retention.next_sweeps_at, at(1_000_000)) == {}
    await keep_for(world, 1)
    assert await world.store.read(retention.next_sweeps_at, at(1_000_000)) == {SCOPE.account: 4_600.0}


async def test_what_an_account_keeps_is_past_its_retention_by_its_own_time(world):
    await world.append("s", [(0, "x")])
    await keep_for(world, 1)
    later_s = world.now_ms / 1000 + 2 * DAY_S
    assert not await world.store.read(retention.is_anything_expired, lambda account: later_s * (account != SCOPE.account))
    assert await world.store.read(retention.is_anything_expired, lambda account: later_s * (account == SCOPE.account))
