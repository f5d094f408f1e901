"""Blobs: whole or not at all, named by content."""

import asyncio
import hashlib

import pytest

from lambent.store import blobs as module
from lambent.store.blobs import Blobs


@pytest.fixture
def blobs(tmp_path):
    return Blobs(tmp_path / "blobs")


async def chunks(*parts):
    for part in parts:
        yield part


async def content(blobs, *args):
    return b"".join([chunk async for chunk in blobs.open(*args)])


def files(blobs):
    return [path for path in blobs._folder.rglob("*") if path.is_file()]


async def test_a_blob_is_named_by_its_content_and_comes_back_as_it_was(blobs):
    data = b"lambent" * 100_000
    blob = await blobs.put(data)
    assert (blob.sha256, blob.md5) == (hashlib.sha256(data).hexdigest(), hashlib.md5(data).hexdigest())
    assert blob.size == len(data)
    assert await content(blobs, blob.sha256) == data
    assert blobs.path(blob.sha256).read_bytes() == data


async def test_a_stream_in_pieces_is_the_same_blob_as_its_bytes(blobs):
    pieces = [b"a" * 10, b"", b"b" * 300_000, b"c" * 700_000, b"d"]
    assert await blobs.put(chunks(*pieces)) == await blobs.put(b"".join(pieces))


async def test_the_empty_blob_is_a_blob(blobs):
    for source in (b"", chunks()):
        blob = await blobs.put(source)
        assert blob.size == 0
        assert await content(blobs, blob.sha256) == b""


@pytest.mark.parametrize(("offset", "length"), [(0, 5), (3, None), (3, 4), (9, 100), (10, None), (50, 1), (2, 0)])
async def test_a_part_of_a_blob_is_what_a_slice_says(blobs, monkeypatch, offset, length):
    monkeypatch.setattr(module, "CHUNK_BYTES", 3)
    blob = await blobs.put(b"0123456789")
    assert await content(blobs, blob.sha256, offset, length) == b"0123456789"[offset:][:length]


async def test_a_put_that_fails_midway_leaves_nothing(blobs):
    async def broken():
        yield b"x" * 1_000_000
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await blobs.put(broken())
    assert files(blobs) == []


async def test_a_put_that_is_cancelled_leaves_nothing(blobs):
    is_under_way = asyncio.Event()

    async def endless():
        yield b"x" * 1_000_000
        is_under_way.set()
        while True:
            yield b"x" * 1_000_000

    task = asyncio.create_task(blobs.put(endless()))
    await is_under_way.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert files(blobs) == []


async def test_puts_of_the_same_content_at_once_leave_one_blob(blobs):
    found = await asyncio.gather(*[blobs.put(b"same" * 1000) for _ in range(20)])
    assert len(set(found)) == 1
    assert [path.name for path in files(blobs)] == [found[0].sha256]


async def test_what_a_crash_left_half_written_is_removed_at_the_next_start(blobs):
    kept = await blobs.put(b"kept")
    (blobs._folder / "incoming" / "leftover").write_bytes(b"half")
    again = Blobs(blobs._folder)
    assert [path.name for path in files(again)] == [kept.sha256]
    assert await content(again, kept.sha256) == b"kept"


async def test_a_deleted_blob_is_gone_and_deleting_again_is_fine(blobs):
    blob = await blobs.put(b"data")
    await blobs.delete(blob.sha256)
    await blobs.delete(blob.sha256)
    with pytest.raises(FileNotFoundError):
        await content(blobs, blob.sha256)


async def test_the_bytes_are_synced_before_the_name_and_the_name_before_the_answer(blobs, monkeypatch):
    seen = []
    replace = module.Path.replace
    monkeypatch.setattr(module.os, "fsync", lambda descriptor: seen.append("fsync"))
    monkeypatch.setattr(module.Path, "replace", lambda *args: (seen.append("rename"), replace(*args))[1])
    await blobs.put(b"data")
    assert seen[:3] == ["fsync", "rename", "fsync"]


async def test_an_unfinished_reader_closes_its_file(blobs):
    blob = await blobs.put(b"x" * 3_000_000)
    stream = blobs.open(blob.sha256)
    assert len(await anext(stream)) == module.CHUNK_BYTES
    await stream.aclose()


class Crash(BaseException):
    """The process ends here."""


class FailingFileSystem:
    """Lets the first ``count`` calls that change the disk through, then ends the process, and lets nothing through after it."""

    def __init__(self, monkeypatch, count):
        self.left = count
        for owner, name in (
            (module.os, "fsync"),
            (module.Path, "open"),
            (module.Path, "mkdir"),
            (module.Path, "replace"),
            (module.Path, "unlink"),
        ):
            monkeypatch.setattr(owner, name, self.counted(getattr(owner, name)))

    def counted(self, call):
        def counted(*args, **kwargs):
            if self.left <= 0:
                self.left = -1
                raise Crash
            self.left -= 1
            return call(*args, **kwargs)

        return counted


def test_a_crash_at_any_call_leaves_a_whole_blob_or_none(tmp_path):
    data = b"whole" * 200_000
    name = hashlib.sha256(data).hexdigest()
    for count in range(100):
        folder = tmp_path / str(count)
        blobs = Blobs(folder)
        with pytest.MonkeyPatch.context() as monkeypatch:
            disk = FailingFileSystem(monkeypatch, count)
            try:
                found = asyncio.run(blobs.put(chunks(data[:400_000], data[400_000:])))
            except Crash:
                found = None
        again = Blobs(folder)
        left = files(again)
        assert [path.read_bytes() for path in left] in ([], [data])
        assert found is None or [path.name for path in left] == [name]
        if disk.left >= 0 and found is not None:
            assert count > 4
            return
    raise AssertionError("no run passed untouched")


async def test_a_file_whose_digest_is_known_is_adopted_without_being_copied(blobs, tmp_path):
    other = Blobs(tmp_path / "other")
    blob = await other.put(b"layer")
    for _ in range(2):
        await blobs.adopt(other.path(blob.sha256), blob.sha256)
    assert blobs.path(blob.sha256).stat().st_ino == other.path(blob.sha256).stat().st_ino
    await other.delete(blob.sha256)
    assert await content(blobs, blob.sha256) == b"layer"
    with pytest.raises(FileNotFoundError):
        await blobs.adopt(other.path("0" * 64), "0" * 64)


async def test_a_file_of_another_disk_is_copied(blobs, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(18, "Invalid cross-device link")

    path = tmp_path / "file"
    path.write_bytes(b"layer")
    sha256 = hashlib.sha256(b"layer").hexdigest()
    monkeypatch.setattr(module.os, "link", refuse)
    await blobs.adopt(path, sha256)
    assert await content(blobs, sha256) == b"layer"
