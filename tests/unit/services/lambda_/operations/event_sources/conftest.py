"""A queue and a stream that keep what they have in lists, and say as sqs, kinesis and dynamodb do when there is more."""

import asyncio
import base64
import itertools
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from lambent.core.clock import Instant
from lambent.core.errors import ServiceError
from lambent.core.ports import messages_topic, records_topic

ARN = "arn:aws:sqs:us-east-1:111111111111:q"
STREAM_ARN = "arn:aws:kinesis:us-east-1:111111111111:stream/s"


class QueueDoesNotExist(ServiceError):
    code, status, wording = "QueueDoesNotExist", 400, "The specified queue does not exist."


class NoSuchEntity(ServiceError):
    code, status, wording = "NoSuchEntity", 404, "The role with name r cannot be found."


@dataclass(slots=True)
class Message:
    id: str
    body: str
    visible_at: Instant
    receives: int = 0
    handle: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)


class Queue:
    """Standard, with a visibility timeout of 30 s. ``calls`` counts what was asked by operation."""

    def __init__(self, house: Any) -> None:
        self._house = house
        self._numbers = itertools.count()
        self.messages: list[Message] = []
        self.calls: dict[str, int] = {}
        self.asked: list[tuple[str, Any]] = []
        self.is_there = True
        self.visibility_s = 30
        self.refused_actions: set[str] = set()
        self.raises: Exception | None = None

    def send(self, *bodies: str) -> None:
        for body in bodies:
            self.messages.append(Message(f"m{next(self._numbers)}", body, self._house.clock.now()))
        self._house.signals.notify(messages_topic(ARN))

    def receives(self) -> list[int]:
        return [message.receives for message in self.messages]

    async def __call__(self, context: Any, service: str, operation: str, parameters: Any) -> Any:
        if service == "iam":
            decision = "implicitDeny" if parameters["ActionNames"][0] in self.refused_actions else "allowed"
            return {"EvaluationResults": [{"EvalDecision": decision}]}
        self.calls[operation] = self.calls.get(operation, 0) + 1
        self.asked.append((operation, parameters))
        await asyncio.sleep(0)
        if not self.is_there:
            raise QueueDoesNotExist()
        if self.raises is not None:
            raise self.raises
        return getattr(self, f"_{operation}")(parameters)

    def _GetQueueAttributes(self, parameters: Any) -> Any:  # noqa: N802
        return {"Attributes": {"VisibilityTimeout": str(self.visibility_s)}}

    def _ReceiveMessage(self, parameters: Any) -> Any:  # noqa: N802
        now = self._house.clock.now()
        taken = [each for each in self.messages if each.visible_at <= now][: parameters["MaxNumberOfMessages"]]
        for message in taken:
            message.receives += 1
            message.handle = f"{message.id}-{message.receives}"
            message.visible_at = now + parameters.get("VisibilityTimeout", self.visibility_s)
        if len(taken) < parameters["MaxNumberOfMessages"]:
            self._alarm()
        if not taken:
            return {}
        return {"Messages": [self._told(message) for message in taken]}

    def _told(self, message: Message) -> Any:
        attributes = {"SenderId": "me", "ApproximateReceiveCount": str(message.receives)}
        return {
            "MessageId": message.id,
            "ReceiptHandle": message.handle,
            "MD5OfBody": "md5",
            "Body": message.body,
            "Attributes": attributes,
        } | message.attributes

    def _DeleteMessageBatch(self, parameters: Any) -> Any:  # noqa: N802
        handles = {entry["ReceiptHandle"] for entry in parameters["Entries"]}
        self.messages = [each for each in self.messages if each.handle not in handles]
        return {"Successful": [], "Failed": []}

    def _ChangeMessageVisibilityBatch(self, parameters: Any) -> Any:  # noqa: N802
        timeouts = {entry["ReceiptHandle"]: entry["VisibilityTimeout"] for entry in parameters["Entries"]}
        for message in self.messages:
            if message.handle in timeouts:
                message.visible_at = self._house.clock.now() + timeouts[message.handle]
        self._alarm()
        return {"Successful": [], "Failed": []}

    def _alarm(self) -> None:
        now = self._house.clock.now()
        hidden = [message.visible_at for message in self.messages if message.visible_at > now]
        if hidden:
            self._ringing = asyncio.ensure_future(self._ring(min(hidden)))

    async def _ring(self, at: Instant) -> None:
        await self._house.clock.sleep_until(at)
        self._house.signals.notify(messages_topic(ARN))


@pytest.fixture
async def queue(house: Any) -> Queue:
    """A queue, and the function "f" that is ready to follow it."""
    queue = Queue(house)
    house.answer = queue
    await house.create()
    return queue


@pytest.fixture
def follow(house: Any, queue: Queue) -> Any:
    """Maps the queue to a function, and returns when that is taken up."""

    async def make(**options: Any) -> str:
        given = {"FunctionName": "f", "EventSourceArn": ARN}
        told = await house("create_event_source_mapping", **(given | options))
        await house.settle()
        return str(told["UUID"])

    return make


def events(house: Any) -> list[Any]:
    """What the function was invoked with."""
    return [json.loads(invocation.payload) for _, invocation in house.environments.invoked]


def bodies(house: Any) -> list[list[str]]:
    return [[record["body"] for record in event["Records"]] for event in events(house)]


# ---- streams ---------------------------------------------------------------------------------------------------------


class ResourceNotFound(ServiceError):
    code, status, wording = "ResourceNotFoundException", 400, "Stream s under account 111111111111 not found."


