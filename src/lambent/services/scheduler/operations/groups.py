"""Groups: create, get, list, delete, and their tags."""

from collections.abc import Mapping, Sequence

from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.scheduler import errors
from lambent.services.scheduler.engine import groups, tokens
from lambent.services.scheduler.engine.firing import Firing
from lambent.services.scheduler.engine.identifiers import GroupName, parse_group
from lambent.services.scheduler.operations.base import Base, date, group_of, page_size, paged, scope_of, start
from lambent.services.scheduler.tables.groups import GroupRow
from lambent.store.database import Transaction


class GroupOperations(Base):
    """The control plane of groups."""

    async def create_schedule_group(self, context: Context, parameters: Parameters) -> Reply:
        name = group_of(context, parameters["Name"])
        await self._store.write(_create, name, parameters, self._clock.now())
        return {"ScheduleGroupArn": name.arn}

    async def get_schedule_group(self, context: Context, parameters: Parameters) -> Reply:
        return _told(await self._store.read(groups.find, group_of(context, parameters["Name"])))

    async def list_schedule_groups(self, context: Context, parameters: Parameters) -> Reply:
        size, prefix = page_size(parameters), parameters.get("NamePrefix") or ""
        after = start(parameters, "")
        found = await self._store.read(groups.page, scope_of(context), prefix=prefix, after=after, count_max=size)
        return paged("ScheduleGroups", [_told(row) for row in found], [row.name.name for row in found], size)

    async def delete_schedule_group(self, context: Context, parameters: Parameters) -> Reply:
        name = group_of(context, parameters["Name"])
        await self._store.write(_delete, name, parameters, self._firing, self._clock.now())
        return {}

    async def tag_resource(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(groups.tag, _own(context, parameters), _tags(parameters), (), self._clock.now())
        return {}

    async def untag_resource(self, context: Context, parameters: Parameters) -> Reply:
        removed: Sequence[str] = parameters["TagKeys"]
        await self._store.write(groups.tag, _own(context, parameters), {}, removed, self._clock.now())
        return {}

    async def list_tags_for_resource(self, context: Context, parameters: Parameters) -> Reply:
        row = await self._store.read(groups.find, _own(context, parameters))
        return {"Tags": [{"Key": key, "Value": value} for key, value in row.tags.items()]}


def _create(tx: Transaction, name: GroupName, parameters: Parameters, now: Instant) -> None:
    if not tokens.is_used(tx, name.scope, "CreateScheduleGroup", parameters, now):
        groups.create(tx, name, _tags(parameters), now)


def _delete(tx: Transaction, name: GroupName, parameters: Parameters, firing: Firing, now: Instant) -> None:
    if not tokens.is_used(tx, name.scope, "DeleteScheduleGroup", parameters, now):
        groups.close(tx, name, now)
        firing.empty(tx, name, now)


def _tags(parameters: Parameters) -> Mapping[str, str]:
    return {tag["Key"]: tag["Value"] for tag in parameters.get("Tags") or ()}


def _own(context: Context, parameters: Parameters) -> GroupName:
    """Tags are the owner's alone."""
    name = parse_group(parameters["ResourceArn"])
    if name is None or name.scope != scope_of(context):
        raise errors.GroupNotFound(name=parameters["ResourceArn"].rpartition("/")[2])
    return name


def _told(row: GroupRow) -> Reply:
    return {
        "Arn": row.name.arn,
        "Name": row.name.name,
        "State": row.state,
        "CreationDate": date(row.created_at),
        "LastModificationDate": date(row.modified_at),
    }
