"""What is told of shards and records, as AWS shapes it."""

from binascii import b2a_base64
from collections.abc import Sequence
from typing import Any

import msgspec

from lambent.services.kinesis.engine import sequences
from lambent.services.kinesis.engine.reading import Found
from lambent.services.kinesis.engine.stream import Shard, Stream, shard_name
from lambent.services.kinesis.operations.base import told_time


def told_shard(shard: Shard) -> dict[str, Any]:
    told: dict[str, Any] = {"ShardId": shard.name}
    for member, parent in zip(("ParentShardId", "AdjacentParentShardId"), shard.parents, strict=False):
        told[member] = shard_name(parent)
    told["HashKeyRange"] = _hash_keys(shard)
    told["SequenceNumberRange"] = {
        "StartingSequenceNumber": shard.first_sequence,
        "EndingSequenceNumber": shard.last_sequence,
    }
    return told


def told_children(stream: Stream, shard: Shard) -> list[dict[str, Any]]:
    """The shards that took the place of a closed one."""
    return [
        {
            "ShardId": child.name,
            "ParentShards": [shard_name(parent) for parent in child.parents],
            "HashKeyRange": _hash_keys(child),
        }
        for child in stream.children(shard)
    ]


def told_records(shard: Shard, found: Found) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    for each in found.slices:
        sequence = sequences.numbered(shard.sequence_base, each.first_index, each.arrived_at)
        common: dict[str, Any] = {"ApproximateArrivalTimestamp": told_time(each.arrived_at)}
        if each.encryption:
            common["EncryptionType"] = each.encryption
        for key, data in each.records:
            told.append({"SequenceNumber": str(sequence), **common, "Data": data, "PartitionKey": key})
            sequence += sequences.INDEX_STEP
    return told


def spliced_records(shard: Shard, found: Found) -> msgspec.Raw:
    """The same as JSON: a read may bring 10,000 of them."""
    told: list[str] = []
    for each in found.slices:
        sequence = sequences.numbered(shard.sequence_base, each.first_index, each.arrived_at)
        common = f'"ApproximateArrivalTimestamp":{int(each.arrived_at * 1000) / 1000}'
        if each.encryption:
            common += f',"EncryptionType":"{each.encryption}"'
        for key, data in each.records:
            body = b2a_base64(data, newline=False).decode("ascii")
            of_key = "" if key is None else f',"PartitionKey":{_json(key)}'
            told.append(f'{{"SequenceNumber":"{sequence}",{common},"Data":"{body}"{of_key}}}')
            sequence += sequences.INDEX_STEP
    return msgspec.Raw(f"[{','.join(told)}]".encode())


def told_places(shard: Shard, first: int, count: int) -> Sequence[dict[str, Any]]:
    """Of records that were kept one after another, the first under this sequence number."""
    name = shard.name
    step = sequences.INDEX_STEP
    return [{"SequenceNumber": str(number), "ShardId": name} for number in range(first, first + count * step, step)]


def _json(key: str) -> str:
    return msgspec.json.encode(key).decode()


def _hash_keys(shard: Shard) -> dict[str, str]:
    return {"StartingHashKey": str(shard.first_hash), "EndingHashKey": str(shard.last_hash)}
