"""The loop of housekeeping: it sleeps until something is due, on whichever clock, and hears when it may be sooner."""

import asyncio
import contextlib

import pytest

from lambent.core.clock import NEVER, VirtualClock
from lambent.durable.signals import Signals
from lambent.services.dynamodb.keeper import Keeper

TOPIC, ACCOUNT, OTHER = "kept", "111122223333", "999999999999"


class Store:
    """Reads and writes at once, without a database."""

    async def read(self, function, *args):
        await asyncio.sleep(0)
        return function(None, *args)

    write = read


class Chores:
    """What is due, by account; ``done`` says at which moments of whose clock."""

    def __init__(self):
        self.due = {}
        self.done = []

    def dues(self, tx):
        return list(self.due.items())

    def keep_some(self, tx, now_of):
        for account, due_at in self.due.items():
            if due_at <= now_of(account):
                self.done.append((account, now_of(account)))
                self.due[account] = NEVER
        return bool(self.done)


@pytest.fixture
async def kept():
    """(clock, signals, chores), with the loop running."""
    clock, chores = VirtualClock(), Chores()
    signals = Signals(clock)
    keeper = Keeper(store=Store(), clock=clock, signals=signals, topic=TOPIC, dues=chores.dues, keep_some=chores.keep_some)
    task = asyncio.create_task(keeper.run())
    await clock.settle()
    yield clock, signals, chores
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_what_is_due_is_done_when_its_moment_has_come(kept):
    clock, signals, chores = kept
    start = clock.now()
    chores.due[ACCOUNT] = start + 60
    signals.notify(TOPIC)
    await clock.advance(59)
    assert chores.done == []
    await clock.advance(1)
    assert chores.done == [(ACCOUNT, start + 60)]


async def test_each_account_is_served_by_its_own_clock(kept):
    clock, signals, chores = kept
    start = clock.now()
    chores.due = {ACCOUNT: start + 60, OTHER: start + 60}
    signals.notify(TOPIC)
    await clock.advance(60, OTHER)
    assert chores.done == [(OTHER, start + 60)]


async def test_no_clock_jumps_for_its_sake(kept):
    clock, signals, chores = kept
    chores.due[ACCOUNT] = clock.now() + 60
    signals.notify(TOPIC)
    assert await clock.run_until_idle() == []
    assert chores.done == []
