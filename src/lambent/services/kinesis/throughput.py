"""What a shard of a provisioned stream takes and gives in a second: enforced with ``--throughput aws``, by the real time.

https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
"""

from dataclasses import dataclass

from lambent.core.clock import monotonic_s

WRITES_PER_S = 1_000
WRITE_BYTES_PER_S = 1_048_576
READS_PER_S = 5
READ_BYTES_PER_S = 2 * 1_048_576
SHARDS_KNOWN_MAX = 20_000


@dataclass(slots=True)
class _Second:
    """What one shard has seen since ``begun_s``; ``read_until_s`` is when what was read would have been read at its rate."""

    begun_s: float = 0.0
    writes: int = 0
    write_bytes: int = 0
    reads: int = 0
    read_until_s: float = 0.0


class Throughput:
    """The rates of all shards of one platform."""

    def __init__(self) -> None:
        self._seconds: dict[int, _Second] = {}

    def takes(self, shard_id: int, size: int) -> bool:
        """Counts a record of ``size`` bytes, or refuses it."""
        second = self._of(shard_id)
        if second.writes >= WRITES_PER_S or second.write_bytes + size > max(WRITE_BYTES_PER_S, size):
            return False
        second.writes += 1
        second.write_bytes += size
        return True

    def gives(self, shard_id: int) -> bool:
        """Counts a read, or refuses it. What it returned is told to ``gave``."""
        second = self._of(shard_id)
        if second.reads >= READS_PER_S or second.read_until_s > second.begun_s + 1:
            return False
        second.reads += 1
        return True

    def gave(self, shard_id: int, size: int) -> None:
        second = self._of(shard_id)
        second.read_until_s = max(second.read_until_s, second.begun_s) + size / READ_BYTES_PER_S

    def _of(self, shard_id: int) -> _Second:
        now_s = monotonic_s()
        second = self._seconds.get(shard_id)
        if second is None:
            if len(self._seconds) >= SHARDS_KNOWN_MAX:
                self._seconds.clear()
            second = self._seconds[shard_id] = _Second(begun_s=now_s)
        elif now_s >= second.begun_s + 1:
            second.begun_s, second.writes, second.write_bytes, second.reads = now_s, 0, 0, 0
        return second
