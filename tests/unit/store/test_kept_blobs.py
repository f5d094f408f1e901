"""Blobs that rows name stay, others are swept, and never between a put and its record."""

import asyncio

import pytest

from lambent.store.blobs import Blobs
from lambent.store.kept_blobs import KeptBlobs


@pytest.fixture
def world(tmp_path):
    blobs, used, wakes = Blobs(tmp_path / "blobs"), set(), []

    async def names():
        return set(used)

    return blobs, used, wakes, KeptBlobs(blobs, used=names, wake=lambda: wakes.append(1))


async def test_what_no_row_names_is_swept(world):
    blobs, used, _, kept = world
    one, other = await blobs.put(b"one"), await blobs.put(b"other")
    used.add(one.sha256)
    await kept.sweep()
    assert set(blobs.all()) == {one.sha256}
    assert other.sha256 not in set(blobs.all())


async def test_a_sweep_waits_for_who_is_about_to_record(world):
    blobs, used, _, kept = world
    async with kept.keeping():
        blob = await blobs.put(b"one")
        sweep = asyncio.create_task(kept.sweep())
        await asyncio.sleep(0)
        used.add(blob.sha256)
    await sweep
    assert set(blobs.all()) == {blob.sha256}


async def test_who_fails_to_record_has_the_owner_sweep(world):
    *_, wakes, kept = world
    with pytest.raises(ValueError, match="no"):
        async with kept.keeping():
            raise ValueError("no")
    assert wakes
