"""A crash around every commit: what was acknowledged is there, nothing is half-written, every effect happens.

A failing run is a seed: write it into seeds.txt and it is replayed for ever.
"""

import asyncio
import random
from pathlib import Path

import pytest
from tests.simulation.seeds import kept
from tests.simulation.shop import ITEMS, KINDS, Crash, Life, Outside

from lambent.core import ids
from lambent.core.clock import VirtualClock

SEEDS = kept("shop")
COMMITS_MAX = 1000
FRESH_SEEDS = 6


def live(folder: Path, seed: int, *, commit: int, kind: str) -> tuple[bool, Outside]:
    """Runs lives until one ends untouched, and checks what it left. Tells whether the first life crashed."""
    chance = random.Random(f"{seed} {commit} {kind}")
    outside, clock = Outside(), VirtualClock()
    crash = Crash(commit, kind, chance)
    is_first = True
    with ids.seeded(seed):
        while True:
            folder.mkdir(parents=True, exist_ok=True)
            life = Life(folder, outside, random.Random(seed), clock, crash)
            asyncio.run(life.run(is_first=is_first))
            if is_first:
                has_crashed, is_first = life.has_crashed, False
            if not life.has_crashed:
                break
            folder = life.remains
            # Half of the recoveries crash as well.
            crash = Crash(chance.randrange(1, 12), chance.choice(KINDS), chance) if chance.random() < 0.5 else None
            clock = VirtualClock(start=clock.now())
    asyncio.run(check(folder, outside))
    return has_crashed, outside


async def check(folder: Path, outside: Outside) -> None:
    life = Life(folder, outside, random.Random(0), VirtualClock(), None)
    rows = await life.store.read(lambda tx: tx.all("SELECT id, customer, reminders, ends FROM orders ORDER BY placed"))
    items = dict(await life.store.read(lambda tx: tx.all("SELECT of, count(*) FROM items GROUP BY of")))
    left = await life.store.read(lambda tx: (tx.one("SELECT count(*) FROM timers"), tx.one("SELECT count(*) FROM outbox")))
    await life.store.close()
    orders = [order for order, *_ in rows]
    assert set(outside.acknowledged) <= set(orders), "an acknowledged order is lost"
    assert items == dict.fromkeys(orders, ITEMS), "an order is half-written"
    assert [reminders for _, _, reminders, _ in rows] == [1] * len(rows), "a timer did not take effect exactly once"
    assert [ends for *_, ends in rows] == [2] * len(rows), "an outbox entry did not end exactly once"
    assert left == ((0,), (0,)), "a timer or an outbox entry is left over"
    wanted = {(what, customer, order) for order, customer, *_ in rows for what in ("Placed", "Reminded")}
    assert set(outside.delivered) == wanted, "an effect is missing, or happened without its cause"
    for name in "xy":
        arrived = [order for what, customer, order in outside.delivered if what == "Placed" and customer == name]
        assert list(dict.fromkeys(arrived)) == [order for order, customer, *_ in rows if customer == name], "out of order"


def crash_at_every_commit(folder: Path, seed: int, kind: str) -> int:
    """Until a run passes untouched. Returns how many commits that run had."""
    for commit in range(1, COMMITS_MAX):
        has_crashed, _ = live(folder / f"{kind}{commit}", seed, commit=commit, kind=kind)
        if not has_crashed:
            return commit - 1
    raise AssertionError(f"more than {COMMITS_MAX} commits")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_crash_at_any_commit_loses_nothing_acknowledged_and_leaves_nothing_half_done(tmp_path, seed, kind):
    assert crash_at_every_commit(tmp_path, seed, kind) > 10


@pytest.mark.slow
def test_crashes_of_a_fresh_seed_lose_nothing(tmp_path):
    """Beside those that are kept: another one each day, and one kind of crash of it."""
    seed, kind = random.randrange(10**9), random.choice(KINDS)
    print(f"seed {seed}, {kind}")
    crash_at_every_commit(tmp_path, seed, kind)


@pytest.mark.realtime
def test_crashes_of_fresh_seeds_lose_nothing(tmp_path):
    for seed in [random.randrange(10**9) for _ in range(FRESH_SEEDS)]:
        print(f"seed {seed}")
        for kind in KINDS:
            crash_at_every_commit(tmp_path / str(seed), seed, kind)


def test_a_seed_replays(tmp_path):
    runs = [live(tmp_path / str(number), 7, commit=9, kind="after") for number in range(2)]
    assert runs[0] == runs[1]
    assert runs[0][0]
