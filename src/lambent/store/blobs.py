"""Bytes named by their content: files in a folder, put whole or not at all.

A put writes a file of its own, syncs it, renames it to its name and syncs the folder: who knows the name finds all the bytes,
even after a power cut. What a crash left half-written stands in ``incoming`` and is removed when the store opens.
"""

import asyncio
import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import BinaryIO, ParamSpec, TypeVar

from msgspec import Struct

from lambent.core import ids
from lambent.core.clock import Busy

CHUNK_BYTES = 1024 * 1024  # read at a time
GATHERED_BYTES = 256 * 1024  # small pieces are written together: a hop to a thread costs more than copying them
_INCOMING = "incoming"

P = ParamSpec("P")
T = TypeVar("T")


class Blob(Struct, frozen=True):
    """``sha256`` and ``md5`` in lower-case hexadecimal digits."""

    sha256: str
    size: int
    md5: str


class Blobs:
    """A folder of blobs. Two puts of the same content at once are safe; both find it there.

    Deleting is the caller's decision and knows nothing of puts: who deletes must know that nobody has put the same content and
    is about to record its name (hold one lock, or one transaction's order, over both).
    """

    def __init__(self, folder: Path, *, durability: str = "power", busy: Busy | None = None) -> None:
        self._folder = folder
        self._durability = durability
        self._is_synced = durability == "power"
        self._busy = busy or Busy()
        self._incoming = folder / _INCOMING
        if self._incoming.exists():
            shutil.rmtree(self._incoming)
        self._incoming.mkdir(parents=True)
        self._synced: set[Path] = set()  # the folders known to have their own name on the disk
        if self._is_synced:
            sync_folder(folder.parent)

    def path(self, sha256: str) -> Path:
        """Where the blob stands, or would stand."""
        assert len(sha256) == 64, "a sha256 has 64 hexadecimal digits"
        return self._folder / sha256[:2] / sha256

    async def put(self, chunks: bytes | AsyncIterator[bytes]) -> Blob:
        """Keeps the bytes and returns when they are durable. What ``chunks`` raises passes through, and leaves nothing."""
        upload = _Upload(self._incoming / ids.hex_digits(32))
        try:
            if isinstance(chunks, bytes):
                return await self._work(self._put_whole, upload, chunks)
            gathered = bytearray()
            async for chunk in chunks:
                gathered += chunk
                if len(gathered) >= GATHERED_BYTES:
                    await self._work(upload.write, bytes(gathered))
                    gathered.clear()
            return await self._work(self._put_whole, upload, bytes(gathered))
        except BaseException:
            upload.abandon()
            raise

    async def adopt(self, path: Path, sha256: str) -> None:
        """Keeps a file whose digest is known, by a link where the disk can: nobody may change it. Raises FileNotFoundError."""
        await self._work(self._adopt, path, sha256)

    async def open(self, sha256: str, offset: int = 0, length: int | None = None) -> AsyncGenerator[bytes, None]:
        """The bytes from ``offset``, at most ``length``, in chunks. Raises FileNotFoundError where there is no such blob."""
        left = length
        file, chunk = await self._work(_open_and_read, self.path(sha256), offset, _chunk_bytes(left))
        try:
            while chunk:
                yield chunk
                if left is not None:
                    left -= len(chunk)
                chunk = b"" if left == 0 else await self._work(file.read, _chunk_bytes(left))
        finally:
            file.close()

    async def delete(self, sha256: str) -> None:
        """Removes the blob; removing what is not there is fine."""
        await self._work(self.path(sha256).unlink, True)

    def apart(self, name: str) -> "Blobs":
        """A folder of blobs inside this one whose owner deletes them without regard to what others keep here."""
        return Blobs(self._folder / name, durability=self._durability, busy=self._busy)

    def all(self) -> Iterator[str]:
        """The names of all blobs, read from the folder as it goes: for a thread."""
        return (path.name for path in self._folder.glob("??/*") if len(path.name) == 64)

    def _put_whole(self, upload: "_Upload", last: bytes) -> Blob:
        upload.write(last)
        blob = upload.finish(is_synced=self._is_synced)
        path = self.path(blob.sha256)
        path.parent.mkdir(exist_ok=True)
        upload.path.replace(path)
        if self._is_synced:
            # Also where the name was there before: another put may have renamed it and not synced it yet.
            sync_folder(path.parent)
            if path.parent not in self._synced:
                sync_folder(self._folder)
                self._synced.add(path.parent)
        return blob

    def _adopt(self, path: Path, sha256: str) -> None:
        target = self.path(sha256)
        target.parent.mkdir(exist_ok=True)
        try:
            os.link(path, target)
        except FileExistsError:
            pass
        except FileNotFoundError:
            raise
        except OSError:  # no links here, or another disk
            copy = self._incoming / ids.hex_digits(32)
            shutil.copyfile(path, copy)
            if self._is_synced:
                with copy.open("rb") as file:
                    _sync(file.fileno())
            copy.replace(target)
        if self._is_synced:
            sync_folder(target.parent)
            sync_folder(self._folder)

    async def _work(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs it on a thread: no disk stops the event loop. A caller that is cancelled leaves when the thread has ended."""
        with self._busy.working():
            work = asyncio.ensure_future(asyncio.to_thread(function, *args, **kwargs))
            try:
                return await asyncio.shield(work)
            except asyncio.CancelledError:
                await asyncio.gather(work, return_exceptions=True)
                raise


class _Upload:
    """One file being written, and what has been seen of its content. Used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = None
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._size = 0

    def write(self, data: bytes) -> None:
        if self._file is None:
            self._file = self.path.open("xb")
        self._file.write(data)
        self._sha256.update(data)
        self._md5.update(data)
        self._size += len(data)

    def finish(self, *, is_synced: bool) -> Blob:
        assert self._file is not None
        self._file.flush()
        if is_synced:
            _sync(self._file.fileno())
        self._file.close()
        return Blob(sha256=self._sha256.hexdigest(), size=self._size, md5=self._md5.hexdigest())

    def abandon(self) -> None:
        if self._file is not None:
            self._file.close()
        self.path.unlink(missing_ok=True)


def _open_and_read(path: Path, offset: int, count: int) -> tuple[BinaryIO, bytes]:
    """The file and its first chunk in one go: most blobs are one chunk, and each hop to a thread costs more than the read."""
    file = path.open("rb")
    try:
        file.seek(offset)
        return file, file.read(count)
    except BaseException:
        file.close()
        raise


def _chunk_bytes(left: int | None) -> int:
    return CHUNK_BYTES if left is None else min(CHUNK_BYTES, left)


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable, as fsync of a file makes its bytes."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _sync(descriptor)
    finally:
        os.close(descriptor)


def _sync(descriptor: int) -> None:
    if sys.platform == "darwin":
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)  # there fsync stops at the drive's own cache
    else:
        os.fsync(descriptor)
