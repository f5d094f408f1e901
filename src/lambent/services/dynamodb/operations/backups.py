"""Operations on backups."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.dynamodb.engine import backups, descriptions, identifiers
from lambent.services.dynamodb.engine.table import Index
from lambent.services.dynamodb.operations.base import Base, scope_of
from lambent.services.dynamodb.tables import backups as rows
from lambent.services.dynamodb.tables.backups import Backup

LISTED_MAX = 100


class BackupOperations(Base):
    async def create_backup(self, context: Context, parameters: Parameters) -> Reply:
        named = await self._named(context, parameters["TableName"], "CreateBackup")
        backup = await self._store.write(backups.create, named, parameters["BackupName"], self._timers, self._now())
        return {"BackupDetails": _details(backup)}

    async def describe_backup(self, context: Context, parameters: Parameters) -> Reply:
        backup = await self._store.read(backups.require, parameters["BackupArn"], scope_of(context))
        return {"BackupDescription": _description(backup)}

    async def delete_backup(self, context: Context, parameters: Parameters) -> Reply:
        arn, scope = parameters["BackupArn"], scope_of(context)
        backup = await self._store.write(backups.delete, arn, scope, self._timers, self._now())
        told = _description(backup)
        return {"BackupDescription": told | {"BackupDetails": told["BackupDetails"] | {"BackupStatus": "DELETED"}}}

    async def list_backups(self, context: Context, parameters: Parameters) -> Reply:
        found = await self._store.read(rows.all_of, scope_of(context))
        table, after = parameters.get("TableName"), parameters.get("ExclusiveStartBackupArn") or ""
        since, until = parameters.get("TimeRangeLowerBound"), parameters.get("TimeRangeUpperBound")
        wanted = [
            backup
            for backup in sorted(found, key=lambda one: one.arn)
            if (table is None or identifiers.table_named(table, scope_of(context)) == backup.named)
            and (since is None or descriptions.time(backup.created_at) >= since)
            and (until is None or descriptions.time(backup.created_at) < until)
            and backup.arn > after
            and (parameters.get("BackupType") or "USER") in ("USER", "ALL")
        ]
        count_max = parameters.get("Limit") or LISTED_MAX
        reply: Reply = {"BackupSummaries": [_summary(backup) for backup in wanted[:count_max]]}
        return reply | ({"LastEvaluatedBackupArn": wanted[count_max - 1].arn} if len(wanted) > count_max else {})

    async def restore_table_from_backup(self, context: Context, parameters: Parameters) -> Reply:
        named = await self._named(context, parameters["TargetTableName"], "RestoreTableFromBackup")
        table = await self._store.write(backups.restore, named, parameters, self._timers, self._now())
        return {"TableDescription": descriptions.table(table, {}, "CREATING")}


def _details(backup: Backup) -> Reply:
    return {
        "BackupArn": backup.arn,
        "BackupName": backup.name,
        "BackupSizeBytes": backup.item_bytes,
        "BackupStatus": "AVAILABLE" if backup.is_complete else "CREATING",
        "BackupType": "USER",
        "BackupCreationDateTime": descriptions.time(backup.created_at),
    }


def _summary(backup: Backup) -> Reply:
    named = backup.named
    return {"TableName": named.name, "TableId": backup.table_uuid, "TableArn": named.arn} | _details(backup)


def _description(backup: Backup) -> Reply:
    definition = backup.definition
    source = {
        "TableName": backup.named.name,
        "TableId": backup.table_uuid,
        "TableArn": backup.named.arn,
        "TableSizeBytes": backup.item_bytes,
        "KeySchema": descriptions.key_schema(definition.keys),
        "TableCreationDateTime": descriptions.time(backup.table_created_at),
        "ProvisionedThroughput": descriptions.units(definition.units),
        "ItemCount": backup.item_count,
        "BillingMode": definition.billing_mode,
    }
    features: Reply = {}
    for name, is_global in (("LocalSecondaryIndexes", False), ("GlobalSecondaryIndexes", True)):
        told = [_index(index) for index in definition.indexes if index.is_global is is_global]
        if told:
            features[name] = told
    if definition.ttl_attribute:
        features["TimeToLiveDescription"] = {"TimeToLiveStatus": "ENABLED", "AttributeName": definition.ttl_attribute}
    return {"BackupDetails": _details(backup), "SourceTableDetails": source, "SourceTableFeatureDetails": features}


def _index(index: Index) -> Reply:
    told = {
        "IndexName": index.name,
        "KeySchema": descriptions.key_schema(index.keys),
        "Projection": descriptions.projection(index),
    }
    return told | ({"ProvisionedThroughput": descriptions.units(index.units)} if index.is_global else {})
