"""Backups, and tables restored from them."""

import pytest
from tests.service.dynamodb.tables import definitions, index, item, make

MANY = 1_200  # more items than are copied at once


@pytest.fixture
def table(dynamodb):
    make(dynamodb, AttributeDefinitions=definitions("id:S kind:S"), GlobalSecondaryIndexes=[index("by_kind", "kind")])
    return dynamodb


def fill(dynamodb, count):
    for start in range(0, count, 25):
        puts = [{"PutRequest": {"Item": item(id=str(number), kind="x")}} for number in range(start, start + 25)]
        dynamodb.batch_write_item(RequestItems={"things": puts})


def back_up(table, name="backup"):
    return table.create_backup(TableName="things", BackupName=name)["BackupDetails"]["BackupArn"]


def status(table, arn):
    return table.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]["BackupStatus"]


@pytest.mark.parametrize("count", [50, MANY])
def test_a_table_is_restored_as_it_was(table, advance, count):
    fill(table, count)
    arn = back_up(table)
    advance(1)
    assert status(table, arn) == "AVAILABLE"
    table.delete_table(TableName="things")
    advance(1)
    told = table.restore_table_from_backup(TargetTableName="restored", BackupArn=arn)["TableDescription"]
    assert (told["TableStatus"], told["RestoreSummary"]["RestoreInProgress"]) == ("CREATING", True)
    advance(1)
    told = table.describe_table(TableName="restored")["Table"]
    assert (told["TableStatus"], told["RestoreSummary"]["RestoreInProgress"]) == ("ACTIVE", False)
    assert (told["ItemCount"], told["GlobalSecondaryIndexes"][0]["ItemCount"]) == (count, count)
    assert table.get_item(TableName="restored", Key=item(id="7"))["Item"] == item(id="7", kind="x")


def test_a_backup_does_not_follow_its_table(table):
    table.put_item(TableName="things", Item=item(id="a"))
    arn = back_up(table)
    table.put_item(TableName="things", Item=item(id="b"))
    table.restore_table_from_backup(TargetTableName="restored", BackupArn=arn)
    assert [one["id"]["S"] for one in table.scan(TableName="restored")["Items"]] == ["a"]


def test_backups_are_described_listed_and_deleted(table, refusal):
    table.put_item(TableName="things", Item=item(id="a"))
    arns = sorted(back_up(table, f"backup-{number}") for number in range(3))
    told = table.describe_backup(BackupArn=arns[0])["BackupDescription"]
    assert (told["SourceTableDetails"]["TableName"], told["SourceTableDetails"]["ItemCount"]) == ("things", 1)
    assert told["SourceTableFeatureDetails"]["GlobalSecondaryIndexes"][0]["IndexName"] == "by_kind"
    first = table.list_backups(TableName="things", Limit=2)
    rest = table.list_backups(Limit=2, ExclusiveStartBackupArn=first["LastEvaluatedBackupArn"])
    assert [one["BackupArn"] for one in first["BackupSummaries"] + rest["BackupSummaries"]] == arns
    deleted = table.delete_backup(BackupArn=arns[0])["BackupDescription"]
    assert deleted["BackupDetails"]["BackupStatus"] == "DELETED"
    assert refusal(table.describe_backup, BackupArn=arns[0]) == (
        "BackupNotFoundException",
        f"Backup not found: {arns[0]}",
    )


def test_a_restore_may_change_indexes_and_billing(table):
    arn = back_up(table)
    told = table.restore_table_from_backup(
        TargetTableName="restored",
        BackupArn=arn,
        BillingModeOverride="PROVISIONED",
        ProvisionedThroughputOverride={"ReadCapacityUnits": 1, "WriteCapacityUnits": 2},
        GlobalSecondaryIndexOverride=[],
    )["TableDescription"]
    assert told["ProvisionedThroughput"]["WriteCapacityUnits"] == 2
    assert "GlobalSecondaryIndexes" not in told
    assert told["AttributeDefinitions"] == definitions("id:S")


def test_a_restore_over_a_table_is_refused(table, refusal):
    arn = back_up(table)
    assert refusal(table.restore_table_from_backup, TargetTableName="things", BackupArn=arn) == (
        "TableAlreadyExistsException",
        "Table already exists: things",
    )
    assert refusal(table.create_backup, TableName="none", BackupName="backup")[0] == "TableNotFoundException"
