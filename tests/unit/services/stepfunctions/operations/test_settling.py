"""Transitions that take long keep nobody from the writer."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lambent.core.clock import VirtualClock
from lambent.lang import jsonata
from lambent.services.stepfunctions.operations.settling import Settling
from lambent.store.database import Transaction
from lambent.store.schema import schema_of
from lambent.store.sqlite import SqliteDatabase

LONG = jsonata.compile_template("{% $count($map([1..4000], function($i) { $i })) %}", "Output")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    made = SqliteDatabase.open(tmp_path / "db", [schema_of("lambent.services.stepfunctions")], durability="os")
    yield made
    await made.close()


async def test_others_write_while_an_expression_is_evaluated(store: SqliteDatabase) -> None:
    settling, tries, ended = Settling(store=store, clock=VirtualClock()), [], []
    loop, has_begun = asyncio.get_running_loop(), asyncio.Event()

    def evaluate(tx: Transaction, factor: int) -> int:
        tries.append(factor)
        loop.call_soon_threadsafe(has_begun.set)
        return factor * int(str(LONG.evaluate({}, {}, 0.0)))

    def other(tx: Transaction) -> None:
        ended.append("other")

    async def long() -> int:
        found = await settling.write(evaluate, 2)
        ended.append("long")
        return found

    task = asyncio.create_task(long())
    await has_begun.wait()
    await store.write(other)
    assert await task == 8_000
    assert (ended, len(tries)) == (["other", "long"], 2)


async def test_what_a_function_raises_is_raised(store: SqliteDatabase) -> None:
    def fail(tx: Transaction) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await Settling(store=store, clock=VirtualClock()).write(fail)
