"""Sequence numbers: 56 decimal digits that hold when the shard was made, which record it is, when it came, and which shard.

Laid out as AWS' are (version 2), from the highest bits: 2, the second in which the shard was made (36 bits), the last four bits
of the shard's number, the record's index (64), nothing (8), the second of its arrival (36), the shard's number (32), version.
"""

from typing import NamedTuple

from lambent.core.clock import Instant

INDEX_STEP = 1 << 80
"""What lies between the sequence numbers of neighbours."""

INDEX_LAST = 0x7FFF_FFFF_FFFF_FFFF
"""That of a closed shard's EndingSequenceNumber: no record has it."""

_VERSION = 2
_FIRST = 1 << 185
_END = 3 << 184
_SECONDS_MASK = (1 << 36) - 1
_INDEX_MASK = (1 << 64) - 1


class Sequence(NamedTuple):
    """What a sequence number says."""

    created_s: int  # of the shard
    record: int
    shard_number: int


def base_of(created_at: Instant, shard_number: int) -> int:
    """What all sequence numbers of a shard have in common."""
    head = (2 << 36 | int(created_at) & _SECONDS_MASK) << 4 | shard_number & 15
    return head << 144 | shard_number << 4 | _VERSION


def numbered(base: int, index: int, arrived_at: Instant) -> int:
    return base + index * INDEX_STEP + (int(arrived_at) << 36)


def parse(text: str) -> Sequence | None:
    """None for what no shard has given out."""
    number = int(text)
    if not _FIRST <= number < _END or number & 15 != _VERSION:
        return None
    index = number >> 80 & _INDEX_MASK
    shard_number = number >> 4 & 0xFFFF_FFFF
    if index > INDEX_LAST or shard_number > 0x7FFF_FFFF:
        return None
    return Sequence(number >> 148 & _SECONDS_MASK, index, shard_number)
