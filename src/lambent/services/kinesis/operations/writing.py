"""PutRecord and PutRecords."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.kinesis import errors
from lambent.services.kinesis.appender import ShardClosed
from lambent.services.kinesis.engine import records, sequences
from lambent.services.kinesis.engine.stream import Shard, Stream
from lambent.services.kinesis.operations.base import Base
from lambent.services.kinesis.operations.shapes import told_places
from lambent.services.kinesis.tables.blocks import Record

TRIES_MAX = 10
"""How often a record is sent on that found its shard closed."""

Told = dict[str, Any]


class WritingOperations(Base):
    turns: int  # records that were distributed by the stream itself

    async def put_record(self, context: Context, parameters: Parameters) -> Reply:
        stream = await self.stream_of(context, parameters, "PutRecord")
        record = records.checked(stream, parameters, "")
        minimum = parameters.get("SequenceNumberForOrdering")
        if minimum is not None:
            records.check_minimum(stream, minimum)
        explicit = parameters.get("ExplicitHashKey")
        shard = records.shard_of(stream, record[0], explicit, self.turns)
        self.turns += 1
        if parameters.get("DryRun"):
            raise errors.DryRun()
        if not self._takes(context, stream, shard, record):
            raise _exceeded(stream, shard)
        (told,) = await self._append(context, stream, shard, [record], [explicit])
        return told if not stream.encryption else {**told, "EncryptionType": stream.encryption}

    async def put_records(self, context: Context, parameters: Parameters) -> Reply:
        stream = await self.stream_of(context, parameters, "PutRecords")
        given: Sequence[Mapping[str, Any]] = parameters["Records"]
        checked = records.checked_all(stream, given)
        explicit = [each.get("ExplicitHashKey") for each in given]
        routes = self._routes(stream, checked, explicit)
        if parameters.get("DryRun"):
            raise errors.DryRun()
        told: list[Told] = [{}] * len(checked)
        failed = 0
        if self.throughput is not None:
            failed = self._refuse(context, stream, routes, checked, told)
        await self._append_all(context, stream, routes, checked, explicit, told)
        reply: Reply = {"FailedRecordCount": failed, "Records": told}
        if stream.encryption:
            reply["EncryptionType"] = stream.encryption
        return reply

    # ---- where records go --------------------------------------------------------------------------------------------

    def _routes(self, stream: Stream, given: Sequence[Record], explicit: Sequence[str | None]) -> dict[Shard, list[int]]:
        """Which of the records go to which shard, by their places in the request. Raises BadExplicitHashKey."""
        if stream.distributes_by_itself:
            self.turns += 1
            return self._taking_turns(stream, len(given))
        routes: dict[Shard, list[int]] = {}
        for at, (key, _) in enumerate(given):
            hash_key = explicit[at]
            shard = stream.shard_of_key(key or "") if hash_key is None else stream.shard_of_hash(records.hash_key_of(hash_key))
            places = routes.get(shard)
            if places is None:
                routes[shard] = [at]
            else:
                places.append(at)
        return routes

    def _taking_turns(self, stream: Stream, count: int) -> dict[Shard, list[int]]:
        first = self.turns
        self.turns += count
        routes: dict[Shard, list[int]] = {}
        for at in range(count):
            routes.setdefault(records.shard_of(stream, None, None, first + at), []).append(at)
        return routes

    async def _append_all(
        self,
        context: Context,
        stream: Stream,
        routes: Mapping[Shard, Sequence[int]],
        given: Sequence[Record],
        explicit: Sequence[str | None],
        told: list[Told],
    ) -> None:
        """Keeps the records of all shards, and tells of each at its place."""
        appends = [
            self._append(context, stream, shard, [given[at] for at in places], [explicit[at] for at in places])
            for shard, places in routes.items()
            if places
        ]
        done = [await appends[0]] if len(appends) == 1 else await asyncio.gather(*appends)
        for places, found in zip((places for places in routes.values() if places), done, strict=True):
            for at, each in zip(places, found, strict=True):
                told[at] = each

    async def _append(
        self, context: Context, stream: Stream, shard: Shard, given: Sequence[Record], explicit: Sequence[str | None]
    ) -> Sequence[Told]:
        """Keeps records in one shard; in the ones after it, where it was closed meanwhile."""
        for _ in range(TRIES_MAX):
            try:
                index, arrived_at = await self.appender.append(stream, shard, given)
            except ShardClosed:
                self.known.forget(stream.key)
                stream = await self.stream_at(context, stream.key, "PutRecords")
                routes = self._routes(stream, given, explicit)
                if len(routes) > 1:
                    told: list[Told] = [{}] * len(given)
                    await self._append_all(context, stream, routes, given, explicit, told)
                    return told
                shard = next(iter(routes))
                continue
            return told_places(shard, sequences.numbered(shard.sequence_base, index, arrived_at), len(given))
        raise errors.ThroughputExceeded(shard=shard.name, name=stream.name, account=stream.account)

    # ---- what a shard takes in a second ------------------------------------------------------------------------------

    def _takes(self, context: Context, stream: Stream, shard: Shard, record: Record) -> bool:
        if self.throughput is None or stream.is_on_demand or context.is_inside:
            return True
        return self.throughput.takes(shard.id, records.size_of(record))

    def _refuse(
        self,
        context: Context,
        stream: Stream,
        routes: dict[Shard, list[int]],
        given: Sequence[Record],
        told: list[Told],
    ) -> int:
        """Takes records that are too many out of ``routes`` and tells so at their places; how many."""
        failed = 0
        for shard, places in routes.items():
            taken = [at for at in places if self._takes(context, stream, shard, given[at])]
            for at in set(places).difference(taken):
                error = _exceeded(stream, shard)
                told[at] = {"ErrorCode": error.code, "ErrorMessage": error.message}
            failed += len(places) - len(taken)
            routes[shard] = taken
        return failed


def _exceeded(stream: Stream, shard: Shard) -> errors.ThroughputExceeded:
    return errors.ThroughputExceeded(shard=shard.name, name=stream.name, account=stream.account)
