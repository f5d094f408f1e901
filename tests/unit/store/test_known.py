"""What was read is kept until it is forgotten, and what may be out of date is not kept at all."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from lambent.store.database import Database, Transaction
from lambent.store.known import Known, Named


class Reading:
    """Runs what it is given when the gate is open."""

    def __init__(self) -> None:
        self.reads = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.listeners: list[Callable[[str], None]] = []

    def on_signal(self, listener: Callable[[str], None]) -> None:
        self.listeners.append(listener)

    async def read(self, look: Callable[[Transaction], Any]) -> Any:
        self.reads += 1
        found = look(cast(Transaction, None))
        await self.gate.wait()
        return found


@pytest.fixture
def store() -> Reading:
    return Reading()


@pytest.fixture
def known(store: Reading) -> Known[str, str | None]:
    return Known(store=cast(Database, store), count_max=2)


async def test_a_value_is_read_once_even_where_it_is_none(store: Reading, known: Known[str, str | None]):
    assert [await known.find("a", lambda _: None) for _ in range(3)] == [None] * 3
    assert store.reads == 1
    known.forget("a")
    assert await known.find("a", lambda _: "new") == "new"


async def test_what_was_read_while_something_changed_is_not_kept(store: Reading, known: Known[str, str | None]):
    store.gate.clear()
    for forget in (lambda: known.forget("b"), lambda: known.forget_those(lambda _: False), known.forget_all):
        reading = asyncio.ensure_future(known.find("a", lambda _: "old"))
        await asyncio.sleep(0)
        forget()
        store.gate.set()
        assert await reading == "old"
        assert known.values == {}
        store.gate.clear()


async def test_a_failure_is_not_kept(known: Known[str, str | None]):
    def fail(_: Transaction) -> str:
        raise KeyError

    with pytest.raises(KeyError):
        await known.find("a", fail)
    assert await known.find("a", lambda _: "x") == "x"


async def test_no_more_is_kept_than_there_is_room_for(known: Known[str, str | None]):
    for key in "abc":
        await known.find(key, lambda _: "x")
    assert set(known.values) == {"c"}
    await known.find("d", lambda _: "x")
    known.forget_those(lambda key: key == "c")
    assert set(known.values) == {"d"}


async def test_what_has_a_name_is_forgotten_when_a_commit_tells_that_it_changed(store: Reading):
    versions = iter("abc")
    named: Named[tuple[str, ...], str] = Named(
        store=cast(Database, store),
        count_max=9,
        prefix="things.changed/",
        key=lambda *names: names,
        account_of=lambda key: key[0],
        look=lambda _tx, _key: next(versions),
    )
    key = ("111122223333", "us-east-1", "with/slash")
    assert [await named.find(key) for _ in range(2)] == ["a", "a"]
    for signal in ("things.changed/111122223333/us-east-1/other", "others.changed/111122223333/us-east-1/with/slash"):
        store.listeners[0](signal)
    named.forget_account("999988887777")
    assert await named.find(key) == "a"
    store.listeners[0]("things.changed/111122223333/us-east-1/with/slash")
    assert await named.find(key) == "b"
    named.forget_account("111122223333")
    assert named.values == {}