class ExpiredIterator(ServiceError):
    code, status, wording = "ExpiredIteratorException", 400, "Iterator expired."


@dataclass(slots=True)
class StreamShard:
    parents: tuple[str, ...] = ()
    is_closed: bool = False
    records: list[Any] = field(default_factory=list)


class Stream:
    """A Kinesis stream with one shard, "s0", to begin with. ``calls`` counts what was asked by operation."""

    def __init__(self, house: Any) -> None:
        self._house = house
        self._numbers = itertools.count(1)
        self.shards = {"s0": StreamShard()}
        self.calls: dict[str, int] = {}
        self.others: list[tuple[str, str, Any]] = []  # what was asked of other services
        self.is_there = True
        self.are_iterators_expired = False
        self.refused_actions: set[str] = set()
        self.raises: Exception | None = None

    def put(self, *data: str, key: str = "", shard: str = "s0", is_told: bool = True) -> list[str]:
        """Each under its own key unless there is one for all. Returns the sequence numbers."""
        numbers = []
        for each in data:
            numbers.append(f"{next(self._numbers):03}")
            record = {
                "SequenceNumber": numbers[-1],
                "ApproximateArrivalTimestamp": datetime.fromtimestamp(self._house.clock.now(), UTC),
                "Data": each.encode(),
                "PartitionKey": key or each,
            }
            self.shards[shard].records.append(record)
        if is_told:
            self.tell(shard)
        return numbers

    def tell(self, shard: str = "s0") -> None:
        self._house.signals.notify(records_topic(STREAM_ARN, shard))

    def split(self, shard: str, *children: str, parents: tuple[str, ...] = ()) -> None:
        """Closes it (and those that are merged with it) and opens its children."""
        for child in children:
            self.shards[child] = StreamShard(parents or (shard,))
        for each in parents or (shard,):
            self.shards[each].is_closed = True
            self._house.signals.notify(records_topic(STREAM_ARN, each))

    def trim(self, shard: str, count: int) -> None:
        del self.shards[shard].records[:count]

    async def __call__(self, context: Any, service: str, operation: str, parameters: Any) -> Any:
        if service == "iam":
            decision = "implicitDeny" if parameters["ActionNames"][0] in self.refused_actions else "allowed"
            return {"EvaluationResults": [{"EvalDecision": decision}]}
        if service != "kinesis":
            self.others.append((service, operation, parameters))
            return {}
        self.calls[operation] = self.calls.get(operation, 0) + 1
        await asyncio.sleep(0)
        if not self.is_there:
            raise ResourceNotFound()
        if self.raises is not None:
            raise self.raises
        return getattr(self, f"_{operation}")(parameters)

    def _DescribeStreamConsumer(self, _parameters: Any) -> Any:  # noqa: N802
        return {"ConsumerDescription": {}}

    def _ListShards(self, parameters: Any) -> Any:  # noqa: N802
        """In pages of two."""
        names = list(self.shards)
        first = int(parameters.get("NextToken", 0))
        told = [self._told(name) for name in names[first : first + 2]]
        return {"Shards": told} | ({"NextToken": str(first + 2)} if first + 2 < len(names) else {})

    def _told(self, name: str) -> Any:
        shard = self.shards[name]
        numbers = {"StartingSequenceNumber": "0"} | ({"EndingSequenceNumber": "999"} if shard.is_closed else {})
        names = ("ParentShardId", "AdjacentParentShardId")
        return {"ShardId": name, "SequenceNumberRange": numbers} | dict(zip(names, shard.parents, strict=False))

    def _GetShardIterator(self, parameters: Any) -> Any:  # noqa: N802
        name, kind = parameters["ShardId"], parameters["ShardIteratorType"]
        if name not in self.shards:
            raise ResourceNotFound()
        after = "000"
        if kind == "AFTER_SEQUENCE_NUMBER":
            after = parameters["StartingSequenceNumber"]
        elif kind == "AT_TIMESTAMP":
            early = [r for r in self.shards[name].records if r["ApproximateArrivalTimestamp"] < parameters["Timestamp"]]
            after = early[-1]["SequenceNumber"] if early else after
        self.are_iterators_expired = False
        return {"ShardIterator": f"{name}/{after}"}

    def _GetRecords(self, parameters: Any) -> Any:  # noqa: N802
        if self.are_iterators_expired:
            raise ExpiredIterator()
        name, after = parameters["ShardIterator"].split("/")
        shard = self.shards[name]
        found = [each for each in shard.records if each["SequenceNumber"] > after][: parameters["Limit"]]
        is_end = shard.is_closed and (not found or found[-1] is shard.records[-1])
        last = found[-1]["SequenceNumber"] if found else after
        return {"Records": found, "NextShardIterator": None if is_end else f"{name}/{last}"}


@pytest.fixture
async def stream(house: Any) -> Stream:
    """A stream, and the function "f" that is ready to follow it."""
    stream = Stream(house)
    house.answer = stream
    await house.create()
    return stream


@pytest.fixture
def follow_stream(house: Any, stream: Stream) -> Any:
    """Maps the stream to a function, and returns when that is taken up."""

    async def make(**options: Any) -> str:
        given = {"FunctionName": "f", "EventSourceArn": STREAM_ARN, "StartingPosition": "TRIM_HORIZON"}
        told = await house("create_event_source_mapping", **(given | options))
        await house.settle()
        return str(told["UUID"])

    return make


def data(house: Any) -> list[list[str]]:
    """What the function was invoked with, batch after batch."""
    return [[base64.b64decode(record["kinesis"]["data"]).decode() for record in event["Records"]] for event in events(house)]
