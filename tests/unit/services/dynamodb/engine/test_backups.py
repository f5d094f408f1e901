"""Backups and restores, which take as many transactions as they need."""

import pytest
from tests.unit.services.dynamodb.world import NAMED, NOW, SCOPE, NoTimers, definitions, index, make

from lambent.services.dynamodb import backup_errors, errors
from lambent.services.dynamodb.engine import backups, copying, items, tables, updating
from lambent.services.dynamodb.engine.identifiers import TableName
from lambent.services.dynamodb.tables import items as rows

RESTORED = TableName(SCOPE, "restored")


@pytest.fixture
def timers(monkeypatch):
    monkeypatch.setattr(copying, "COPIED_MAX", 3)
    return NoTimers()


def filled(tx):
    table = make(tx)
    for number in range(7):
        items.put(tx, table, items.put_of(table, {"id": {"S": str(number)}}), NOW)
    return table


def run(tx, timers):
    while timers.wanted:
        kind, key, payload = timers.wanted.pop(0)
        if kind == backups.BACK_UP:
            backups.back_up_further(tx, key, payload, timers, NOW)
        else:
            backups.restore_further(tx, int(key), payload, timers, NOW)


def test_a_backup_is_complete_when_all_is_copied_and_so_is_a_restore(tx, timers):
    table = filled(tx)
    arn = backups.create(tx, NAMED, "backup", timers, NOW).arn
    assert not backups.require(tx, arn, SCOPE).is_complete
    run(tx, timers)
    assert backups.require(tx, arn, SCOPE).is_complete
    restored = backups.restore(tx, RESTORED, {"BackupArn": arn}, timers, NOW)
    assert tables.require(tx, RESTORED).definition.restored["RestoreInProgress"]
    run(tx, timers)
    assert not tables.require(tx, RESTORED).definition.restored["RestoreInProgress"]
    assert rows.sizes(tx, restored.id) == rows.sizes(tx, table.id)


def test_neither_a_backup_nor_its_table_is_deleted_before_it_is_complete(tx, timers):
    filled(tx)
    arn = backups.create(tx, NAMED, "backup", timers, NOW).arn
    with pytest.raises(errors.TableInUse):
        tables.delete(tx, NAMED, NoTimers(), NOW)
    with pytest.raises(backup_errors.BackupInUse):
        backups.delete(tx, arn, SCOPE, timers, NOW)
    with pytest.raises(backup_errors.BackupInUse):
        backups.restore(tx, RESTORED, {"BackupArn": arn}, timers, NOW)
    run(tx, timers)
    tables.delete(tx, NAMED, NoTimers(), NOW)


def test_until_a_table_is_restored_nobody_reads_changes_or_deletes_it_or_its_backup(tx, timers):
    filled(tx)
    arn = backups.create(tx, NAMED, "backup", timers, NOW).arn
    run(tx, timers)
    backups.restore(tx, RESTORED, {"BackupArn": arn}, timers, NOW)
    with pytest.raises(errors.ResourceNotFound):
        tables.find(tx, RESTORED)
    with pytest.raises(errors.TableInUse):
        updating.update(tx, RESTORED, {"DeletionProtectionEnabled": True}, timers, NOW)
    with pytest.raises(errors.TableInUse):
        tables.delete(tx, RESTORED, timers, NOW)
    with pytest.raises(backup_errors.SourceTableInUse):
        backups.create(tx, RESTORED, "backup", timers, NOW)
    with pytest.raises(backup_errors.BackupInUse):
        backups.delete(tx, arn, SCOPE, timers, NOW)
    run(tx, timers)
    assert tables.find(tx, RESTORED)
    backups.delete(tx, arn, SCOPE, timers, NOW)


def test_an_index_that_was_being_filled_is_active_once_it_is_restored(tx, timers):
    filled(tx)
    create = {"Create": index("by_kind", "kind")}
    given = {"AttributeDefinitions": definitions("kind:S"), "GlobalSecondaryIndexUpdates": [create]}
    updating.update(tx, NAMED, given, NoTimers(), NOW)
    arn = backups.create(tx, NAMED, "backup", timers, NOW).arn
    run(tx, timers)
    backups.restore(tx, RESTORED, {"BackupArn": arn}, timers, NOW)
    run(tx, timers)
    assert tables.find(tx, RESTORED).indexes[0].status == "ACTIVE"


def test_a_deleted_backup_leaves_nothing(tx, timers):
    filled(tx)
    backup = backups.create(tx, NAMED, "backup", timers, NOW)
    run(tx, timers)
    backups.delete(tx, backup.arn, SCOPE, timers, NOW)
    run(tx, timers)
    assert rows.sizes(tx, backup.items_id) == (0, 0)
    with pytest.raises(backup_errors.BackupNotFound):
        backups.require(tx, backup.arn, SCOPE)


@pytest.mark.parametrize("arn", ["", "arn:aws:dynamodb:r:a:table/things", "arn:aws:dynamodb:r:a:table/things/backup/x"])
def test_what_is_no_backup_is_not_found(tx, arn):
    with pytest.raises(backup_errors.BackupNotFound):
        backups.require(tx, arn, SCOPE)
