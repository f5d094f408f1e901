"""Blobs that rows name: what is put may be recorded in peace, and what no row names is swept.

A blob is put before the row that names it can be committed. Whoever does both holds ``keeping`` around them; the sweep waits
for all of those and lets nobody in while it looks.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from lambent.store.blobs import Blobs


class KeptBlobs:
    """``used`` reads the names of all blobs that rows name; ``wake`` has the owner call ``sweep`` soon."""

    def __init__(self, blobs: Blobs, *, used: Callable[[], Awaitable[set[str]]], wake: Callable[[], None]) -> None:
        self._blobs = blobs
        self._used = used
        self._wake = wake
        self._keepers = 0
        self._gate = asyncio.Condition()

    @asynccontextmanager
    async def keeping(self) -> AsyncIterator[None]:
        """While the block runs nothing is swept: what was put in it may be recorded in it."""
        async with self._gate:
            self._keepers += 1
        try:
            yield
        except Exception:
            self._wake()  # what was put may be nobody's now
            raise
        finally:
            async with self._gate:
                self._keepers -= 1
                self._gate.notify_all()

    async def sweep(self) -> None:
        """Deletes every blob that no row names, while nobody is between putting one and recording it."""
        async with self._gate:
            await self._gate.wait_for(lambda: not self._keepers)
            used = await self._used()
            for sha256 in await asyncio.to_thread(lambda: set(self._blobs.all())) - used:
                await self._blobs.delete(sha256)
