"""How queues are made, changed, purged and deleted."""

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.ports import messages_topic
from lambent.durable.timers import Timers
from lambent.services.sqs import errors
from lambent.services.sqs.engine import attributes, policies, queue
from lambent.services.sqs.engine.queue import Queue, of_row
from lambent.services.sqs.tables import deduplication, groups, messages, queues
from lambent.services.sqs.tables.messages import Counts
from lambent.services.sqs.tables.queues import QueueRow
from lambent.store.database import Transaction

NAME_REUSED_AFTER_S = 60.0
PURGE_EVERY_S = 60.0
TAGS_MAX = 50
SWEPT_PER_STEP = 2_000
SWEEP = "sqs.sweep"
"""Timers of this kind remove what is left of an ended backlog; their key is its id."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_FIFO_NAME = re.compile(r"(?=.{1,80}$)[A-Za-z0-9_-]+\.fifo")


class Page(Struct, frozen=True):
    """Some of the queues, and whether there are more."""

    queues: list[Queue]
    is_truncated: bool


def create(
    tx: Transaction, scope: tuple[str, str], name: str, given: Mapping[str, str], tags: Mapping[str, str], now: Instant
) -> None:
    """Makes the queue; one that is there already, with the attributes that are given, stays as it is."""
    account, region = scope
    is_fifo = _checked_name(name, given)
    row = queues.find(tx, account, region, name)
    kept = attributes.checked(given, is_fifo=is_fifo, is_new=True, kept={})
    if row is not None:
        difference = attributes.first_difference(of_row(row), given)
        if difference is not None:
            raise errors.QueueNameExists(name=difference)
        return
    deleted_at = queues.deleted_at(tx, account, region, name)
    if deleted_at is not None and now < deleted_at + NAME_REUSED_AFTER_S:
        raise errors.QueueDeletedRecently()
    queues.forget_deleted(tx, account, region, now - NAME_REUSED_AFTER_S)
    _check_tags(name, tags)
    _check_target(tx, queue.arn_of(account, region, name), kept)
    queues.insert(tx, account, region, name, now=now, dead_letter_arn=_target_of(kept), attributes=kept, tags=tags)
    tx.signal(messages_topic(queue.arn_of(account, region, name)))  # who follows a queue that was not there shall look again


def find(tx: Transaction, account: str, region: str, name: str) -> Queue:
    """Raises QueueDoesNotExist."""
    return of_row(_require(tx, account, region, name))


def set_attributes(tx: Transaction, target: Queue, given: Mapping[str, str], now: Instant) -> None:
    row = _require(tx, *target.key)
    kept = attributes.checked(given, is_fifo=target.is_fifo, is_new=False, kept=row.attributes)
    if "RedrivePolicy" in given:
        _check_target(tx, target.arn, kept)
    store_attributes(tx, row, kept, now)


def store_attributes(tx: Transaction, row: QueueRow, kept: Mapping[str, str], now: Instant) -> None:
    queues.set_attributes(tx, row.id, kept, dead_letter_arn=_target_of(kept), now=now)
    _signal(tx, row)


def counts(tx: Transaction, target: Queue, now: Instant) -> Counts:
    return messages.counts(tx, target.backlog_id, now=now, sent_until=target.sent_until(now))


def delete(tx: Transaction, target: Queue, timers: Timers, now: Instant) -> None:
    row = _require(tx, *target.key)
    queues.delete(tx, row, now)
    _end_backlog(tx, row, timers, now)
    _signal(tx, row)
    tx.signal(target.topic)  # who waits for messages shall hear that there is no queue any more


def purge(tx: Transaction, target: Queue, timers: Timers, now: Instant) -> None:
    """Raises PurgeQueueInProgress within a minute of the last purge."""
    row = _require(tx, *target.key)
    if now < row.purged_at + PURGE_EVERY_S:
        raise errors.PurgeQueueInProgress(name=row.name)
    last = queues.last_sequence(tx, row.backlog_id)
    queues.set_backlog(tx, row.id, queues.new_backlog(tx, row.account, row.region, last_sequence=last), now)
    _end_backlog(tx, row, timers, now)
    _signal(tx, row)


def sweep(tx: Transaction, backlog_id: int) -> bool:
    """Removes some of what is left of an ended backlog; False where that was the last."""
    if messages.delete_of_backlog(tx, backlog_id, SWEPT_PER_STEP) == SWEPT_PER_STEP:
        return True
    groups.delete_of_backlog(tx, backlog_id)
    deduplication.delete_of_backlog(tx, backlog_id)
    queues.delete_backlog(tx, backlog_id)
    return False


# ---- finding queues --------------------------------------------------------------------------------------------------


def page(tx: Transaction, scope: tuple[str, str], *, prefix: str, after: str, count_max: int) -> Page:
    """Queues in order of their names that begin with ``prefix``."""
    rows = queues.page(tx, *scope, after=after, first=prefix, count_max=count_max + 1)
    found = [of_row(row) for row in rows if row.name.startswith(prefix)]
    return Page(found[:count_max], len(found) > count_max)


def sources(tx: Transaction, target: Queue, *, after: str, count_max: int) -> Page:
    """Queues whose dead-letter queue this one is."""
    rows = queues.sources(tx, target.arn, after=after, count_max=count_max + 1)
    return Page([of_row(row) for row in rows[:count_max]], len(rows) > count_max)


# ---- tags ------------------------------------------------------------------------------------------------------------


def add_tags(tx: Transaction, target: Queue, tags: Mapping[str, str]) -> None:
    row = _require(tx, *target.key)
    merged = {**row.tags, **tags}
    _check_tags(row.name, merged)
    queues.set_tags(tx, row.id, merged)
    _signal(tx, row)


def remove_tags(tx: Transaction, target: Queue, keys: Sequence[str]) -> None:
    row = _require(tx, *target.key)
    queues.set_tags(tx, row.id, {key: value for key, value in row.tags.items() if key not in keys})
    _signal(tx, row)


# ---- checks ----------------------------------------------------------------------------------------------------------


def _checked_name(name: str, given: Mapping[str, str]) -> bool:
    """Whether it names a FIFO queue. Raises InvalidParameterValue for a name that no queue can have."""
    wants_fifo = given.get("FifoQueue", "").lower() == "true"
    if not name:
        raise errors.InvalidParameterValue(reason="Queue name cannot be empty")
    if wants_fifo and not _FIFO_NAME.fullmatch(name):
        raise errors.InvalidParameterValue(
            reason="The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with"
            " .fifo suffix and be 1 to 80 in length"
        )
    if _NAME.fullmatch(name) or (_FIFO_NAME.fullmatch(name) and "FifoQueue" in given):
        return name.endswith(".fifo")
    raise errors.InvalidParameterValue(
        reason="Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
    )


def _check_tags(name: str, tags: Mapping[str, str]) -> None:
    if len(tags) > TAGS_MAX:
        raise errors.InvalidParameterValue(reason=f"Too many tags added for queue {name}.")


def _check_target(tx: Transaction, source_arn: str, kept: Mapping[str, str]) -> None:
    """Raises InvalidValue for a dead-letter queue that is not there, or does not take what this one sends."""
    policy = kept.get("RedrivePolicy", "")
    redrive = queue.redrive_of(policy)
    if redrive is None:
        return
    account, region = source_arn.split(":")[4], source_arn.split(":")[3]
    target = redrive.dead_letter
    if target.account != account or target.region != region:
        raise policies.bad_redrive(policy, "Dead-letter target owner should be same as the source.")
    row = queues.find(tx, target.account, target.region, target.resource)
    if row is None:
        raise policies.bad_redrive(policy, "Dead letter target does not exist.")
    if not policies.allows_redrive(row.attributes.get("RedriveAllowPolicy", ""), source_arn):
        reason = "Source queue is not allowed by the redrive allow policy of the dead-letter queue."
        raise policies.bad_redrive(policy, reason)


def _target_of(kept: Mapping[str, str]) -> str:
    redrive = queue.redrive_of(kept.get("RedrivePolicy", ""))
    return "" if redrive is None else str(redrive.dead_letter)


def _require(tx: Transaction, account: str, region: str, name: str) -> QueueRow:
    row = queues.find(tx, account, region, name)
    if row is None:
        raise errors.QueueDoesNotExist()
    return row


def _end_backlog(tx: Transaction, row: QueueRow, timers: Timers, now: Instant) -> None:
    queues.end_backlog(tx, row.backlog_id)
    timers.set(tx, SWEEP, str(row.backlog_id), now, account=row.account, region=row.region)


def _signal(tx: Transaction, row: QueueRow) -> None:
    tx.signal(queue.changed_topic(row.account, row.region, row.name))
