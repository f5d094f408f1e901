"""UpdateTable: throughput, billing, indexes and settings."""

import pytest
from tests.service.dynamodb.tables import definitions, index, item, make

UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
MANY = 1_200  # more items than are filled into an index at once


def update(dynamodb, **changes):
    return dynamodb.update_table(TableName="things", **changes)["TableDescription"]


def described(dynamodb):
    return dynamodb.describe_table(TableName="things")["Table"]


def fill(dynamodb, count):
    for start in range(0, count, 25):
        puts = [
            {"PutRequest": {"Item": item(id=str(number), kind="even" if number % 2 == 0 else "odd")}}
            for number in range(start, start + 25)
        ]
        dynamodb.batch_write_item(RequestItems={"things": puts})


def count_of(dynamodb, kind):
    asked = {"KeyConditionExpression": "kind = :kind", "ExpressionAttributeValues": {":kind": {"S": kind}}}
    return dynamodb.query(TableName="things", IndexName="by_kind", Select="COUNT", **asked)["Count"]


def test_a_table_changes_its_billing_mode_and_its_throughput(dynamodb):
    make(dynamodb)
    told = update(dynamodb, BillingMode="PROVISIONED", ProvisionedThroughput=UNITS)
    assert told["TableStatus"] == "UPDATING"
    assert described(dynamodb)["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    update(dynamodb, ProvisionedThroughput={"ReadCapacityUnits": 4, "WriteCapacityUnits": 6})
    throughput = described(dynamodb)["ProvisionedThroughput"]
    assert (throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]) == (4, 6)
    assert throughput["NumberOfDecreasesToday"] == 1
    update(dynamodb, BillingMode="PAY_PER_REQUEST")
    assert described(dynamodb)["ProvisionedThroughput"]["ReadCapacityUnits"] == 0


def test_throughput_that_stays_as_it_is_is_refused(dynamodb, refusal):
    make(dynamodb, BillingMode="PROVISIONED", ProvisionedThroughput=UNITS)
    code, message = refusal(dynamodb.update_table, TableName="things", ProvisionedThroughput=UNITS)
    assert code == "ValidationException"
    assert message.startswith(
        "The provisioned throughput for the table will not change. The requested value equals the current"
    )


def test_an_update_of_nothing_is_refused(dynamodb, refusal):
    make(dynamodb)
    code, message = refusal(dynamodb.update_table, TableName="things")
    assert (code, message.split(" of ")[0]) == ("ValidationException", "At least one")


def test_replicas_are_refused(dynamodb, refusal):
    make(dynamodb)
    code, message = refusal(dynamodb.update_table, TableName="things", ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])
    assert (code, message) == (
        "ValidationException",
        "ReplicaUpdates is not supported: Lambent keeps each table in one region only",
    )


@pytest.mark.parametrize("count", [50, MANY])
def test_a_new_index_finds_the_items_that_were_there(dynamodb, advance, count):
    make(dynamodb)
    fill(dynamodb, count)
    told = update(
        dynamodb,
        AttributeDefinitions=definitions("kind:S"),
        GlobalSecondaryIndexUpdates=[{"Create": index("by_kind", "kind")}],
    )
    (created,) = told["GlobalSecondaryIndexes"]
    assert (created["IndexStatus"], created["Backfilling"]) == ("CREATING", True)
    advance(1)
    (active,) = described(dynamodb)["GlobalSecondaryIndexes"]
    assert active["IndexStatus"] == "ACTIVE"
    assert count_of(dynamodb, "odd") == count // 2
    assert described(dynamodb)["AttributeDefinitions"] == definitions("id:S kind:S")


def test_what_a_new_index_cannot_hold_is_not_in_it(dynamodb):
    make(dynamodb)
    dynamodb.put_item(TableName="things", Item=item(id="number", kind=1))
    dynamodb.put_item(TableName="things", Item=item(id="text", kind="odd"))
    update(
        dynamodb,
        AttributeDefinitions=definitions("kind:S"),
        GlobalSecondaryIndexUpdates=[{"Create": index("by_kind", "kind")}],
    )
    assert dynamodb.scan(TableName="things", IndexName="by_kind")["Items"] == [item(id="text", kind="odd")]


def test_a_deleted_index_is_gone_and_may_be_made_anew(dynamodb, advance, refusal):
    make(dynamodb, AttributeDefinitions=definitions("id:S kind:S"), GlobalSecondaryIndexes=[index("by_kind", "kind")])
    fill(dynamodb, 50)
    update(dynamodb, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by_kind"}}])
    told = described(dynamodb)
    assert "GlobalSecondaryIndexes" not in told
    assert told["AttributeDefinitions"] == definitions("id:S")
    assert refusal(dynamodb.scan, TableName="things", IndexName="by_kind") == (
        "ValidationException",
        "The table does not have the specified index: by_kind",
    )
    change = {
        "AttributeDefinitions": definitions("kind:S"),
        "GlobalSecondaryIndexUpdates": [{"Create": index("by_kind", "kind")}],
    }
    update(dynamodb, **change)
    assert count_of(dynamodb, "even") == 25


def test_index_updates_that_cannot_be_are_refused(dynamodb, refusal):
    make(dynamodb, AttributeDefinitions=definitions("id:S kind:S"), GlobalSecondaryIndexes=[index("by_kind", "kind")])

    def refused(*updates, **more):
        return refusal(dynamodb.update_table, TableName="things", GlobalSecondaryIndexUpdates=list(updates), **more)

    assert refused({"Delete": {"IndexName": "none"}})[0] == "ResourceNotFoundException"
    assert refused({"Create": index("by_kind", "kind")})[0] == "ValidationException"
    assert refused({"Delete": {"IndexName": "by_kind"}}, {"Create": index("other", "kind")}) == (
        "LimitExceededException",
        "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table",
    )
    code, message = refused({"Create": index("other", "unknown")})
    assert (code, message.startswith("One or more parameter values were invalid: Some index key attributes")) == (
        "ValidationException",
        True,
    )


def test_class_and_encryption_are_set_and_described(dynamodb):
    make(dynamodb)
    update(dynamodb, TableClass="STANDARD_INFREQUENT_ACCESS")
    update(dynamodb, SSESpecification={"Enabled": True, "SSEType": "KMS"})
    told = described(dynamodb)
    assert told["TableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
    assert told["SSEDescription"]["Status"] == "ENABLED"
    update(dynamodb, SSESpecification={"Enabled": False})
    assert "SSEDescription" not in described(dynamodb)


def test_limits_of_tables_on_demand_are_set_and_described(dynamodb):
    make(dynamodb)
    limits = {"MaxReadRequestUnits": 10, "MaxWriteRequestUnits": 20}
    update(dynamodb, OnDemandThroughput=limits)
    assert described(dynamodb)["OnDemandThroughput"] == limits
