"""How long events are kept: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html."""

from collections.abc import Callable

from lambent.core.clock import Instant
from lambent.services.logs.engine.ingestion import DAY_MS
from lambent.services.logs.tables import batches, groups
from lambent.services.logs.tables.groups import Group
from lambent.store.database import Transaction

BATCHES_AT_ONCE = 1_000  # deleted in one transaction, so that no commit of events waits long
SWEEP_EVERY_S = 3_600.0

NowOf = Callable[[str], Instant]
"""Tells an account's time."""


def kept_from_ms(group: Group, now_ms: int) -> int:
    """Events before this are past the group's retention: hidden at once, deleted by the next sweep."""
    return now_ms - group.retention_days * DAY_MS if group.retention_days else 0


def is_anything_expired(tx: Transaction, now_of: NowOf) -> bool:
    return any(
        batches.expired(tx, group.id, before_ms=kept_from_ms(group, _now_ms(group, now_of)), count_max=1)
        for group in groups.with_retention(tx)
    )


def sweep_some(tx: Transaction, now_of: NowOf) -> None:
    """Deletes some batches that are past their retention."""
    counted_until = batches.counted_until(tx)
    left = BATCHES_AT_ONCE
    for group in groups.with_retention(tx):
        expired = batches.expired(tx, group.id, before_ms=kept_from_ms(group, _now_ms(group, now_of)), count_max=left)
        batches.delete(tx, [id_ for id_, _ in expired])
        groups.add_stored_bytes(tx, group.id, -sum(size for id_, size in expired if id_ <= counted_until))
        left -= len(expired)
        if left == 0:
            return


def next_sweeps_at(tx: Transaction, now_of: NowOf) -> dict[str, Instant]:
    """When to look again for each account that has groups with a retention; for none an idle platform sleeps."""
    return {account: now_of(account) + SWEEP_EVERY_S for account in {group.account for group in groups.with_retention(tx)}}


def _now_ms(group: Group, now_of: NowOf) -> int:
    return int(now_of(group.account) * 1000)
