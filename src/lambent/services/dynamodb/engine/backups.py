"""Backups: a table's definition and a copy of its items, and tables made of them.

As on AWS a backup of a large table is copied over a while, and its items are not all of one moment.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/BackupRestore.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import structs

from lambent.core import ids
from lambent.core.arn import Arn
from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.durable.timers import Timers
from lambent.services.dynamodb import backup_errors, errors
from lambent.services.dynamodb.engine import copying, definitions, settings
from lambent.services.dynamodb.engine import tables as lives
from lambent.services.dynamodb.engine.copying import START
from lambent.services.dynamodb.engine.identifiers import TableName
from lambent.services.dynamodb.engine.places import Place
from lambent.services.dynamodb.engine.table import ACTIVE, ON_DEMAND, Definition, Index, Table, Units
from lambent.services.dynamodb.tables import backups, items, tables
from lambent.services.dynamodb.tables.backups import Backup
from lambent.store.database import Transaction

BACK_UP = "dynamodb.back-up"
RESTORE = "dynamodb.restore"

Given = Mapping[str, Any]


def create(tx: Transaction, named: TableName, name: str, timers: Timers, now: Instant) -> Backup:
    """Raises SourceTableNotFound, SourceTableInUse while it is restored."""
    table = tables.find(tx, named)
    if table is None:
        raise errors.SourceTableNotFound(name=named.name)
    if table.is_being_restored:
        raise backup_errors.SourceTableInUse(name=named.name)
    count, total = items.sizes(tx, table.id)
    backup = Backup(
        named=named,
        id=f"{int(now * 1000):014d}-{ids.hex_digits(8)}",
        name=name,
        table_uuid=table.uuid,
        table_created_at=table.created_at,
        created_at=now,
        definition=table.definition,
        items_id=tables.reserve_id(tx, named.scope),
        item_count=count,
        item_bytes=total,
        is_complete=False,
    )
    backups.insert(tx, backup)
    _copy(tx, table, backup, START, timers, now)
    return backup


def back_up_further(tx: Transaction, arn: str, payload: Sequence[Any], timers: Timers, now: Instant) -> None:
    """When the timer is due that ``create`` has set. Until a backup is complete neither it nor its table can be deleted."""
    table_id, *place = payload
    backup, table = backups.find(tx, *_parts(arn)), tables.find_by_id(tx, table_id)
    if backup is not None and table is not None:
        _copy(tx, table, backup, Place(*place), timers, now)


def _copy(tx: Transaction, table: Table, backup: Backup, start: Place, timers: Timers, now: Instant) -> None:
    after = copying.copy(tx, table.id, copying.without_indexes(table, backup.items_id), start)
    if after is None:
        backups.complete(tx, backup)
        return
    scope = table.scope
    timers.set(tx, BACK_UP, backup.arn, now, (table.id, *after), account=scope.account, region=scope.region)


def require(tx: Transaction, arn: str, scope: Scope) -> Backup:
    """Raises BackupNotFound."""
    named, id_ = _parts(arn)
    backup = backups.find(tx, named, id_) if named.scope == scope else None
    if backup is None:
        raise backup_errors.BackupNotFound(arn=arn)
    return backup


def require_made(tx: Transaction, arn: str, scope: Scope) -> Backup:
    """One that is complete. Raises BackupNotFound, BackupInUse."""
    backup = require(tx, arn, scope)
    if not backup.is_complete:
        raise backup_errors.BackupInUse(what="created", arn=arn)
    return backup


def delete(tx: Transaction, arn: str, scope: Scope, timers: Timers, now: Instant) -> Backup:
    """Raises BackupNotFound, BackupInUse while it is made or restored."""
    backup = require_made(tx, arn, scope)
    if any(
        table.is_being_restored and table.definition.restored["SourceBackupArn"] == arn for table in tables.all_of(tx, scope)
    ):
        raise backup_errors.BackupInUse(what="restored", arn=arn)
    backups.delete(tx, backup)
    lives.forsake(tx, backup.items_id, scope, timers, now)
    return backup


def restore(tx: Transaction, named: TableName, given: Given, timers: Timers, now: Instant) -> Table:
    """A new table of a backup. Raises BackupNotFound, BackupInUse, TableAlreadyExists, ValidationFailed."""
    backup = require_made(tx, given["BackupArn"], named.scope)
    if tables.find(tx, named) is not None:
        raise backup_errors.TableAlreadyExists(name=named.name)
    definition = _overridden(backup.definition, given, named.scope, now)
    summary = {"SourceBackupArn": backup.arn, "SourceTableArn": backup.named.arn, "RestoreDateTime": now}
    definition = structs.replace(definition, restored=summary | {"RestoreInProgress": True})
    table = lives.add(tx, named, definition, {}, now)
    _restore(tx, table, backup.items_id, START, timers, now)
    return table


def restore_further(tx: Transaction, table_id: int, payload: Sequence[Any], timers: Timers, now: Instant) -> None:
    """When the timer is due that ``restore`` has set."""
    items_id, *place = payload
    table = tables.find_by_id(tx, table_id)
    if table is not None:
        _restore(tx, table, items_id, Place(*place), timers, now)


def _restore(tx: Transaction, table: Table, items_id: int, start: Place, timers: Timers, now: Instant) -> None:
    after = copying.copy(tx, items_id, table, start)
    if after is not None:
        scope = table.scope
        timers.set(tx, RESTORE, str(table.id), now, (items_id, *after), account=scope.account, region=scope.region)
        return
    summary = table.definition.restored | {"RestoreInProgress": False}
    tables.set_definition(tx, table, structs.replace(table.definition, restored=summary))


def _overridden(kept: Definition, given: Given, scope: Scope, now: Instant) -> Definition:
    """What a restore takes over: no stream, time to live, policy or recovery, as on AWS."""
    mode = given.get("BillingModeOverride") or kept.billing_mode
    throughput = given.get("ProvisionedThroughputOverride")
    units = definitions.check_units(throughput, mode) if throughput or mode != kept.billing_mode else kept.units
    indexes = kept.indexes
    if given.get("GlobalSecondaryIndexOverride") is not None:
        wanted = {one["IndexName"] for one in given["GlobalSecondaryIndexOverride"]}
        indexes = tuple(index for index in indexes if not index.is_global or index.name in wanted)
    if given.get("LocalSecondaryIndexOverride") is not None:
        wanted = {one["IndexName"] for one in given["LocalSecondaryIndexOverride"]}
        indexes = tuple(index for index in indexes if index.is_global or index.name in wanted)
    used = set(kept.keys.names).union(*(index.keys.names for index in indexes))
    made = Definition(
        attributes={name: kind for name, kind in kept.attributes.items() if name in used},
        keys=kept.keys,
        indexes=tuple(_with_units(index, mode, units) for index in indexes),
        indexes_made=kept.indexes_made,
        billing_mode=mode,
        units=units,
        on_demand_max=dict(given.get("OnDemandThroughputOverride") or kept.on_demand_max),
        table_class=kept.table_class,
        encryption=kept.encryption,
        on_demand_since=now if mode == ON_DEMAND else 0.0,
    )
    return settings.with_encryption(made, given.get("SSESpecificationOverride"), scope)


def _with_units(index: Index, mode: str, units: Units) -> Index:
    index = structs.replace(index, status=ACTIVE)  # it may have been filled when the backup was made; a restore fills all
    if mode == ON_DEMAND:
        return structs.replace(index, units=Units())
    return structs.replace(index, units=index.units if index.units != Units() else units) if index.is_global else index


def _parts(arn: str) -> tuple[TableName, str]:
    """The table and the backup's id. Raises BackupNotFound for what is no backup's ARN."""
    parsed = Arn.parse(arn)
    parts = parsed.resource.split("/") if parsed is not None else []
    if parsed is None or len(parts) != 4 or parts[0] != "table" or parts[2] != "backup":
        raise backup_errors.BackupNotFound(arn=arn)
    named = TableName(Scope(parsed.account, parsed.region), parts[1])
    if arn != f"{named.arn}/backup/{parts[3]}":  # one backup has one ARN: policies judge what is written
        raise backup_errors.BackupNotFound(arn=arn)
    return named, parts[3]
