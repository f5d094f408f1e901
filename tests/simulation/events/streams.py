"""Streams in the simulation: a Kinesis stream and a table, each followed by a function, and what is known of their records.

Every second seed has them. What is judged: no record that was acknowledged is lost; each key's records are handled in order and
one batch at a time; and after every commit no checkpoint is ahead of what was handled, refused by the filter or given up.
"""

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.simulation.events.rows import Rows
from tests.simulation.events.town import ACCOUNT, GOOD, POISON, REGION, ROOT, SKIPPED, Ask, arn_of, body, tokens_in

from lambent.core.context import Context
from lambent.durable.followers.progress import Progress

STREAM, TABLE = "clicks", "things"
FUNCTIONS = {"kinesis": "clicker", "dynamodb": "changer"}
GIVEN_UP = "given-up"
"""The queue that is told of records that were given up."""
KEYS = ("a", "b", "c", "d")
SHARDS_MAX = 4

STREAM_ARN = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{STREAM}"
_GIVEN_UP = re.compile(
    rb'shardId\\*":\s*\\*"([\w-]+)\\*",\s*\\*"startSequenceNumber\\*":\s*\\*"(\d+)\\*",\s*\\*"endSequenceNumber\\*":\s*\\*"(\d+)'
)


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """What a seed chooses."""

    batch_size: int
    window_s: int
    factor: int
    retries_max: int
    age_s_max: int
    is_bisecting: bool
    reports_failures: bool
    filters: bool
    position: str


def settings_of(seed: int) -> StreamSettings | None:
    """None where a seed has no streams: then its run is what it was before there were any."""
    if seed % 2 == 0:
        return None
    chance = random.Random(f"streams {seed}")
    return StreamSettings(
        batch_size=chance.choice((1, 2, 5, 10)),
        window_s=chance.choice((0, 0, 2, 5)),
        factor=chance.choice((1, 1, 2, 5)),
        retries_max=chance.choice((0, 1, 2, 3)),
        age_s_max=chance.choice((-1, -1, 60, 200)),
        is_bisecting=chance.random() < 0.5,
        reports_failures=chance.random() < 0.5,
        filters=chance.random() < 0.4,
        position=chance.choice(("TRIM_HORIZON", "LATEST")),
    )


async def build(ask: Ask) -> None:
    await ask("sqs", "CreateQueue", QueueName=GIVEN_UP)
    await ask("kinesis", "CreateStream", StreamName=STREAM, ShardCount=2)
    await ask(
        "dynamodb",
        "CreateTable",
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )


async def furnish(ask: Ask, settings: StreamSettings) -> None:
    described = await ask("dynamodb", "DescribeTable", TableName=TABLE)
    arns = {"kinesis": STREAM_ARN, "dynamodb": described["Table"]["LatestStreamArn"]}
    for kind, function in FUNCTIONS.items():
        await ask(
            "lambda",
            "CreateEventSourceMapping",
            EventSourceArn=arns[kind],
            FunctionName=function,
            StartingPosition=settings.position,
            **_mapping(settings, kind),
        )


def _mapping(settings: StreamSettings, kind: str) -> dict[str, Any]:
    options: dict[str, Any] = {
        "BatchSize": settings.batch_size,
        "MaximumBatchingWindowInSeconds": settings.window_s,
        "ParallelizationFactor": settings.factor,
        "MaximumRetryAttempts": settings.retries_max,
        "MaximumRecordAgeInSeconds": settings.age_s_max,
        "BisectBatchOnFunctionError": settings.is_bisecting,
        "DestinationConfig": {"OnFailure": {"Destination": arn_of(GIVEN_UP)}},
    }
    if settings.reports_failures:
        options["FunctionResponseTypes"] = ["ReportBatchItemFailures"]
    if settings.filters:
        kinds = [GOOD, POISON]
        pattern = {"data": {"kind": kinds}} if kind == "kinesis" else {"dynamodb": {"NewImage": {"kind": {"S": kinds}}}}
        options["FilterCriteria"] = {"Filters": [{"Pattern": json.dumps(pattern)}]}
    return options


# ---- clients ---------------------------------------------------------------------------------------------------------


async def put_records(ask: Ask, chance: random.Random, new: Callable[[str], str]) -> None:
    records = []
    for _ in range(chance.randrange(1, 6)):
        kind = _kind(chance)
        records.append({"Data": body(new(kind), kind).encode(), "PartitionKey": chance.choice(KEYS)})
    await ask("kinesis", "PutRecords", StreamName=STREAM, Records=records)


async def put_item(ask: Ask, chance: random.Random, new: Callable[[str], str]) -> None:
    kind = _kind(chance)
    item = {"id": {"S": chance.choice(KEYS)}, "token": {"S": new(kind)}, "kind": {"S": kind}}
    await ask("dynamodb", "PutItem", TableName=TABLE, Item=item)


async def reshard(ask: Ask, chance: random.Random) -> None:
    count = chance.randrange(1, SHARDS_MAX + 1)
    await ask("kinesis", "UpdateShardCount", StreamName=STREAM, TargetShardCount=count, ScalingType="UNIFORM_SCALING")


