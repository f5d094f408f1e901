"""The keyring, and what policies allow: asked often, so both answer from memory, and yet never tell what is no longer so."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from lambent.core.clock import VirtualClock
from lambent.core.context import Context
from lambent.services.iam import Iam
from lambent.services.iam.errors import NoSuchEntity
from lambent.store.schema import schema_of
from lambent.store.sqlite import SqliteDatabase

ACCOUNT = "111122223333"
CONTEXT = Context(ACCOUNT, "us-east-1", "request", f"arn:aws:iam::{ACCOUNT}:root", "http://localhost:4566")


class CountingDatabase(SqliteDatabase):
    """Counts reads, and can hold them back."""

    reads = 0
    gate: asyncio.Event | None = None

    async def read(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        self.reads += 1
        result = await super().read(function, *args, **kwargs)
        if self.gate is not None:
            await self.gate.wait()
        return result


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[CountingDatabase]:
    opened = CountingDatabase.open(tmp_path / "state.db", [schema_of("lambent.services.iam")], durability="os")
    yield opened
    await opened.close()


@pytest.fixture
def iam(store: CountingDatabase) -> Iam:
    return Iam(store=store, clock=VirtualClock())


@pytest.fixture
async def key_id(iam: Iam) -> str:
    await iam.create_user(CONTEXT, {"UserName": "ada"})
    made = await iam.create_access_key(CONTEXT, {"UserName": "ada"})
    return str(made["AccessKey"]["AccessKeyId"])


async def test_a_key_is_read_once(iam: Iam, store: CountingDatabase, key_id: str):
    found = await iam.find(key_id)
    assert found is not None
    assert found.principal_arn == f"arn:aws:iam::{ACCOUNT}:user/ada"
    assert await iam.find(key_id) is found
    assert store.reads == 1


async def test_that_there_is_no_such_key_is_remembered_too(iam: Iam, store: CountingDatabase):
    assert [await iam.find("AKIANOBODYSKEY234567") for _ in range(3)] == [None] * 3
    assert store.reads == 1


@pytest.mark.parametrize("status", ["Inactive", "Active"])
async def test_a_changed_key_is_read_anew(iam: Iam, key_id: str, status: str):
    await iam.find(key_id)
    await iam.update_access_key(CONTEXT, {"UserName": "ada", "AccessKeyId": key_id, "Status": status})
    found = await iam.find(key_id)
    assert found is not None
    assert found.is_active == (status == "Active")


async def test_a_deleted_key_is_gone_at_once(iam: Iam, key_id: str):
    await iam.find(key_id)
    await iam.delete_access_key(CONTEXT, {"UserName": "ada", "AccessKeyId": key_id})
    assert await iam.find(key_id) is None


async def test_a_look_that_began_before_a_change_is_not_remembered(iam: Iam, store: CountingDatabase, key_id: str):
    store.gate = asyncio.Event()
    early = asyncio.create_task(iam.find(key_id))
    while store.reads == 0:  # noqa: ASYNC110  until the look is under way
        await asyncio.sleep(0)
    await iam.update_access_key(CONTEXT, {"UserName": "ada", "AccessKeyId": key_id, "Status": "Inactive"})
    store.gate.set()
    await early
    late = await iam.find(key_id)
    assert late is not None
    assert not late.is_active


async def test_a_reset_forgets_every_key(iam: Iam, store: CountingDatabase, key_id: str):
    await iam.find(key_id)
    await store.reset(ACCOUNT)
    iam.forget(ACCOUNT)
    assert await iam.find(key_id) is None


SEND = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}}'
ADA = f"arn:aws:iam::{ACCOUNT}:user/ada"


async def may_send(iam: Iam) -> bool:
    asked = {"PolicySourceArn": ADA, "ActionNames": ["sqs:SendMessage"]}
    told = await iam.simulate_principal_policy(CONTEXT, asked)
    return bool(told["EvaluationResults"][0]["EvalDecision"] == "allowed")


async def test_policies_are_read_once_until_something_changes(iam: Iam, store: CountingDatabase):
    await iam.create_user(CONTEXT, {"UserName": "ada"})
    assert [await may_send(iam) for _ in range(3)] == [False] * 3
    assert store.reads == 1
    await iam.put_user_policy(CONTEXT, {"UserName": "ada", "PolicyName": "send", "PolicyDocument": SEND})
    assert [await may_send(iam) for _ in range(3)] == [True] * 3
    assert store.reads == 2


async def test_policies_read_before_a_change_are_not_remembered(iam: Iam, store: CountingDatabase):
    await iam.create_user(CONTEXT, {"UserName": "ada"})
    store.gate = asyncio.Event()
    early = asyncio.create_task(may_send(iam))
    while store.reads == 0:  # noqa: ASYNC110  until the look is under way
        await asyncio.sleep(0)
    await iam.put_user_policy(CONTEXT, {"UserName": "ada", "PolicyName": "send", "PolicyDocument": SEND})
    store.gate.set()
    await early
    assert await may_send(iam)


async def test_a_reset_forgets_who_held_what(iam: Iam, store: CountingDatabase):
    await iam.create_user(CONTEXT, {"UserName": "ada"})
    await may_send(iam)
    await store.reset(ACCOUNT)
    iam.forget(ACCOUNT)
    with pytest.raises(NoSuchEntity):
        await may_send(iam)
