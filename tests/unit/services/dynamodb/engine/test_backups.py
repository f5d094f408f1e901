"""Backups and restores, which take as many transactions as they need."""

import pytest
from tests.unit.services.dynamodb.world import NAMED, NOW, SCOPE, NoTimers, make

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import backups, copying, items, tables
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
    assert tables.find(tx, RESTORED).definition.restored["RestoreInProgress"]
    run(tx, timers)
    assert not tables.find(tx, RESTORED).definition.restored["RestoreInProgress"]
    assert rows.sizes(tx, restored.id) == rows.sizes(tx, table.id)


def test_a_backup_of_a_table_that_is_deleted_meanwhile_comes_to_an_end(tx, timers):
    filled(tx)
    arn = backups.create(tx, NAMED, "backup", timers, NOW).arn
    tables.delete(tx, NAMED, NoTimers(), NOW)
    run(tx, timers)
    assert backups.require(tx, arn, SCOPE).is_complete


def test_a_deleted_backup_leaves_nothing(tx, timers):
    filled(tx)
    backup = backups.create(tx, NAMED, "backup", timers, NOW)
    backups.delete(tx, backup.arn, SCOPE, timers, NOW)
    run(tx, timers)
    assert rows.sizes(tx, backup.items_id) == (0, 0)
    with pytest.raises(errors.BackupNotFound):
        backups.require(tx, backup.arn, SCOPE)


@pytest.mark.parametrize("arn", ["", "arn:aws:dynamodb:r:a:table/things", "arn:aws:dynamodb:r:a:table/things/backup/x"])
def test_what_is_no_backup_is_not_found(tx, arn):
    with pytest.raises(errors.BackupNotFound):
        backups.require(tx, arn, SCOPE)
