"""A queue with its attributes as typed values: what every operation on messages works with."""

import json
from dataclasses import dataclass, field
from functools import cached_property

from msgspec import Struct

from lambent.core.arn import Arn
from lambent.core.clock import Instant
from lambent.core.ports import messages_topic
from lambent.services.sqs.engine import receipts
from lambent.services.sqs.tables.queues import QueueRow

CHANGED_PREFIX = "sqs.queue/"
MESSAGE_BYTES_MAX = 1_048_576

DEFAULTS = {
    "VisibilityTimeout": "30",
    "MaximumMessageSize": str(MESSAGE_BYTES_MAX),
    "MessageRetentionPeriod": "345600",
    "DelaySeconds": "0",
    "ReceiveMessageWaitTimeSeconds": "0",
}
"""What a queue has that was never told otherwise: seconds, bytes."""


class Redrive(Struct, frozen=True):
    """Where messages go that were received more often than ``receives_max``."""

    dead_letter: Arn
    receives_max: int


@dataclass(frozen=True)
class Queue:
    """One queue as it was read. It is kept in memory, so nothing of it may change."""

    row: QueueRow
    arn: str
    backlog_id: int
    is_fifo: bool
    visibility_timeout_s: int
    delay_s: int
    wait_s: int
    retention_s: int
    message_bytes_max: int
    redrive: Redrive | None
    deduplicates_by_content: bool
    deduplicates_by_group: bool
    topic: str
    receipt_seed: int = field(repr=False)

    @property
    def account(self) -> str:
        return self.row.account

    @property
    def region(self) -> str:
        return self.row.region

    @property
    def name(self) -> str:
        return self.row.name

    @property
    def policy(self) -> str:
        """Whom it lets in; "" for nobody."""
        return self.row.attributes.get("Policy", "")

    @cached_property
    def key(self) -> tuple[str, str, str]:
        return self.row.account, self.row.region, self.row.name

    def sent_until(self, now: Instant) -> Instant:
        """A message sent by then has been kept long enough."""
        return now - self.retention_s


def arn_of(account: str, region: str, name: str) -> str:
    return f"arn:aws:sqs:{region}:{account}:{name}"


def changed_topic(account: str, region: str, name: str) -> str:
    """The signal that what is known of a queue is out of date."""
    return f"{CHANGED_PREFIX}{account}/{region}/{name}"


def of_row(row: QueueRow) -> Queue:
    settings = {**DEFAULTS, **row.attributes}
    arn = arn_of(row.account, row.region, row.name)
    return Queue(
        row=row,
        arn=arn,
        backlog_id=row.backlog_id,
        is_fifo=row.name.endswith(".fifo"),
        visibility_timeout_s=int(settings["VisibilityTimeout"]),
        delay_s=int(settings["DelaySeconds"]),
        wait_s=int(settings["ReceiveMessageWaitTimeSeconds"]),
        retention_s=int(settings["MessageRetentionPeriod"]),
        message_bytes_max=int(settings["MaximumMessageSize"]),
        redrive=redrive_of(settings.get("RedrivePolicy", "")),
        deduplicates_by_content=settings.get("ContentBasedDeduplication") == "true",
        deduplicates_by_group=settings.get("DeduplicationScope") == "messageGroup",
        topic=messages_topic(arn),
        receipt_seed=receipts.seed_of(arn),
    )


def redrive_of(policy: str) -> Redrive | None:
    """The redrive policy that an attribute holds; it was checked when it was set."""
    if not policy:
        return None
    document = json.loads(policy)
    dead_letter = Arn.parse(document["deadLetterTargetArn"])
    assert dead_letter is not None, f"a dead letter target that is no ARN was let in: {policy}"
    return Redrive(dead_letter, int(document["maxReceiveCount"]))
