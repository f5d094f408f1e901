"""What all operations of s3 share."""

from lambent.core.clock import Clock, Instant
from lambent.core.context import Context
from lambent.services.s3.bodies import Bodies
from lambent.services.s3.engine import buckets
from lambent.services.s3.tables.buckets import Bucket
from lambent.store.database import Database


class Base:
    """Keeps what the operations work with."""

    store: Database
    clock: Clock
    bodies: Bodies

    def now(self) -> Instant:
        """The time in whole seconds: HTTP tells no finer one, and both listings and headers must say the same."""
        return float(int(self.clock.now()))

    async def bucket(self, context: Context, name: str) -> Bucket:
        """Raises NoSuchBucket: asked before a body is taken in that nobody could keep."""
        return await self.store.read(buckets.require, context.account, name)
