"""How far pipes have come in the shards of their streams."""

from collections.abc import Sequence

from msgspec import Struct

from lambent.durable.followers.consumer import Starts
from lambent.durable.followers.progress import Progress, decode, encode
from lambent.store.database import Transaction

ADD_SHARD = """
INSERT INTO pipes_shards (account, region, pipe, shard, progress) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (account, region, pipe, shard) DO NOTHING
"""
SAVE_SHARD = "UPDATE pipes_shards SET progress = ? WHERE account = ? AND region = ? AND pipe = ? AND shard = ?"
LOAD_SHARDS = "SELECT shard, progress FROM pipes_shards WHERE account = ? AND region = ? AND pipe = ? ORDER BY shard"
DELETE_SHARD = "DELETE FROM pipes_shards WHERE account = ? AND region = ? AND pipe = ? AND shard = ?"
DELETE_SHARDS = "DELETE FROM pipes_shards WHERE account = ? AND region = ? AND pipe = ?"


class PipePlaces(Struct, frozen=True):
    """Where a pipe's followers write how far they have come (`durable.followers.consumer.Places`)."""

    key: tuple[str, str, str]

    def load(self, tx: Transaction) -> dict[str, Progress]:
        return dict(tx.all(LOAD_SHARDS, self.key, into=_shard))

    def add(self, tx: Transaction, starts: Starts) -> None:
        tx.run_many(ADD_SHARD, [(*self.key, shard, encode(progress)) for shard, progress in starts])

    def delete(self, tx: Transaction, shard_ids: Sequence[str]) -> None:
        tx.run_many(DELETE_SHARD, [(*self.key, shard) for shard in shard_ids])

    def delete_all(self, tx: Transaction) -> None:
        tx.run(DELETE_SHARDS, self.key)

    def save(self, tx: Transaction, shard_id: str, progress: Progress, result: str) -> bool:  # noqa: ARG002 - pipes tell none
        return tx.run(SAVE_SHARD, (encode(progress), *self.key, shard_id)) == 1


def _shard(shard: str, progress: str) -> tuple[str, Progress]:
    return shard, decode(progress)
