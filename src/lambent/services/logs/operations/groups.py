"""Operations on log groups, their settings and their tags."""

from lambent.core.context import Context, Scope
from lambent.core.ports import Parameters, Reply
from lambent.services.logs import errors, sweeper
from lambent.services.logs.engine import groups, statistics
from lambent.services.logs.operations.base import Base, scope_of
from lambent.services.logs.tables.groups import Group
from lambent.store.database import Transaction

DESCRIBED_MAX = 50
LISTED_DEFAULT = 50
CLASS_DEFAULT = "STANDARD"


class GroupOperations(Base):
    async def create_log_group(self, context: Context, parameters: Parameters) -> Reply:
        await self.store.write(
            groups.create,
            scope_of(context),
            parameters["logGroupName"],
            now_ms=self.now_ms(),
            class_=parameters.get("logGroupClass") or CLASS_DEFAULT,
            kms_key_id=parameters.get("kmsKeyId") or "",
            is_deletion_protected=bool(parameters.get("deletionProtectionEnabled")),
            tags=parameters.get("tags") or {},
        )
        return {}

    async def delete_log_group(self, context: Context, parameters: Parameters) -> Reply:
        self.appender.forget()
        await self.store.write(groups.delete, scope_of(context), parameters["logGroupName"])
        return {}

    async def describe_log_groups(self, context: Context, parameters: Parameters) -> Reply:
        prefix, pattern = parameters.get("logGroupNamePrefix"), parameters.get("logGroupNamePattern")
        if prefix and pattern:
            raise errors.PrefixAndPattern()
        identifiers = parameters.get("logGroupIdentifiers")
        if identifiers:
            named = [groups.of_identifier(identifier, scope_of(context)) for identifier in identifiers]
            found = await self.store.write(_described, scope_of(context), named)
            return {"logGroups": [_told(group) for group in found]}
        page = await self.store.write(
            _described_page,
            scope_of(context),
            prefix=prefix or "",
            pattern=pattern or "",
            class_=parameters.get("logGroupClass") or "",
            after=parameters.get("nextToken") or "",
            count_max=parameters.get("limit") or DESCRIBED_MAX,
        )
        return {
            "logGroups": [_told_briefly(group) if pattern else _told(group) for group in page.groups],
            "nextToken": page.groups[-1].name if page.is_truncated else None,
        }

    async def list_log_groups(self, context: Context, parameters: Parameters) -> Reply:
        pattern = parameters.get("logGroupNamePattern")
        page = await self.store.read(
            groups.page,
            scope_of(context),
            prefix="",
            substrings=pattern.split("|") if pattern else (),
            class_=parameters.get("logGroupClass") or "",
            after=parameters.get("nextToken") or "",
            count_max=parameters.get("limit") or LISTED_DEFAULT,
        )
        return {
            "logGroups": [
                {"logGroupName": group.name, "logGroupArn": group.arn, "logGroupClass": group.class_} for group in page.groups
            ],
            "nextToken": page.groups[-1].name if page.is_truncated else None,
        }

    # ---- settings ----------------------------------------------------------------------------------------------------

    async def put_retention_policy(self, context: Context, parameters: Parameters) -> Reply:
        days = parameters["retentionInDays"]
        if days == 0:
            raise errors.InvalidRetention(days=days, allowed=", ".join(map(str, groups.RETENTION_DAYS)))
        await self._set_retention(context, parameters["logGroupName"], days)
        return {}

    async def delete_retention_policy(self, context: Context, parameters: Parameters) -> Reply:
        await self._set_retention(context, parameters["logGroupName"], 0)
        return {}

    async def put_log_group_deletion_protection(self, context: Context, parameters: Parameters) -> Reply:
        name = groups.of_identifier(parameters["logGroupIdentifier"], scope_of(context))
        is_protected = parameters["deletionProtectionEnabled"]
        await self.store.write(groups.set_deletion_protection, scope_of(context), name, is_protected=is_protected)
        return {}

    async def _set_retention(self, context: Context, name: str, days: int) -> None:
        await self.store.write(groups.set_retention, scope_of(context), name, days, topic=sweeper.TOPIC)

    # ---- tags --------------------------------------------------------------------------------------------------------

    async def tag_log_group(self, context: Context, parameters: Parameters) -> Reply:
        await self.store.write(groups.add_tags, scope_of(context), parameters["logGroupName"], parameters["tags"])
        return {}

    async def untag_log_group(self, context: Context, parameters: Parameters) -> Reply:
        await self.store.write(groups.remove_tags, scope_of(context), parameters["logGroupName"], parameters["tags"])
        return {}

    async def list_tags_log_group(self, context: Context, parameters: Parameters) -> Reply:
        return {"tags": dict(await self.store.read(groups.tags_of, scope_of(context), parameters["logGroupName"]))}

    async def tag_resource(self, context: Context, parameters: Parameters) -> Reply:
        name = groups.of_arn(parameters["resourceArn"], scope_of(context))
        await self.store.write(groups.add_tags, scope_of(context), name, parameters["tags"])
        return {}

    async def untag_resource(self, context: Context, parameters: Parameters) -> Reply:
        name = groups.of_arn(parameters["resourceArn"], scope_of(context))
        await self.store.write(groups.remove_tags, scope_of(context), name, parameters["tagKeys"])
        return {}

    async def list_tags_for_resource(self, context: Context, parameters: Parameters) -> Reply:
        name = groups.of_arn(parameters["resourceArn"], scope_of(context))
        return {"tags": dict(await self.store.read(groups.tags_of, scope_of(context), name))}


def _described(tx: Transaction, scope: Scope, names: list[str]) -> list[Group]:
    statistics.catch_up(tx)
    return [groups.require(tx, scope, name) for name in names]


def _described_page(
    tx: Transaction, scope: Scope, *, prefix: str, pattern: str, class_: str, after: str, count_max: int
) -> groups.Page:
    statistics.catch_up(tx)
    substrings = (pattern,) if pattern else ()
    return groups.page(tx, scope, prefix=prefix, substrings=substrings, class_=class_, after=after, count_max=count_max)


def _told_briefly(group: Group) -> Reply:
    """What AWS tells of groups that were asked for by a pattern."""
    return {"logGroupName": group.name, "creationTime": group.created_ms, "arn": f"{group.arn}:*"}


def _told(group: Group) -> Reply:
    return {
        "logGroupName": group.name,
        "creationTime": group.created_ms,
        "retentionInDays": group.retention_days or None,
        "metricFilterCount": 0,
        "arn": f"{group.arn}:*",
        "storedBytes": group.stored_bytes,
        "kmsKeyId": group.kms_key_id or None,
        "logGroupClass": group.class_,
        "logGroupArn": group.arn,
        "deletionProtectionEnabled": group.is_deletion_protected,
    }
