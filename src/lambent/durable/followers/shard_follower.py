"""Follows one shard: reads ahead while batches run, and hands each record to the lane of its key.

With ParallelizationFactor N there are N lanes; else there is one. How far the shard has come is the end of what all lanes have
behind them, and is written when a lane has come further.
"""

import asyncio
import zlib
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from lambent.core.errors import ServiceError
from lambent.core.log import Log
from lambent.core.ports import records_topic
from lambent.durable.followers import pieces, stream_records, streams
from lambent.durable.followers.consumer import Post
from lambent.durable.followers.followed import Followed
from lambent.durable.followers.lane import Lane
from lambent.durable.followers.progress import LanePieces, Progress
from lambent.durable.followers.stream_records import Entry, Origin
from lambent.durable.followers.stream_source import MISSING, READ_MAX
from lambent.durable.followers.windows import Window
from lambent.durable.signals import Listener
from lambent.store.database import Transaction

AHEAD_BYTES_MAX = 16_000_000
"""Read and not handled, of one shard; besides, twice as many records as batches can take at once."""
OUTSTANDING_MAX = 50_000
"""Records between the first that is not handled and the last that was read."""

EXPIRED_ITERATOR = "ExpiredIteratorException"
LOST_PLACES = ("TrimmedDataAccessException", "InvalidArgumentException", "ValidationException")
"""The place where reading was to go on is no more: it goes on with the oldest record that there is."""

log = Log("followers")


