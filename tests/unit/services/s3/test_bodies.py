"""Bodies: verified as they come in, shared by content, and removed exactly when nobody needs them."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lambent.services.s3 import errors
from lambent.services.s3.bodies import Bodies, Expected
from lambent.store.blobs import Blobs

HELLO = hashlib.sha256(b"hello").hexdigest()


class Rows:
    """Stands for the tables: the blobs that rows name."""

    def __init__(self) -> None:
        self.named: set[str] = set()

    async def __call__(self, sha256s: frozenset[str]) -> set[str]:
        return self.named & sha256s


@pytest.fixture
def rows() -> Rows:
    return Rows()


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path, durability="os")


@pytest.fixture
def bodies(blobs: Blobs, rows: Rows) -> Bodies:
    return Bodies(blobs, named=rows)


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def keep(bodies: Bodies, rows: Rows, data: bytes) -> str:
    async with bodies.received(data, Expected()) as received:
        rows.named.add(received.sha256)
    return received.sha256


async def everything(reading: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in reading])


async def test_a_stream_is_measured_and_digested(bodies: Bodies):
    async with bodies.received(stream(b"hel", b"lo"), Expected(algorithm="CRC32")) as received:
        assert (received.sha256, received.size) == (HELLO, 5)
        assert received.md5 == hashlib.md5(b"hello").hexdigest()
        assert received.checksum.value == "NhCmhg=="


async def test_a_wrong_md5_is_refused_and_leaves_nothing(bodies: Bodies, blobs: Blobs):
    wrong = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    with pytest.raises(errors.BadMd5):
        async with bodies.received(stream(b"hello"), Expected(content_md5=wrong)):
            pass
    assert list(blobs.all()) == []


async def test_an_md5_that_is_none_is_told_apart(bodies: Bodies):
    with pytest.raises(errors.InvalidDigest):
        async with bodies.received(b"hello", Expected(content_md5="AAAA")):
            pass


async def test_a_wrong_checksum_is_refused_in_aws_words(bodies: Bodies):
    with pytest.raises(errors.BadChecksum, match=r"The CRC32 you specified did not match the calculated checksum."):
        async with bodies.received(b"hello", Expected(checksums={"CRC32": "AAAAAA=="})):
            pass


async def test_two_checksums_at_once_are_refused(bodies: Bodies):
    with pytest.raises(errors.InvalidRequest, match="Multiple checksum Types are not allowed"):
        async with bodies.received(b"", Expected(checksums={"CRC32": "AAAAAA==", "CRC32C": "AAAAAA=="})):
            pass


async def test_a_span_is_read_across_pieces(bodies: Bodies, rows: Rows):
    pieces = [(await keep(bodies, rows, data), len(data)) for data in (b"0123", b"4567", b"89")]
    reading = bodies.reading(pieces, 3, 6)
    assert reading is not None
    assert await everything(reading) == b"345678"


async def test_a_blob_that_no_row_names_is_swept(bodies: Bodies, rows: Rows, blobs: Blobs):
    sha256 = await keep(bodies, rows, b"hello")
    rows.named.clear()
    bodies.suspect([sha256])
    await bodies.sweep()
    assert list(blobs.all()) == []


async def test_a_blob_that_another_row_names_stays(bodies: Bodies, rows: Rows, blobs: Blobs):
    sha256 = await keep(bodies, rows, b"hello")
    bodies.suspect([sha256])
    await bodies.sweep()
    assert list(blobs.all()) == [sha256]


async def test_a_blob_about_to_be_named_again_survives_the_sweep(bodies: Bodies, rows: Rows, blobs: Blobs):
    sha256 = await keep(bodies, rows, b"hello")
    rows.named.clear()
    async with bodies.received(b"hello", Expected()):
        bodies.suspect([sha256])
        await bodies.sweep()
        assert list(blobs.all()) == [sha256]
        rows.named.add(sha256)
    await bodies.sweep()
    assert list(blobs.all()) == [sha256]


async def test_a_blob_that_is_being_read_goes_when_the_reader_is_done(bodies: Bodies, rows: Rows, blobs: Blobs):
    sha256 = await keep(bodies, rows, b"hello")
    reading = bodies.reading([(sha256, 5)], 0, 5)
    assert reading is not None
    rows.named.clear()
    bodies.suspect([sha256])
    await bodies.sweep()
    assert await everything(reading) == b"hello"
    await bodies.sweep()
    assert list(blobs.all()) == []


async def test_a_reader_that_never_reads_lets_go(bodies: Bodies, rows: Rows, blobs: Blobs):
    sha256 = await keep(bodies, rows, b"hello")
    reading = bodies.reading([(sha256, 5)], 0, 5)
    rows.named.clear()
    bodies.suspect([sha256])
    del reading
    await asyncio.sleep(0)
    await bodies.sweep()
    assert list(blobs.all()) == []


async def test_a_reader_of_what_is_gone_is_told_to_look_again(bodies: Bodies):
    assert bodies.reading([(HELLO, 5)], 0, 5) is None


async def test_a_body_whose_row_was_not_committed_is_swept(bodies: Bodies, blobs: Blobs):
    with pytest.raises(errors.PreconditionFailed):
        async with bodies.received(b"hello", Expected()):
            raise errors.PreconditionFailed()
    await bodies.sweep()
    assert list(blobs.all()) == []


async def test_a_body_whose_row_may_still_be_committed_is_not_swept(bodies: Bodies, blobs: Blobs):
    """The store finishes a write whose caller was cancelled, so the row may come after the sweep."""
    await bodies.sweep()
    with pytest.raises(asyncio.CancelledError):
        async with bodies.received(b"hello", Expected()):
            raise asyncio.CancelledError
    await bodies.sweep()
    assert list(blobs.all()) == [HELLO]


async def test_what_a_crash_left_is_swept_at_the_start(bodies: Bodies, rows: Rows, blobs: Blobs):
    kept = await keep(bodies, rows, b"kept")
    await blobs.put(b"orphan")
    sweeper = asyncio.create_task(Bodies(blobs, named=rows).sweep_for_ever())
    while set(blobs.all()) != {kept}:  # noqa: ASYNC110  the sweeper tells nobody that it is done
        await asyncio.sleep(0)
    sweeper.cancel()
