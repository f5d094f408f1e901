"""Zips of code and layers: taken in, checked, kept as blobs, handed out by URL, and swept when nothing needs them."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import parse_qs, urlencode

from lambent.core.clock import PLATFORM, Clock
from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.core.ports import Archive, BadArchive, Caller, Sessions, ZipInspector
from lambent.durable.signals import Signals
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import checks, limits
from lambent.services.lambda_.engine.settings import Code
from lambent.services.lambda_.tables import archives
from lambent.store.blobs import Blobs
from lambent.store.database import Database
from lambent.store.kept_blobs import KeptBlobs

LOCATION_PATH = "/_lambent/code/"
LOCATION_S_MAX = 600


class Archives:
    """The zips that functions and layers are made of."""

    def __init__(
        self,
        *,
        store: Database,
        blobs: Blobs,
        clock: Clock,
        call: Caller,
        signals: Signals,
        sessions: Sessions,
        inspect_zip: ZipInspector,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._clock = clock
        self._call = call
        self._signals = signals
        self._sessions = sessions
        self._inspect_zip = inspect_zip
        self._kept = KeptBlobs(blobs, used=self._used, wake=self.wake)
        self._own: set[str] = set()  # zips of the platform's, which no row need name

    def keeping(self) -> AbstractAsyncContextManager[None]:
        """While the block runs nothing is swept: what was put in it may be recorded in it."""
        return self._kept.keeping()

    async def fetch(self, context: Context, source: Mapping[str, Any], *, operation: str) -> Code:
        """Takes in the zip that ``source`` holds (ZipFile) or names (S3Bucket, S3Key, S3ObjectVersion).

        Raises what AWS finds wrong with its size or content. To be called while ``keeping``.
        """
        zip_file: bytes | None = source.get("ZipFile")
        bucket, key = source.get("S3Bucket"), source.get("S3Key")
        if zip_file is None and not (bucket and key):
            raise errors.InvalidParameterValue(reason="Please provide a source for function code.")
        if zip_file is None:
            return await self._keep(self._from_s3(context, source))
        if bucket or key:
            raise errors.InvalidParameterValue(
                reason="Please do not provide other FunctionCode parameters when providing a ZipFile."
            )
        checks.check_zip_request(len(zip_file), operation)
        return await self._keep(zip_file)

    async def take(self, content: bytes) -> Code:
        """Keeps a zip of our own, as long as the platform runs. To be called while ``keeping``."""
        code = await self._keep(content)
        self._own.add(code.sha256)
        return code

    async def take_note(self, folder: str) -> Code:
        """Keeps, in the place of a zip, the name of a folder that a function is served from. To be called while ``keeping``."""
        blob = await self._blobs.put(folder.encode())
        return Code(blob.sha256, 0, 0)

    def archive(self, code: Code) -> Archive:
        return Archive(code.sha256, self._blobs.path(code.sha256))

    def location(self, context: Context, code: Code) -> str:
        """A URL at the platform that gives the zip to whoever has it, for ten minutes, as AWS' presigned ones do."""
        expires = str(int(self._clock.of(PLATFORM).now()) + LOCATION_S_MAX)  # who brings it names no account
        query = urlencode({"Expires": expires, "Signature": self._signature(code.sha256, expires)})
        return f"{context.endpoint_url}{LOCATION_PATH}{code.sha256}?{query}"

    async def open(self, sha256: str, query: str) -> AsyncIterator[bytes] | None:
        """The bytes that a location stands for, or None where its signature is wrong, its time over, or the zip gone."""
        given = parse_qs(query)
        expires, signature = given.get("Expires", [""])[0], given.get("Signature", [""])[0]
        is_ours = hmac.compare_digest(signature.encode(), self._signature(sha256, expires).encode())
        if not is_ours or float(expires) < self._clock.of(PLATFORM).now() or not self._blobs.path(sha256).is_file():
            return None
        return self._blobs.open(sha256)

    def wake(self) -> None:
        """Has the sweeper look soon."""
        self._signals.notify(archives.UNUSED_TOPIC)

    async def run(self) -> None:
        """Sweeps what nothing needs: when the platform starts, and whenever something may have lost its last user."""
        with self._signals.listen(archives.UNUSED_TOPIC) as listener:
            while True:
                await self.sweep()
                await listener.wait()

    async def sweep(self) -> None:
        """Deletes every blob that no row names."""
        await self._kept.sweep()

    async def _used(self) -> set[str]:
        return await self._store.read(archives.list_used) | self._own

    def _signature(self, sha256: str, expires: str) -> str:
        return self._sessions.secret_of(f"code/{sha256}/{expires}")

    async def _keep(self, content: bytes | AsyncIterator[bytes]) -> Code:
        blob = await self._blobs.put(content)
        try:
            unzipped_bytes = await asyncio.to_thread(self._inspect_zip, self._blobs.path(blob.sha256))
        except BadArchive as bad:
            raise errors.BadZip() from bad
        checks.check_unzipped(unzipped_bytes)
        return Code(blob.sha256, blob.size, unzipped_bytes)

    async def _from_s3(self, context: Context, source: Mapping[str, Any]) -> AsyncIterator[bytes]:
        wanted = {"Bucket": source["S3Bucket"], "Key": source["S3Key"]}
        if source.get("S3ObjectVersion"):
            wanted["VersionId"] = source["S3ObjectVersion"]
        try:
            reply = await self._call(context, "s3", "GetObject", wanted)
        except ServiceError as error:
            raise errors.CodeNotFetched(error_code=error.code, error_message=error.message) from error
        size = 0
        async for chunk in _chunks(reply["Body"]):
            size += len(chunk)
            if size > limits.UNZIPPED_BYTES_MAX:
                raise errors.UnzippedTooLarge(limit=limits.UNZIPPED_BYTES_MAX)
            yield chunk


async def _chunks(body: bytes | AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if isinstance(body, bytes):
        yield body
        return
    async for chunk in body:
        yield chunk
