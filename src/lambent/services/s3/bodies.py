"""The bytes of objects: taken in as a stream and verified, kept as blobs named by their content, given out as a stream.

Equal bodies share a blob, so a blob may only go when no row names it and nobody is about to name it. Whoever stores or
reads a blob *pins* it meanwhile: a body in arrival is pinned as soon as its content is known, which is before the blob is
put in place, and stays so until the row that names it is committed. What a delete may have left without a name becomes a
*suspect*; the sweeper removes a suspect that is not pinned and that no row names.
"""

import asyncio
import base64
import binascii
import hashlib
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress

from msgspec import Struct

from lambent.core.ports import Body
from lambent.services.s3 import errors
from lambent.services.s3.tables.objects import Checksum
from lambent.store.blobs import Blobs
from lambent.wire import checksums

SWEPT_AT_ONCE = 500
OBJECT_BYTES_MAX = 5 * 1_024**3  # in one request; more goes in parts


class Expected(Struct, frozen=True):
    """What the client said about the bytes that it sends."""

    content_md5: str | None = None
    checksums: Mapping[str, str] = {}  # by algorithm, in base64
    algorithm: str = ""  # asked for without a value: compute and keep it


class Received(Struct, frozen=True):
    """A body that has come in whole and is as expected."""

    sha256: str
    size: int
    md5: str
    checksum: Checksum


class Bodies:
    """The blobs of one platform's objects. ``named`` tells which of some blobs a row names."""

    def __init__(self, blobs: Blobs, *, named: Callable[[frozenset[str]], Awaitable[set[str]]]) -> None:
        self._blobs = blobs
        self._named = named
        self._pins: Counter[str] = Counter()
        self._suspects: set[str] = set()
        self._leaving = ""  # the blob that is being removed just now
        self._gate = asyncio.Lock()  # between "nobody needs it" and its removal nobody may pin a blob
        self._wake = asyncio.Event()
        self._all_are_suspect = True  # a crash may have left what no row names

    @asynccontextmanager
    async def received(self, source: Body | bytes, expected: Expected) -> AsyncIterator[Received]:
        """Takes a body in and keeps its blob pinned while the block commits the row that names it.

        Raises InvalidDigest, InvalidRequest, BadDigest, EntityTooLarge.
        """
        intake = _Intake(source, expected, self._pin)
        try:
            blob = await self._blobs.put(aiter(intake))
            yield Received(blob.sha256, blob.size, blob.md5, intake.checksum)
        except asyncio.CancelledError:
            # The write of the row goes on without its caller, and may be committed after a sweep has found no row. What is
            # left where it is not is swept at the next start.
            raise
        except BaseException:
            self.suspect([intake.sha256] if intake.sha256 else [])
            raise
        finally:
            if intake.sha256:
                self.unpin(intake.sha256)

    @asynccontextmanager
    async def pinned(self, sha256: str) -> AsyncIterator[bool]:
        """Keeps a blob while the block commits a further row that names it. False where it has just been removed."""
        await self._pin(sha256)
        try:
            yield self._blobs.path(sha256).exists()
        finally:
            self.unpin(sha256)

    def reading(self, pieces: Sequence[tuple[str, int]], first: int, length: int) -> "Reading | None":
        """The bytes of a body made of ``pieces`` (blob and size); None when one of the blobs has just been removed.

        The blobs are pinned until the stream ends, is closed, or is forgotten.
        """
        selected = _selected(pieces, first, length)
        needed = {sha256 for sha256, _, _ in selected}
        if self._leaving in needed or not all(self._blobs.path(sha256).exists() for sha256 in needed):
            return None
        self._pins.update(needed)
        return Reading(self._blobs, selected, self.unpin)

    def suspect(self, sha256s: Iterable[str]) -> None:
        """Lets the sweeper look whether these blobs are still needed."""
        before = len(self._suspects)
        self._suspects.update(sha256s)
        if len(self._suspects) > before:
            self._wake.set()

    def suspect_all(self) -> None:
        self._all_are_suspect = True
        self._wake.set()

    def unpin(self, sha256: str) -> None:
        self._pins[sha256] -= 1
        if self._pins[sha256] <= 0:
            del self._pins[sha256]
            if sha256 in self._suspects:
                self._wake.set()

    async def sweep_for_ever(self) -> None:
        """Removes what nobody needs, whenever there is something to look at."""
        while True:
            await self.sweep()
            await self._wake.wait()

    async def sweep(self) -> None:
        """Looks at every suspect once."""
        self._wake.clear()
        if self._all_are_suspect:
            self._all_are_suspect = False
            self._suspects.update(await asyncio.to_thread(list, self._blobs.all()))
        candidates = [suspect for suspect in self._suspects if suspect not in self._pins]
        for start in range(0, len(candidates), SWEPT_AT_ONCE):
            batch = frozenset(candidates[start : start + SWEPT_AT_ONCE])
            self._suspects -= batch  # before the rows are asked: who is suspected meanwhile is looked at again
            for sha256 in batch - await self._named(batch):
                await self._remove_if_unneeded(sha256)

    async def _remove_if_unneeded(self, sha256: str) -> None:
        """Asks behind the gate, so no row will name the blob meanwhile; a reader may still come, of a row that is gone."""
        async with self._gate:
            is_named = bool(await self._named(frozenset([sha256])))
            if sha256 in self._pins:
                self._suspects.add(sha256)  # looked at again when it is let go
            elif not is_named:
                self._leaving = sha256
                try:
                    await self._blobs.delete(sha256)
                finally:
                    self._leaving = ""

    async def _pin(self, sha256: str) -> None:
        async with self._gate:
            self._pins[sha256] += 1


