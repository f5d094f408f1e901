"""A crash around every commit of S3: no acknowledged object is lost, none lacks its bytes, no bytes are left behind."""

import asyncio
import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.simulation import remains

from lambent.core.clock import VirtualClock
from lambent.core.context import Context
from lambent.services.s3 import S3
from lambent.services.s3.errors import NoSuchKey
from lambent.store.blobs import Blobs
from lambent.store.schema import schema_of
from lambent.store.sqlite import SqliteDatabase
from lambent.store.writer import CommitPoint

CONTEXT = Context("111122223333", "us-east-1", "request", "arn:aws:iam::111122223333:root", "http://localhost:4566")
BUCKET = {"Bucket": "things"}
KEYS = ("a", "b", "c")
STEPS = 12
COMMITS_MAX = 1_000


@dataclass
class Expectation:
    """What may stand under each key: the last acknowledged content, and that of the request under way."""

    settled: dict[str, bytes | None] = field(default_factory=dict)
    under_way: dict[str, bytes | None] = field(default_factory=dict)

    def allowed(self, key: str) -> set[bytes | None]:
        return {self.settled.get(key), self.under_way.get(key, self.settled.get(key))}


@dataclass
class Crash:
    """Keeps what the disk holds around the ``commit``th commit, and what was acknowledged by then."""

    folder: Path
    remains: Path
    point: CommitPoint
    commit: int
    expectation: Expectation
    commits: int = 0
    kept: Expectation | None = None

    def probe(self, point: CommitPoint) -> None:
        self.commits += point is CommitPoint.BEFORE
        if point is self.point and self.commits == self.commit and self.kept is None:
            remains.keep(self.folder, self.remains)
            self.kept = Expectation(dict(self.expectation.settled), dict(self.expectation.under_way))


def opened(folder: Path, crash: Crash | None = None) -> tuple[S3, SqliteDatabase]:
    schemas = [schema_of("lambent.services.s3")]
    store = SqliteDatabase.open(folder / "state.db", schemas, durability="os", probe=crash.probe if crash else None)
    return S3(store=store, blobs=Blobs(folder / "blobs", durability="os"), clock=VirtualClock()), store


async def act(s3: S3, chance: random.Random, key: str, content: bytes | None) -> None:
    if content is None:
        await s3.delete_object(CONTEXT, {**BUCKET, "Key": key})
    elif chance.random() < 0.5:
        await s3.put_object(CONTEXT, {**BUCKET, "Key": key, "Body": content})
    else:
        where = {**BUCKET, "Key": key}
        upload = {**where, "UploadId": (await s3.create_multipart_upload(CONTEXT, where))["UploadId"]}
        part = await s3.upload_part(CONTEXT, {**upload, "PartNumber": 1, "Body": content})
        await s3.upload_part(CONTEXT, {**upload, "PartNumber": 2, "Body": b"not chosen"})
        chosen = {"MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}}
        await s3.complete_multipart_upload(CONTEXT, {**upload, **chosen})


async def live(crash: Crash, chance: random.Random) -> None:
    """Changes, with a sweep now and then, while the probe watches for its commit."""
    s3, store = opened(crash.folder, crash)
    expectation = crash.expectation
    await s3.create_bucket(CONTEXT, BUCKET)
    for _ in range(STEPS):
        key, content = chance.choice(KEYS), chance.choice([None, b"equal", b"equal", b"%d" % chance.randrange(99)])
        expectation.under_way[key] = content
        await act(s3, chance, key, content)
        expectation.settled[key] = content
        del expectation.under_way[key]
        if chance.random() < 0.3:
            await s3.bodies.sweep()
    await store.close()


async def check(folder: Path, expectation: Expectation) -> None:
    s3, store = opened(folder)
    if not (await s3.list_buckets(CONTEXT, {}))["Buckets"]:
        assert not any(expectation.settled.values())
        await s3.create_bucket(CONTEXT, BUCKET)
    await s3.bodies.sweep()
    for key in KEYS:
        assert await content_of(s3, key) in expectation.allowed(key), key
        await s3.delete_object(CONTEXT, {**BUCKET, "Key": key})
    for upload in (await s3.list_multipart_uploads(CONTEXT, BUCKET))["Uploads"]:
        where = {**BUCKET, "Key": upload["Key"], "UploadId": upload["UploadId"]}
        await s3.abort_multipart_upload(CONTEXT, where)
    await s3.bodies.sweep()
    assert list(Blobs(folder / "blobs", durability="os").apart("s3").all()) == []
    await store.close()


async def content_of(s3: S3, key: str) -> bytes | None:
    try:
        told = await s3.get_object(CONTEXT, {**BUCKET, "Key": key})
    except NoSuchKey:
        return None
    return b"".join([chunk async for chunk in told["Body"]])


@pytest.mark.parametrize("point", CommitPoint)
@pytest.mark.parametrize("seed", [1, 2])
def test_no_crash_loses_an_object_or_leaves_bytes_behind(tmp_path: Path, seed: int, point: CommitPoint):
    for commit in range(1, COMMITS_MAX):
        folder = tmp_path / str(commit)
        folder.mkdir()
        crash = Crash(folder, tmp_path / f"{commit}+", point, commit, Expectation())
        asyncio.run(live(crash, random.Random(seed)))
        if crash.kept is None:
            assert commit > STEPS
            return
        asyncio.run(check(crash.remains, crash.kept))
    raise AssertionError(f"more than {COMMITS_MAX} commits")
