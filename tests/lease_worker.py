"""A consumer as the Kinesis Client Library is one: leases and checkpoints in a table of DynamoDB, parents before children.

It makes the library's own requests (version 1: ``Expected`` and ``AttributeUpdates``; DescribeTable before CreateTable; items
with ``leaseKey``, ``leaseOwner``, ``leaseCounter``, ``checkpoint``, ``parentShardId``). Run as a process, it prints a line of
JSON for each record that it handles, and can be killed at any time: ``python -m tests.lease_worker URL ACCOUNT STREAM WORKER``.
"""

import json
import sys
import threading
import time
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

TABLE = "leases"
LEASE_S = 1.0  # a lease whose counter has not moved for so long is free
IDLE_S = 0.05
BATCH = 10
TRIM_HORIZON, SHARD_END = "TRIM_HORIZON", "SHARD_END"

Lease = dict[str, Any]


class Worker:
    """One worker. ``run`` ends when every shard has been read to its end or to the marker that says that nothing follows."""

    def __init__(self, url: str, account: str, stream: str, name: str) -> None:
        keys = {"aws_access_key_id": account, "aws_secret_access_key": "x", "region_name": "us-east-1", "endpoint_url": url}
        once = Config(retries={"total_max_attempts": 1})
        self.kinesis = boto3.client("kinesis", config=once, **keys)
        self.dynamodb = boto3.client("dynamodb", config=once, **keys)
        self.stream, self.name = stream, name
        self.counters: dict[str, tuple[str, float]] = {}  # what a lease's counter was, and since when
        self.iterators: dict[str, str | None] = {}
        self.finished: set[str] = set()

    def run(self) -> None:
        self.make_table()
        while True:
            leases = self.sync_leases()
            for lease in leases.values():
                if self.may_begin(lease, leases) and self.take_or_renew(lease):
                    self.read(lease)
            open_ones = [key for key, lease in leases.items() if lease["checkpoint"]["S"] != SHARD_END]
            if all(key in self.finished for key in open_ones) and self.sync_leases().keys() == leases.keys():
                return
            threading.Event().wait(IDLE_S)

    # ---- leases ------------------------------------------------------------------------------------------------------

    def make_table(self) -> None:
        try:
            self.dynamodb.describe_table(TableName=TABLE)
        except ClientError:
            self.dynamodb.create_table(
                TableName=TABLE,
                AttributeDefinitions=[{"AttributeName": "leaseKey", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "leaseKey", "KeyType": "HASH"}],
                ProvisionedThroughput={"ReadCapacityUnits": 10, "WriteCapacityUnits": 10},
            )
            self.dynamodb.get_waiter("table_exists").wait(TableName=TABLE)

    def sync_leases(self) -> dict[str, Lease]:
        """A lease for each shard; those that are new are made."""
        leases = self.scan()
        for shard in self.kinesis.list_shards(StreamName=self.stream)["Shards"]:
            if shard["ShardId"] not in leases:
                self.make_lease(shard)
        return self.scan()

    def scan(self) -> dict[str, Lease]:
        return {item["leaseKey"]["S"]: item for item in self.dynamodb.scan(TableName=TABLE, Limit=1_000)["Items"]}

    def make_lease(self, shard: dict[str, Any]) -> None:
        parents = [shard[name] for name in ("ParentShardId", "AdjacentParentShardId") if name in shard]
        item: Lease = {
            "leaseKey": {"S": shard["ShardId"]},
            "leaseCounter": {"N": "0"},
            "checkpoint": {"S": TRIM_HORIZON},
            "checkpointSubSequenceNumber": {"N": "0"},
            "ownerSwitchesSinceCheckpoint": {"N": "0"},
        }
        if parents:
            item["parentShardId"] = {"SS": parents}
        try:
            self.dynamodb.put_item(TableName=TABLE, Item=item, Expected={"leaseKey": {"Exists": False}})
        except self.dynamodb.exceptions.ConditionalCheckFailedException:
            pass  # another worker made it

    def may_begin(self, lease: Lease, leases: dict[str, Lease]) -> bool:
        """Not before its parents have been read to their ends."""
        if lease["checkpoint"]["S"] == SHARD_END:
            return False
        parents = [leases[key] for key in lease.get("parentShardId", {"SS": []})["SS"] if key in leases]
        return all(parent["checkpoint"]["S"] == SHARD_END for parent in parents)

    def take_or_renew(self, lease: Lease) -> bool:
        """Whether the lease is this worker's now: it was, nobody has it, or its owner has not been heard of for a while."""
        key, counter, owner = lease["leaseKey"]["S"], lease["leaseCounter"]["N"], lease.get("leaseOwner", {}).get("S")
        seen, since_s = self.counters.get(key, ("", 0.0))
        if seen != counter:
            self.counters[key] = (counter, time.monotonic())
        if owner not in (None, self.name) and (seen != counter or time.monotonic() - since_s < LEASE_S):
            return False
        return self.change(lease, leaseOwner={"S": self.name})

    def change(self, lease: Lease, **values: Any) -> bool:
        """Changes a lease that nobody else has changed, and counts on. False where it was lost."""
        counter = lease["leaseCounter"]["N"]
        values["leaseCounter"] = {"N": str(int(counter) + 1)}
        expected: dict[str, Any] = {"leaseCounter": {"Value": {"N": counter}}}
        if "checkpoint" in values:
            expected["leaseOwner"] = {"Value": {"S": self.name}}
        try:
            self.dynamodb.update_item(
                TableName=TABLE,
                Key={"leaseKey": lease["leaseKey"]},
                Expected=expected,
                AttributeUpdates={name: {"Value": value, "Action": "PUT"} for name, value in values.items()},
            )
        except self.dynamodb.exceptions.ConditionalCheckFailedException:
            self.iterators.pop(lease["leaseKey"]["S"], None)
            return False
        lease.update(values)
        self.counters[lease["leaseKey"]["S"]] = (lease["leaseCounter"]["N"], time.monotonic())
        return True

    # ---- records -----------------------------------------------------------------------------------------------------

    def read(self, lease: Lease) -> None:
        """Handles one batch, then sets the checkpoint behind it."""
        key = lease["leaseKey"]["S"]
        if key not in self.iterators:
            self.iterators[key] = self.iterator(key, lease["checkpoint"]["S"])
        reply = self.kinesis.get_records(ShardIterator=self.iterators[key], Limit=BATCH)
        for record in reply["Records"]:
            self.say(record=record["Data"].decode(), shard=key, sequence=record["SequenceNumber"])
        self.iterators[key] = reply.get("NextShardIterator")
        checkpoint = SHARD_END if self.iterators[key] is None else None
        if checkpoint is None and reply["Records"]:
            checkpoint = reply["Records"][-1]["SequenceNumber"]
        if checkpoint is not None and self.change(lease, checkpoint={"S": checkpoint}, ownerSwitchesSinceCheckpoint={"N": "0"}):
            self.say(checkpoint=checkpoint, shard=key)
        if not reply["Records"]:
            self.finished.add(key)

    def iterator(self, key: str, checkpoint: str) -> str:
        asked = {"StreamName": self.stream, "ShardId": key}
        if checkpoint == TRIM_HORIZON:
            asked["ShardIteratorType"] = TRIM_HORIZON
        else:
            asked |= {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": checkpoint}
        text: str = self.kinesis.get_shard_iterator(**asked)["ShardIterator"]
        return text

    def say(self, **what: str) -> None:
        print(json.dumps({"worker": self.name, **what}), flush=True)


if __name__ == "__main__":
    Worker(*sys.argv[1:]).run()
