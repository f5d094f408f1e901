"""What is told of a stream's records that were given up: the part that lambda's mappings and pipes have in common.

https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.durable.followers.consumer import Failure
from lambent.durable.followers.stream_records import Dialect, Entry


class GivenUp(Struct, frozen=True):
    """Records of one shard that were given up together."""

    shard_id: str
    stream_arn: str
    entries: Sequence[Entry]
    failure: Failure
    dialect: Dialect

    def members(self) -> dict[str, Any]:
        """When, and which records; to be put behind who says so and why."""
        first, last, timespec = self.entries[0], self.entries[-1], self.dialect.info_timespec
        return {
            "version": "1.0",
            "timestamp": _iso(self.failure.at, "milliseconds"),
            self.dialect.info_name: {
                "shardId": self.shard_id,
                "startSequenceNumber": first.sequence,
                "endSequenceNumber": last.sequence,
                "approximateArrivalOfFirstRecord": _iso(first.arrived_at, timespec),
                "approximateArrivalOfLastRecord": _iso(last.arrived_at, timespec),
                "batchSize": len(self.entries),
                "streamArn": self.stream_arn,
            },
        }


def _iso(instant: Instant, timespec: str) -> str:
    return datetime.fromtimestamp(instant, UTC).isoformat(timespec=timespec).replace("+00:00", "Z")
