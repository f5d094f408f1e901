"""What producers bring: checked, and sent to the shards that their keys say.

Limits: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from lambent.services.kinesis import errors
from lambent.services.kinesis.engine import sequences
from lambent.services.kinesis.engine.stream import HASH_KEY_MAX, Shard, Stream
from lambent.services.kinesis.tables.blocks import Record

REQUEST_MIB_MAX = 10
REQUEST_BYTES_MAX = REQUEST_MIB_MAX * 1_048_576
BLOCK_RECORDS_MAX = 500
BLOCK_BYTES_MAX = 262_144


def checked(stream: Stream, given: Mapping[str, Any], place: str) -> Record:
    """One record; ``place`` is where it stands in the request ("records.1.member."). Raises RecordTooLarge …"""
    data, key = given["Data"], given.get("PartitionKey")
    if key is None and not stream.distributes_by_itself:
        raise errors.MissingPartitionKey(place=f"{place}partitionKey")
    if size_of((key, data)) > stream.record_bytes_max:
        raise errors.RecordTooLarge(bytes=len(data), place=f"{place}data", bytes_max=stream.record_bytes_max)
    return key, data


def checked_all(stream: Stream, given: Sequence[Mapping[str, Any]]) -> list[Record]:
    """Raises what is wrong with any of them, or with all together."""
    found: list[Record] = []
    size = 0
    bytes_max = stream.record_bytes_max // 4  # what is smaller need not be looked at more closely
    needs_keys = not stream.distributes_by_itself
    for each in given:
        data, key = each["Data"], each.get("PartitionKey")
        if (key is None and needs_keys) or len(data) > bytes_max:
            key, data = checked(stream, each, f"records.{len(found) + 1}.member.")
        found.append((key, data))
        size += len(data) + (len(key) if key else 0)
    if size > REQUEST_BYTES_MAX:
        raise errors.RequestTooLarge(mib=REQUEST_MIB_MAX)
    return found


def check_minimum(stream: Stream, sequence: str) -> None:
    """SequenceNumberForOrdering: every record is behind all before it anyway, so it is only read. Raises BadMinimumSequence."""
    if sequences.parse(sequence) is None:
        raise errors.BadMinimumSequence(sequence=sequence, name=stream.name, account=stream.account)


def hash_key_of(given: str) -> int:
    """Raises BadExplicitHashKey."""
    hash_key = int(given)
    if hash_key > HASH_KEY_MAX:
        raise errors.BadExplicitHashKey(hash_key=given)
    return hash_key


def shard_of(stream: Stream, key: str | None, explicit: str | None, turn: int) -> Shard:
    """Where a record goes; ``turn`` counts on where the stream distributes records by itself. Raises BadExplicitHashKey."""
    if stream.distributes_by_itself:
        return stream.open[turn % len(stream.open)]
    if explicit is not None:
        return stream.shard_of_hash(hash_key_of(explicit))
    return stream.shard_of_key(key or "")


def size_of(record: Record) -> int:
    key, data = record
    return len(data) + (len(key.encode(errors="surrogatepass")) if key else 0)


def cut(records: list[Record]) -> list[list[Record]]:
    """In blocks of no more than ``BLOCK_RECORDS_MAX`` and, but for one that is larger alone, ``BLOCK_BYTES_MAX``."""
    if len(records) <= BLOCK_RECORDS_MAX and sum([len(data) for _, data in records]) <= BLOCK_BYTES_MAX:
        return [records]
    cuts: list[list[Record]] = [[]]
    size = 0
    for record in records:
        size += len(record[1])
        if cuts[-1] and (size > BLOCK_BYTES_MAX or len(cuts[-1]) >= BLOCK_RECORDS_MAX):
            cuts.append([])
            size = len(record[1])
        cuts[-1].append(record)
    return cuts
