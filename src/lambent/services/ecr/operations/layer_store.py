"""The bytes of layers: taken in piece by piece, checked against their digest, given out, and swept when nothing needs them."""

from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

from lambent.core.clock import Clock
from lambent.durable.signals import Signals
from lambent.services.ecr import errors
from lambent.services.ecr.engine import layers, limits
from lambent.services.ecr.engine.identifiers import RepositoryName, sha256_of
from lambent.services.ecr.tables.layers import UNUSED_TOPIC, Piece
from lambent.store.blobs import Blob, Blobs
from lambent.store.database import Database
from lambent.store.kept_blobs import KeptBlobs


class LayerStore:
    """What is acknowledged here is committed: each piece of an upload, each layer."""

    def __init__(self, *, store: Database, blobs: Blobs, clock: Clock, signals: Signals) -> None:
        self._store = store
        self._blobs = blobs
        self._clock = clock
        self._signals = signals
        self._kept = KeptBlobs(blobs, used=lambda: store.read(layers.used_blobs), wake=self.wake)

    async def begin(self, name: RepositoryName) -> str:
        """A new upload's id. Raises RepositoryNotFound."""
        return await self._store.write(layers.begin, name, self._clock.now())

    async def received(self, name: RepositoryName, upload: str) -> int:
        """How many bytes of an upload are here. Raises RepositoryNotFound, UploadNotFound."""
        return layers.received(await self._store.read(layers.pieces, name, upload))

    async def add(
        self, name: RepositoryName, upload: str, chunks: bytes | AsyncIterator[bytes], *, first_byte: int | None = None
    ) -> int:
        """Takes in the next bytes, and returns how many there are now. ``first_byte`` None: where the last piece ended.

        Raises RepositoryNotFound, UploadNotFound, InvalidLayerPart.
        """
        there = await self.received(name, upload)
        if first_byte not in (None, there):
            raise errors.InvalidLayerPart()
        async with self._kept.keeping():
            blob = await self._blobs.put(_limited(chunks, limits.LAYER_BYTES_MAX - there))
            if blob.size:
                await self._store.write(layers.add, name, upload, Piece(there, blob.sha256, blob.size))
        return there + blob.size

    async def complete(self, name: RepositoryName, upload: str, digest: str) -> int:
        """Makes a layer of an upload, and returns its bytes.

        Raises RepositoryNotFound, UploadNotFound, EmptyUpload, InvalidLayer.
        """
        async with self._kept.keeping():
            pieces = await self._store.read(layers.pieces, name, upload)
            if not pieces:
                raise errors.EmptyUpload()
            if len(pieces) == 1:  # it is the layer's blob already
                whole, size = pieces[0].sha256, pieces[0].bytes
            else:
                blob = await self._blobs.put(self._joined(pieces))
                whole, size = blob.sha256, blob.size
            if whole != sha256_of(digest):
                await self._store.write(layers.cancel, name, upload)
                raise errors.InvalidLayer()
            await self._store.write(layers.complete, name, upload, digest, size, self._clock.now())
        return size

    async def keep(self, name: RepositoryName, digest: str, chunks: AsyncIterator[bytes]) -> int:
        """A layer that comes in one piece; returns its bytes. Raises RepositoryNotFound, InvalidLayer."""
        async with self._kept.keeping():
            blob: Blob = await self._blobs.put(_limited(chunks, limits.LAYER_BYTES_MAX))
            if blob.sha256 != sha256_of(digest):
                raise errors.InvalidLayer()
            await self._store.write(layers.keep, name, digest, blob.size, self._clock.now())
        return blob.size

    async def cancel(self, name: RepositoryName, upload: str) -> None:
        await self._store.write(layers.cancel, name, upload)

    async def remove(self, name: RepositoryName, digest: str) -> None:
        """Raises RepositoryNotFound, LayerInaccessible, LayerInUse."""
        await self._store.write(layers.remove, name, digest)

    async def mount(self, name: RepositoryName, source: RepositoryName, digest: str) -> bool:
        return await self._store.write(layers.mount, name, source, digest, self._clock.now())

    async def size(self, name: RepositoryName, digest: str) -> int:
        """Raises RepositoryNotFound, LayerInaccessible."""
        return await self._store.read(layers.find, name, digest)

    def path(self, digest: str) -> Path:
        return self._blobs.path(sha256_of(digest))

    def open(self, digest: str, offset: int = 0, length: int | None = None) -> AsyncGenerator[bytes, None]:
        return self._blobs.open(sha256_of(digest), offset, length)

    def wake(self) -> None:
        """Has the sweeper look soon."""
        self._signals.notify(UNUSED_TOPIC)

    async def run(self) -> None:
        """Forgets what was begun and never finished, and sweeps the blobs that nothing needs."""
        with self._signals.listen(UNUSED_TOPIC) as listener:
            while True:
                if any(due <= self._now_of(account) for account, due in (await self._store.read(layers.next_expiry)).items()):
                    await self._store.write(layers.expire, self._now_of)
                await self._kept.sweep()
                dues = await self._store.read(layers.next_expiry)
                await listener.wait(self._clock.earliest(dues.items()), is_background=True)

    def _now_of(self, account: str) -> float:
        return self._clock.of(account).now()

    async def _joined(self, pieces: list[Piece]) -> AsyncIterator[bytes]:
        for piece in pieces:
            async for chunk in self._blobs.open(piece.sha256):
                yield chunk


async def _limited(chunks: bytes | AsyncIterator[bytes], bytes_max: int) -> AsyncIterator[bytes]:
    """Raises InvalidLayerPart where more comes than a layer may have."""
    if isinstance(chunks, bytes):
        yield chunks
        return
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > bytes_max:
            raise errors.InvalidLayerPart()
        yield chunk
