"""Which shards of a stream can be read: parents before their children, so that a key's records stay in order. Pure."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from lambent.durable.followers.progress import Progress


class Shard(Struct, frozen=True):
    """As its stream lists it. ``parents`` may have been trimmed away already."""

    id: str
    parents: tuple[str, ...]
    is_open: bool


class Plan(Struct, frozen=True):
    """``new`` shards have to be remembered and ``gone`` ones forgotten; ``ready`` is what can be read now."""

    new: tuple[str, ...]
    gone: tuple[str, ...]
    ready: tuple[str, ...]


def plan(known: Mapping[str, Progress], listed: Sequence[Shard]) -> Plan:
    """What is listed and not known came by a split or a merge: it is read from its beginning, after its parents."""
    there = {shard.id for shard in listed}

    def is_behind(parent: str) -> bool:
        progress = known.get(parent)
        return parent not in there or (progress is not None and progress.is_ended)

    return Plan(
        new=tuple(shard.id for shard in listed if shard.id not in known),
        gone=tuple(shard_id for shard_id in known if shard_id not in there),
        ready=tuple(
            shard.id for shard in listed if not known.get(shard.id, Progress()).is_ended and all(map(is_behind, shard.parents))
        ),
    )
