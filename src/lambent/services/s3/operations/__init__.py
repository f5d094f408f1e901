"""S3's operations, by what they are about: buckets, objects, copies, lists, uploads.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
"""

from lambent.core.clock import Clock
from lambent.durable.workers import Worker
from lambent.services.s3.bodies import Bodies
from lambent.services.s3.engine.objects import blobs_named
from lambent.services.s3.operations.buckets import BucketOperations
from lambent.services.s3.operations.copying import CopyOperations
from lambent.services.s3.operations.listing import ListOperations
from lambent.services.s3.operations.settings import SettingOperations
from lambent.services.s3.operations.uploads import UploadOperations
from lambent.store.blobs import Blobs
from lambent.store.database import Database


class S3(BucketOperations, SettingOperations, CopyOperations, UploadOperations, ListOperations):
    """S3 for one platform. Bucket names belong to the account: two accounts may each have one of the same name."""

    def __init__(self, *, store: Database, blobs: Blobs, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self.bodies = Bodies(blobs.apart("s3"), named=self._named)

    def workers(self) -> list[Worker]:
        return [Worker("s3.sweeper", self.bodies.sweep_for_ever)]

    def forget(self, account: str | None) -> None:  # noqa: ARG002  bodies do not tell whose they are
        """After a reset, bodies may have lost their names."""
        self.bodies.suspect_all()

    async def _named(self, sha256s: frozenset[str]) -> set[str]:
        return await self.store.read(blobs_named, sha256s)