class ShardFollower:
    """``on_end`` is called when the shard was read to its end and all of it is handled, or when this was stopped."""

    def __init__(
        self, shard_id: str, progress: Progress, followed: Followed, *, on_end: "Callable[[ShardFollower], None]"
    ) -> None:
        self.id = shard_id
        self.followed = followed
        self.is_stopping = False
        self.is_read = False  # to the end of a closed shard
        self.window: Window | None = progress.window
        self._on_end = on_end
        self._progress = progress
        self._read_up_to = progress  # in memory: where reading goes on
        self._is_at_tip = False
        self._factor = followed.settings.factor
        self._lanes = [Lane(self, progress.of_lane(lane, self._factor)) for lane in range(self._factor)]
        self._outstanding: deque[Entry] = deque()
        self._unwritten: Sequence[Post] = ()
        self._heard: Listener | None = None
        self._room = followed.listener()
        self._failures = 0
        self._asks_stream = True  # else the consumer: what is missing then is no shard

    def start(self) -> None:
        self.followed.spawn(self._run())

    def stop(self) -> None:
        """Begins nothing more; what runs is finished and written."""
        self.is_stopping = True
        self.wake()

    def wake(self) -> None:
        """Something has changed that this may wait for."""
        if self._heard is not None:
            self._heard.notify()
        self._room.notify()
        for lane in self._lanes:
            lane.wake()

    # ---- what lanes ask and tell -------------------------------------------------------------------------------------

    def has_read(self, sequence: str) -> bool:
        """Whether all records up to this one are there."""
        up_to = self._read_up_to.sequence
        return self.is_read or self._is_at_tip or (up_to != "" and int(up_to) >= int(sequence))

    async def is_behind(self) -> bool:
        """Whether the stream has records from before this call that were not read yet; reading them wakes the lanes."""
        up_to = self._read_up_to
        # What has its time of arrival already, and is being committed, is there after a transaction that comes behind it.
        await self.followed.store.write(_nothing)
        try:
            records, _ = await self.followed.source.read(await self.followed.source.iterator(self.id, up_to), count_max=1)
        except ServiceError as error:
            if error.code not in (*LOST_PLACES, MISSING):
                raise
            return False
        return bool(records)

    async def handled(self, done: Sequence[Entry], *, result: str, posts: Sequence[Post] = ()) -> None:
        """Writes that these need not be looked at any more, together with what the lanes are trying now."""
        for entry in done:
            entry.is_done, entry.text = True, b""
        self._pass_done()
        lanes = tuple(LanePieces(number, lane.pieces) for number, lane in enumerate(self._lanes) if lane.pieces)
        self._progress = replace(self._progress, factor=self._factor, lanes=lanes, window=self.window)
        self._room.notify()
        posts, self._unwritten = [*self._unwritten, *posts], ()
        try:
            is_there = await self.followed.save(self.id, self._progress, result=result, posts=posts)
        except BaseException:
            self._unwritten = posts  # they must not be missing from the next transaction, which passes the same records
            raise
        if not is_there:
            self.stop()

    def _pass_done(self) -> None:
        last = ""
        while self._outstanding and self._outstanding[0].is_done:
            last = self._outstanding.popleft().sequence
        if last:
            self._progress = self._progress.moved(last)

    # ---- reading -----------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        try:
            with self.followed.signals.listen(records_topic(self.followed.stream_arn, self.id)) as self._heard:
                await self._read_on()
            for lane in self._lanes:
                await lane.finished()
            if self.is_read and not self.is_stopping:
                await self.followed.save(self.id, Progress.ended(), result=self.followed.health.last_result)
        finally:
            self._on_end(self)

    async def _read_on(self) -> None:
        assert self._heard is not None
        iterator: str | None = None
        while not (self.is_stopping or self.is_read):
            try:
                self._asks_stream = True
                if iterator is None:
                    iterator = await self.followed.source.iterator(self.id, self._read_up_to)
                iterator = await self._read(iterator)
                self._failures = 0
            except Exception as error:  # noqa: BLE001 - one mapping's trouble must not stop the others
                iterator = None
                await self._bear(error)
                if self._is_missing(error):
                    # Whether the shard is still there is looked up before another reader is started. Lanes wait no longer for
                    # what cannot be read any more.
                    self._is_at_tip = True
                    self._wake_lanes()
                    return

    async def _read(self, iterator: str) -> str | None:
        """Reads once, and waits where there was nothing. Returns how to go on."""
        assert self._heard is not None
        while not self._has_room():
            if self.is_stopping:
                return iterator
            await self._room.wait()
        role_arn = await self._role_arn()
        records, following = await self.followed.source.read(iterator)
        if self._failures:
            self.followed.health.problem = ""
        if records:
            await self._admit(records, role_arn)
            await asyncio.sleep(0)  # looking for more can wait until these are on their way to the consumer
        if following is None:
            self.is_read = True
            self._wake_lanes()
        elif not records:
            if not self._is_at_tip:
                self._is_at_tip = True
                self._wake_lanes()
            await self._heard.wait()
        return following

    async def _role_arn(self) -> str:
        """Of the consumer as it is now. Raises where there is none: nobody reads what nobody could handle."""
        self._asks_stream = False
        role_arn = (await self.followed.subject.consumer.find()).role_arn
        self._asks_stream = True
        return role_arn

    def _has_room(self) -> bool:
        ahead = [lane.waiting for lane in self._lanes]
        if any(not self.has_read(lane.pieces[-1].last) for lane in self._lanes if lane.pieces):
            return True  # what was tried before a restart has to be there whole
        return (
            sum(ahead) < max(READ_MAX, 2 * self.followed.settings.batch_size * self._factor)
            and sum(lane.waiting_bytes for lane in self._lanes) < AHEAD_BYTES_MAX
            and len(self._outstanding) < OUTSTANDING_MAX
        )

    async def _admit(self, records: Sequence[Mapping[str, Any]], role_arn: str) -> None:
        """Gives the lanes what the filters let through."""
        followed, dialect = self.followed, self.followed.dialect
        origin = Origin(self.id, followed.stream_arn, followed.subject.source.region, role_arn)
        now, woken, refused = followed.clock.now(), dict[Lane, None](), 0
        for record in records:
            told = dialect.told(record, origin)
            entry = Entry(dialect.sequence(record), dialect.arrived_at(record), now, b"")
            self._outstanding.append(entry)
            if followed.subject.filters and not followed.subject.filters.admit(dialect.filtered(told)):
                entry.is_done = True
                refused += 1
                continue
            entry.text = stream_records.encode(told)
            lane = self._lane_of(record)
            lane.add(entry)
            woken[lane] = None
        self._read_up_to = self._read_up_to.moved(self._outstanding[-1].sequence)
        followed.count("PolledEventCount", len(records))
        followed.count("FilteredOutEventCount", refused)
        self._wake_lanes()
        if self._outstanding[0].is_done:
            await self.handled((), result=followed.health.last_result)

    def _lane_of(self, record: Mapping[str, Any]) -> Lane:
        if self._factor == 1:
            return self._lanes[0]
        return self._lanes[zlib.crc32(self.followed.dialect.key(record)) % self._factor]

    def _wake_lanes(self) -> None:
        for lane in self._lanes:
            lane.wake()

    async def _bear(self, error: Exception) -> None:
        """Waits until trying again may help."""
        code = error.code if isinstance(error, ServiceError) else ""
        if code == EXPIRED_ITERATOR:
            return
        if code in LOST_PLACES and self._read_up_to.start != "TRIM_HORIZON":
            self._read_up_to = Progress()
            self._is_at_tip = False
            return
        assert self._heard is not None
        self._failures += 1
        if isinstance(error, ServiceError):
            is_missing = self._is_missing(error) and not await self._is_stream_there()
            missing = streams.MISSING.format(arn=self.followed.stream_arn)
            self.followed.health.problem = missing if is_missing else f"PROBLEM: {error.message}"
        else:
            log.error("shard.failed", error=error, of=self.followed.subject.arn, shard=self.id)
        # In the background: a clock may not run on for what may never be there again. A change of the consumer may wake.
        until = self.followed.clock.now() + pieces.delay_s(self._failures)
        await self._heard.wait(until, is_background=True, kind=self.followed.subject.alarm_kind, key=self.followed.subject.arn)

    def _is_missing(self, error: Exception) -> bool:
        """Whether the shard or its stream is not there; a missing consumer says the same in its own words."""
        return isinstance(error, ServiceError) and error.code == MISSING and self._asks_stream

    async def _is_stream_there(self) -> bool:
        """Asked where a shard is missing: of a stream that was deleted readers hear of the shard alone."""
        try:
            await self.followed.source.shards()
        except ServiceError as error:
            return error.code != MISSING
        return True


def _nothing(_tx: Transaction) -> None:
    """Writes nothing, in its turn."""
