"""Counts what came in: first and last events of streams, bytes of groups.

Taking events in counts nothing, because a counter would cost each commit a page. Each batch is counted once, when somebody asks
or when the sweep comes by; AWS too says that these figures lag.
"""

from lambent.services.logs.tables import batches, groups, streams
from lambent.store.database import Transaction

BATCHES_AT_ONCE = 20_000  # bounds how long one transaction reads


def catch_up(tx: Transaction) -> None:
    """Counts every batch that is not counted yet."""
    until = batches.newest_id(tx)
    counted = batches.counted_until(tx)
    while counted < until:
        counted = _count(tx, counted, min(until, counted + BATCHES_AT_ONCE))


def is_anything_uncounted(tx: Transaction) -> bool:
    return batches.counted_until(tx) < batches.newest_id(tx)


def catch_up_some(tx: Transaction) -> None:
    """Counts some batches, so that no commit of events waits long."""
    counted = batches.counted_until(tx)
    _count(tx, counted, min(batches.newest_id(tx), counted + BATCHES_AT_ONCE))


def _count(tx: Transaction, after_id: int, until_id: int) -> int:
    group_bytes: dict[int, int] = {}
    for count in batches.uncounted(tx, after_id=after_id, until_id=until_id):
        streams.count_events(tx, count.stream_id, first_ms=count.first_ms, last_ms=count.last_ms, ingested_ms=count.ingested_ms)
        group_bytes[count.group_id] = group_bytes.get(count.group_id, 0) + count.bytes
    for group_id, size in group_bytes.items():
        groups.add_stored_bytes(tx, group_id, size)
    batches.set_counted_until(tx, until_id)
    return until_id
