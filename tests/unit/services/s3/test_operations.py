"""S3 under many hands at once: bodies that are equal, put, copied, read and deleted at the same time."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lambent.core.clock import RealClock
from lambent.core.context import Context
from lambent.services.s3 import S3
from lambent.services.s3.errors import NoSuchKey
from lambent.services.s3.tables.buckets import Bucket
from lambent.store.blobs import Blobs
from lambent.store.schema import schema_of
from lambent.store.sqlite import SqliteDatabase

CONTEXT = Context("111122223333", "us-east-1", "request", "arn:aws:iam::111122223333:root", "http://localhost:4566")
CONTENTS = (b"one", b"two" * 100_000)
KEYS = ("a", "b", "c")
STEPS = 60


@pytest.fixture
async def s3(tmp_path: Path) -> AsyncIterator[S3]:
    store = SqliteDatabase.open(tmp_path / "state.db", [schema_of("lambent.services.s3")], durability="os")
    made = S3(store=store, blobs=Blobs(tmp_path / "blobs", durability="os"), clock=RealClock())
    await made.create_bucket(CONTEXT, {"Bucket": "things"})
    yield made
    await store.close()


async def read(s3: S3, key: str) -> bytes | None:
    try:
        told = await s3.get_object(CONTEXT, {"Bucket": "things", "Key": key})
    except NoSuchKey:
        return None
    return b"".join([chunk async for chunk in told["Body"]])


async def act(s3: S3, chance: random.Random) -> None:
    """One client: what it reads must be whole, whatever the others do."""
    for _ in range(STEPS):
        key = chance.choice(KEYS)
        match chance.randrange(5):
            case 0 | 1:
                await s3.put_object(CONTEXT, {"Bucket": "things", "Key": key, "Body": chance.choice(CONTENTS)})
            case 2:
                await s3.delete_object(CONTEXT, {"Bucket": "things", "Key": key})
            case 3:
                assert await read(s3, key) in (None, *CONTENTS)
            case _:
                try:
                    await s3.copy_object(CONTEXT, {"Bucket": "things", "Key": "copy", "CopySource": f"things/{key}"})
                except NoSuchKey:
                    continue


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_no_body_is_lost_or_left_behind(s3: S3, seed: int, tmp_path: Path):
    sweeper = asyncio.create_task(s3.workers()[0].run())  # type: ignore[arg-type]
    await asyncio.gather(*(act(s3, random.Random(seed * 100 + client)) for client in range(8)))
    sweeper.cancel()
    kept = {await read(s3, key) for key in (*KEYS, "copy")} - {None}
    assert kept <= set(CONTENTS)
    s3.bodies.suspect_all()
    await s3.bodies.sweep()
    assert len(list(Blobs(tmp_path / "blobs", durability="os").apart("s3").all())) == len(kept)
    for key in KEYS:
        await s3.delete_object(CONTEXT, {"Bucket": "things", "Key": key})
    await s3.delete_object(CONTEXT, {"Bucket": "things", "Key": "copy"})
    await s3.bodies.sweep()
    assert list(Blobs(tmp_path / "blobs", durability="os").apart("s3").all()) == []


async def test_a_copy_of_what_goes_meanwhile_is_refused_and_names_no_bytes(s3: S3, monkeypatch: pytest.MonkeyPatch):
    """The source's row is read, then its bytes are swept, then the copy would name them."""
    await s3.put_object(CONTEXT, {"Bucket": "things", "Key": "a", "Body": b"one"})
    look = s3.bucket

    async def look_late(context: Context, name: str) -> Bucket:
        await s3.delete_object(CONTEXT, {"Bucket": "things", "Key": "a"})
        await s3.bodies.sweep()
        return await look(context, name)

    monkeypatch.setattr(s3, "bucket", look_late)
    with pytest.raises(NoSuchKey):
        await s3.copy_object(CONTEXT, {"Bucket": "things", "Key": "copy", "CopySource": "things/a"})
    assert await read(s3, "copy") is None
