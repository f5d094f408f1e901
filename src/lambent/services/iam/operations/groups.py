"""Operations on groups."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.iam.engine import entities
from lambent.services.iam.engine.entities import GROUP, Changes
from lambent.services.iam.operations import shapes
from lambent.services.iam.operations.base import Base
from lambent.services.iam.tables.entities import Entity


class GroupOperations(Base):
    async def create_group(self, context: Context, parameters: Parameters) -> Reply:
        name, path = parameters["GroupName"], parameters.get("Path") or "/"
        new = Entity(context.account, "group", "", name, path, self.clock.now())
        return {"Group": shapes.group(await self.store.write(entities.create, GROUP, new))}

    async def get_group(self, context: Context, parameters: Parameters) -> Reply:
        group, members = await self.store.read(entities.members, context.account, parameters["GroupName"])
        page = shapes.page("Users", members, parameters, key=lambda one: one.name, tell=_member)
        return {"Group": shapes.group(group), **page}

    async def update_group(self, context: Context, parameters: Parameters) -> Reply:
        changes = Changes(name=parameters.get("NewGroupName"), path=parameters.get("NewPath"))
        await self.store.write(entities.update, context.account, GROUP, parameters["GroupName"], changes)
        return {}

    async def add_user_to_group(self, context: Context, parameters: Parameters) -> Reply:
        names = (parameters["GroupName"], parameters["UserName"])
        await self.store.write(entities.add_to_group, context.account, *names)
        return {}

    async def remove_user_from_group(self, context: Context, parameters: Parameters) -> Reply:
        names = (parameters["GroupName"], parameters["UserName"])
        await self.store.write(entities.remove_from_group, context.account, *names)
        return {}

    async def list_groups(self, context: Context, parameters: Parameters) -> Reply:
        prefix = parameters.get("PathPrefix") or "/"
        found = await self.store.read(entities.page, context.account, GROUP, prefix)
        return shapes.page("Groups", found, parameters, key=lambda one: one.name, tell=shapes.group)

    async def delete_group(self, context: Context, parameters: Parameters) -> Reply:
        await self.store.write(entities.delete, context.account, GROUP, parameters["GroupName"])
        return {}

    async def put_group_policy(self, context: Context, parameters: Parameters) -> Reply:
        return await self.put_inline(context, parameters, GROUP)

    async def get_group_policy(self, context: Context, parameters: Parameters) -> Reply:
        return await self.get_inline(context, parameters, GROUP)

    async def list_group_policies(self, context: Context, parameters: Parameters) -> Reply:
        return await self.list_inline(context, parameters, GROUP)

    async def delete_group_policy(self, context: Context, parameters: Parameters) -> Reply:
        return await self.delete_inline(context, parameters, GROUP)

    async def attach_group_policy(self, context: Context, parameters: Parameters) -> Reply:
        return await self.attach(context, parameters, GROUP)

    async def detach_group_policy(self, context: Context, parameters: Parameters) -> Reply:
        return await self.detach(context, parameters, GROUP)

    async def list_attached_group_policies(self, context: Context, parameters: Parameters) -> Reply:
        return await self.list_attached(context, parameters, GROUP)


def _member(of: Entity) -> Reply:
    return shapes.user(of, is_whole=False)
