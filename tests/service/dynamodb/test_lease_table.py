"""A table of leases as the Kinesis Client Library keeps it: taken, renewed, lost, checkpointed, with the older parameters."""

import pytest
from tests.service.dynamodb.tables import item, make


def value(given):
    ((_, attribute),) = item(x=given).items()
    return {"Value": attribute, "Exists": True}


class Worker:
    """One of the consumers that share the leases of a stream's shards."""

    def __init__(self, dynamodb, name):
        self.dynamodb, self.name = dynamodb, name
        self.leases = {}  # shard: the counter that the lease had when this worker last wrote it

    def create(self, shard):
        """Where nobody has made the lease yet."""
        lease = item(leaseKey=shard, leaseCounter=0, checkpoint="TRIM_HORIZON", ownerSwitchesSinceCheckpoint=0)
        return self._try(self.dynamodb.put_item, Item=lease, Expected={"leaseKey": {"Exists": False}})

    def take(self, shard):
        """From whoever has it, if it is as it was seen."""
        seen = self.seen(shard)
        owner = {"Exists": False} if "leaseOwner" not in seen else value(seen["leaseOwner"])
        changes = {"leaseOwner": ("PUT", self.name), "leaseCounter": ("ADD", 1), "ownerSwitchesSinceCheckpoint": ("ADD", 1)}
        expected = {"leaseCounter": value(seen["leaseCounter"]), "leaseOwner": owner}
        return self._write(shard, changes, expected, seen["leaseCounter"])

    def renew(self, shard):
        return self._write(shard, {"leaseCounter": ("ADD", 1)}, self._own(shard), self.leases[shard])

    def checkpoint(self, shard, sequence):
        changes = {
            "checkpoint": ("PUT", sequence),
            "leaseCounter": ("ADD", 1),
            "ownerSwitchesSinceCheckpoint": ("PUT", 0),
        }
        return self._write(shard, changes, self._own(shard), self.leases[shard])

    def give_up(self, shard):
        given = {"leaseOwner": {"Action": "DELETE"}, "leaseCounter": {"Action": "ADD", "Value": {"N": "1"}}}
        return self._try(self.dynamodb.update_item, Key=item(leaseKey=shard), AttributeUpdates=given, Expected=self._own(shard))

    def delete(self, shard):
        expected = {"leaseCounter": value(self.leases[shard])}
        return self._try(self.dynamodb.delete_item, Key=item(leaseKey=shard), Expected=expected)

    def seen(self, shard):
        found = self.dynamodb.get_item(TableName="leases", Key=item(leaseKey=shard), ConsistentRead=True)["Item"]
        return {name: int(each["N"]) if "N" in each else each["S"] for name, each in found.items()}

    def _own(self, shard):
        return {"leaseCounter": value(self.leases[shard]), "leaseOwner": value(self.name)}

    def _write(self, shard, changes, expected, counter):
        given = {name: {"Action": action, "Value": item(x=new)["x"]} for name, (action, new) in changes.items()}
        has_written = self._try(self.dynamodb.update_item, Key=item(leaseKey=shard), AttributeUpdates=given, Expected=expected)
        if has_written:
            self.leases[shard] = counter + 1
        return has_written

    def _try(self, call, **parameters):
        try:
            call(TableName="leases", **parameters)
        except self.dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True


@pytest.fixture
def workers(dynamodb):
    make(dynamodb, "leases", "leaseKey:S")
    return Worker(dynamodb, "worker-1"), Worker(dynamodb, "worker-2")


def test_a_lease_is_made_once(workers):
    first, second = workers
    assert (first.create("shard-0"), second.create("shard-0")) == (True, False)


def test_of_two_workers_that_saw_the_same_lease_one_takes_it(workers):
    first, second = workers
    first.create("shard-0")
    before = second.seen("shard-0")
    assert first.take("shard-0")
    second.seen = lambda shard: before
    assert not second.take("shard-0")


def test_a_stolen_lease_is_neither_renewed_nor_checkpointed(workers):
    first, second = workers
    first.create("shard-0")
    assert first.take("shard-0")
    assert first.renew("shard-0")
    assert first.checkpoint("shard-0", "100")
    assert second.take("shard-0")
    assert not first.renew("shard-0")
    assert not first.checkpoint("shard-0", "200")
    seen = second.seen("shard-0")
    assert (seen["checkpoint"], seen["leaseOwner"], seen["ownerSwitchesSinceCheckpoint"]) == ("100", "worker-2", 1)


def test_a_lease_is_given_up_and_taken_by_another(workers):
    first, second = workers
    first.create("shard-0")
    first.take("shard-0")
    assert first.give_up("shard-0")
    assert "leaseOwner" not in second.seen("shard-0")
    assert second.take("shard-0")
    assert second.delete("shard-0")


def test_all_leases_are_found_by_a_scan(workers, dynamodb):
    for number in range(5):
        workers[0].create(f"shard-{number}")
    found = dynamodb.get_paginator("scan").paginate(TableName="leases", PaginationConfig={"PageSize": 2})
    assert len([lease for page in found for lease in page["Items"]]) == 5