def _kind(chance: random.Random) -> str:
    return chance.choices((GOOD, POISON, SKIPPED), (10, 1, 1))[0]


# ---- functions -------------------------------------------------------------------------------------------------------


def sequence_of(record: Mapping[str, Any]) -> int:
    return int(record["kinesis"]["sequenceNumber"] if "kinesis" in record else record["dynamodb"]["SequenceNumber"])


# ---- what is known ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known:
    """A record that was read. ``key`` is with its source."""

    shard: str
    sequence: int
    token: str
    key: tuple[str, str]


class Records:
    """What is known of records outside of all processes. ``check`` is told what is wrong."""

    def __init__(self, check: Callable[..., None]) -> None:
        self.settings: StreamSettings | None = None
        self._check = check
        self._acknowledged: dict[str, str] = {}  # by token: where
        self._iterators: dict[str, str] = {}  # and their shards
        self._known: dict[int, Known] = {}
        self._entered: set[int] = set()
        self._last_entered: dict[tuple[str, str], int] = {}
        self._running: dict[str, list[Known]] = {}
        self._handled: set[int] = set()
        self._given_up: set[tuple[str, int, int]] = set()

    def begin(self) -> None:
        """Another process begins."""
        self._running.clear()

    # ---- calls -------------------------------------------------------------------------------------------------------

    def answered(self, context: Context, operation: str, parameters: Mapping[str, Any], reply: Any) -> None:
        if operation == "PutRecords" and context.principal_arn == ROOT:
            self._acknowledged |= {token: STREAM for each in parameters["Records"] for token in tokens_in(each["Data"])}
        elif operation == "PutItem" and context.principal_arn == ROOT:
            self._acknowledged[parameters["Item"]["token"]["S"]] = TABLE
        elif operation == "GetShardIterator":
            self._iterators[reply["ShardIterator"]] = parameters["ShardId"]
        elif operation == "GetRecords":
            shard = self._iterators[parameters["ShardIterator"]]
            if reply.get("NextShardIterator"):
                self._iterators[reply["NextShardIterator"]] = shard
            for record in reply["Records"]:
                known = _known(shard, record)
                self._known[known.sequence] = known

    # ---- functions ---------------------------------------------------------------------------------------------------

    def entered(self, request_id: str, records: list[Any]) -> None:
        assert self.settings is not None
        batch = [self._known[sequence_of(record)] for record in records]
        for known in batch:
            beside = any(other.key == known.key for others in self._running.values() for other in others)
            self._check(not beside, "a key runs beside itself:", known.token)
            self._check(not (self.settings.filters and SKIPPED in known.token), "handled although refused:", known.token)
        for known in batch:
            if known.sequence not in self._entered:
                last = self._last_entered.get(known.key, 0)
                self._check(known.sequence > last, "out of order for its key:", *known.key, known.token)
                self._last_entered[known.key] = max(last, known.sequence)
                self._entered.add(known.sequence)
        self._running[request_id] = batch
        beside_each_other = Counter(others[0].shard for others in self._running.values() if others)
        self._check(max(beside_each_other.values(), default=0) <= self.settings.factor, "too many batches of a shard at once")

    def left(self, request_id: str, handled: list[Any]) -> None:
        self._running.pop(request_id, None)
        self._handled.update(sequence_of(record) for record in handled)

    # ---- what must hold ----------------------------------------------------------------------------------------------

    def look(self, rows: Rows) -> None:
        """After every commit: nothing before a checkpoint is left undone."""
        if self.settings is None:
            return
        told = [
            *(parameters for *_, parameters in rows.outbox()),
            *(each.body for each in rows.messages() if each.queue == GIVEN_UP),
        ]
        for text in told:
            found = _GIVEN_UP.findall(text if isinstance(text, bytes) else text.encode())
            self._given_up |= {(shard.decode(), int(start), int(end)) for shard, start, end in found}
        for shard, progress in rows.shards():
            for known in self._behind(shard, progress):
                self._check(self._is_done(known), "the checkpoint is ahead of what was handled:", shard, known.token)

    def _behind(self, shard: str, progress: Progress) -> list[Known]:
        end = int(progress.sequence or 0)
        return [each for each in self._known.values() if each.shard == shard and (progress.is_ended or each.sequence <= end)]

    def _is_done(self, known: Known) -> bool:
        assert self.settings is not None
        if known.sequence in self._handled or (self.settings.filters and SKIPPED in known.token):
            return True
        return any(shard == known.shard and start <= known.sequence <= end for shard, start, end in self._given_up)

    def check_ended(self) -> None:
        """When all has settled."""
        done = {known.token for known in self._known.values() if self._is_done(known)}
        for token, place in self._acknowledged.items():
            self._check(token in done, "lost:", place, token)


def _known(shard: str, record: Mapping[str, Any]) -> Known:
    if "Data" in record:
        (token,) = tokens_in(record["Data"])
        return Known(shard, int(record["SequenceNumber"]), token, (STREAM, record["PartitionKey"]))
    change = record["dynamodb"]
    return Known(shard, int(change["SequenceNumber"]), change["NewImage"]["token"]["S"], (TABLE, change["Keys"]["id"]["S"]))
