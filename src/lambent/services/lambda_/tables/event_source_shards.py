"""How far mappings have come in the shards of their streams."""

from collections.abc import Sequence

from msgspec import Struct

from lambent.durable.followers.consumer import Starts
from lambent.durable.followers.progress import Progress, decode, encode
from lambent.services.lambda_.tables import event_source_mappings as mappings
from lambent.services.lambda_.tables.event_source_mappings import MappingRow
from lambent.store.database import Transaction

ADD_SHARD = """
INSERT INTO lambda_event_source_shards (account, region, mapping, shard, progress) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (account, region, mapping, shard) DO NOTHING
"""
SAVE_SHARD = """
UPDATE lambda_event_source_shards SET progress = ? WHERE account = ? AND region = ? AND mapping = ? AND shard = ?
"""
LOAD_SHARDS = (
    "SELECT shard, progress FROM lambda_event_source_shards WHERE account = ? AND region = ? AND mapping = ? ORDER BY shard"
)
DELETE_SHARD = "DELETE FROM lambda_event_source_shards WHERE account = ? AND region = ? AND mapping = ? AND shard = ?"
DELETE_SHARDS = "DELETE FROM lambda_event_source_shards WHERE account = ? AND region = ? AND mapping = ?"


def add(tx: Transaction, row: MappingRow, starts: Starts) -> None:
    """What is known of a shard already stays."""
    tx.run_many(ADD_SHARD, [(*_key(row), shard, encode(progress)) for shard, progress in starts])


def save(tx: Transaction, row: MappingRow, shard: str, progress: Progress) -> bool:
    """False where the mapping was deleted meanwhile."""
    return tx.run(SAVE_SHARD, (encode(progress), *_key(row), shard)) == 1


def load(tx: Transaction, row: MappingRow) -> dict[str, Progress]:
    return dict(tx.all(LOAD_SHARDS, _key(row), into=_shard))


def delete(tx: Transaction, row: MappingRow, ids: Sequence[str]) -> None:
    tx.run_many(DELETE_SHARD, [(*_key(row), shard) for shard in ids])


def delete_all(tx: Transaction, row: MappingRow) -> None:
    tx.run(DELETE_SHARDS, _key(row))


class MappingPlaces(Struct, frozen=True):
    """Where a mapping's followers write how far they have come (`durable.followers.consumer.Places`)."""

    row: MappingRow

    def load(self, tx: Transaction) -> dict[str, Progress]:
        return load(tx, self.row)

    def add(self, tx: Transaction, starts: Starts) -> None:
        add(tx, self.row, starts)

    def delete(self, tx: Transaction, shard_ids: Sequence[str]) -> None:
        delete(tx, self.row, shard_ids)

    def save(self, tx: Transaction, shard_id: str, progress: Progress, result: str) -> bool:
        if not save(tx, self.row, shard_id, progress):
            return False
        if result:
            mappings.set_last_result(tx, self.row, result)
        return True


def _key(row: MappingRow) -> tuple[str, str, str]:
    return row.scope.account, row.scope.region, row.id


def _shard(shard: str, progress: str) -> tuple[str, Progress]:
    return shard, decode(progress)