class _Intake:
    """Hands a body on, chunk by chunk, while it computes what must be verified; refuses at the end what is not as expected."""

    def __init__(self, source: Body | bytes, expected: Expected, pin: Callable[[str], Awaitable[None]]) -> None:
        self._source = source
        self._pin = pin
        self._md5_expected = _md5_of(expected.content_md5)
        self._value_expected, self._algorithm = _choose(expected)
        self.sha256 = ""
        self.checksum = Checksum()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        sha256 = hashlib.sha256()
        md5 = hashlib.md5(usedforsecurity=False) if self._md5_expected else None
        running = checksums.RUNNING[self._algorithm]() if self._algorithm else None
        size = 0
        async for chunk in _chunks(self._source):
            size += len(chunk)
            if size > OBJECT_BYTES_MAX:
                raise errors.EntityTooLarge(ProposedSize=size, MaxSizeAllowed=OBJECT_BYTES_MAX)
            sha256.update(chunk)
            if md5:
                md5.update(chunk)
            if running:
                running.update(chunk)
            yield chunk
        if md5 and md5.digest() != self._md5_expected:
            raise errors.BadMd5()
        if running:
            self.checksum = self._verified(checksums.encoded(running.digest()))
        await self._pin(sha256.hexdigest())
        self.sha256 = sha256.hexdigest()

    def _verified(self, value: str) -> Checksum:
        if self._value_expected and self._value_expected != value:
            raise errors.BadChecksum(self._algorithm)
        return Checksum(self._algorithm, value)


class Reading:
    """A span of a body's bytes, as an asynchronous iterator that lets go of its blobs in the end, however it ends."""

    def __init__(self, blobs: Blobs, selected: list[tuple[str, int, int]], unpin: Callable[[str], None]) -> None:
        self._pinned = {sha256 for sha256, _, _ in selected}
        self._unpin = unpin
        self._loop = asyncio.get_running_loop()
        self._chunks = _read(blobs, selected)

    def __aiter__(self) -> "Reading":
        return self

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._chunks)
        except BaseException:
            self._let_go()
            raise

    async def aclose(self) -> None:
        await self._chunks.aclose()
        self._let_go()

    def __del__(self) -> None:
        if self._pinned:
            # The collector may call this on any thread; pins belong to the loop's. A loop that has ended needs none.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(_unpin_all, self._pinned, self._unpin)

    def _let_go(self) -> None:
        _unpin_all(self._pinned, self._unpin)


def _unpin_all(pinned: set[str], unpin: Callable[[str], None]) -> None:
    while pinned:
        unpin(pinned.pop())


async def _read(blobs: Blobs, selected: list[tuple[str, int, int]]) -> AsyncGenerator[bytes, None]:
    for sha256, offset, length in selected:
        async with aclosing(blobs.open(sha256, offset, length)) as chunks:
            async for chunk in chunks:
                yield chunk


def _selected(pieces: Sequence[tuple[str, int]], first: int, length: int) -> list[tuple[str, int, int]]:
    """Which bytes of which blobs make up a span: (blob, offset, length)."""
    selected = []
    start = 0
    for sha256, size in pieces:
        begin, end = max(first, start), min(first + length, start + size)
        if begin < end:
            selected.append((sha256, begin - start, end - begin))
        start += size
    return selected


async def _chunks(source: Body | bytes) -> AsyncIterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    async for chunk in source:
        yield chunk


def _md5_of(content_md5: str | None) -> bytes | None:
    if content_md5 is None:
        return None
    try:
        digest = base64.b64decode(content_md5, validate=True)
    except binascii.Error:
        digest = b""
    if len(digest) != 16:
        raise errors.InvalidDigest(ContentMD5=content_md5)
    return digest


def _choose(expected: Expected) -> tuple[str, str]:
    """The checksum that the client expects ("" for none) and its algorithm ("" for none)."""
    if len(expected.checksums) > 1:
        raise errors.InvalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
    for algorithm, value in expected.checksums.items():
        if not checksums.is_well_formed(algorithm, value):
            raise errors.InvalidRequest(f"Value for x-amz-checksum-{algorithm.lower()} header is invalid.")
        return value, algorithm
    return "", expected.algorithm
