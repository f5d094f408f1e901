"""Operations on users."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.iam.engine import entities
from lambent.services.iam.engine.entities import USER, Changes
from lambent.services.iam.operations import shapes
from lambent.services.iam.operations.base import Base
from lambent.services.iam.tables.entities import Entity


class UserOperations(Base):
    async def create_user(self, context: Context, parameters: Parameters) -> Reply:
        new = Entity(
            account=context.account,
            kind="user",
            id="",
            name=parameters["UserName"],
            path=parameters.get("Path") or "/",
            created_at=self.clock.now(),
            tags=shapes.tags(parameters),
            boundary_arn=parameters.get("PermissionsBoundary") or "",
        )
        return {"User": shapes.user(await self.store.write(entities.create, USER, new))}

    async def get_user(self, context: Context, parameters: Parameters) -> Reply:
        """Without a name: the user that asks, which may be the account's root."""
        name = parameters.get("UserName") or shapes.own_name(context)
        if name is None:
            return {"User": self._root(context)}
        return {"User": shapes.user(await self.store.read(entities.require, context.account, USER, name))}

    async def update_user(self, context: Context, parameters: Parameters) -> Reply:
        changes = Changes(name=parameters.get("NewUserName"), path=parameters.get("NewPath"))
        await self.store.write(entities.update, context.account, USER, parameters["UserName"], changes)
        self.forget_key(None)  # they tell the user's ARN
        return {}

    async def list_groups_for_user(self, context: Context, parameters: Parameters) -> Reply:
        found = await self.store.read(entities.groups_of, context.account, parameters["UserName"])
        return shapes.page("Groups", found, parameters, key=lambda one: one.name, tell=shapes.group)

    async def list_users(self, context: Context, parameters: Parameters) -> Reply:
        prefix = parameters.get("PathPrefix") or "/"
        found = await self.store.read(entities.page, context.account, USER, prefix)
        return shapes.page("Users", found, parameters, key=lambda one: one.name, tell=_brief)

    async def delete_user(self, context: Context, parameters: Parameters) -> Reply:
        await self.store.write(entities.delete, context.account, USER, parameters["UserName"])
        return {}

    async def put_user_policy(self, context: Context, parameters: Parameters) -> Reply:
        return await self.put_inline(context, parameters, USER)

    async def get_user_policy(self, context: Context, parameters: Parameters) -> Reply:
        return await self.get_inline(context, parameters, USER)

    async def list_user_policies(self, context: Context, parameters: Parameters) -> Reply:
        return await self.list_inline(context, parameters, USER)

    async def delete_user_policy(self, context: Context, parameters: Parameters) -> Reply:
        return await self.delete_inline(context, parameters, USER)

    async def attach_user_policy(self, context: Context, parameters: Parameters) -> Reply:
        return await self.attach(context, parameters, USER)

    async def detach_user_policy(self, context: Context, parameters: Parameters) -> Reply:
        return await self.detach(context, parameters, USER)

    async def list_attached_user_policies(self, context: Context, parameters: Parameters) -> Reply:
        return await self.list_attached(context, parameters, USER)

    async def tag_user(self, context: Context, parameters: Parameters) -> Reply:
        return await self.tag(context, parameters, USER)

    async def untag_user(self, context: Context, parameters: Parameters) -> Reply:
        return await self.untag(context, parameters, USER)

    async def list_user_tags(self, context: Context, parameters: Parameters) -> Reply:
        return await self.list_tags(context, parameters, USER)

    async def put_user_permissions_boundary(self, context: Context, parameters: Parameters) -> Reply:
        return await self.set_boundary(context, parameters, USER)

    async def delete_user_permissions_boundary(self, context: Context, parameters: Parameters) -> Reply:
        return await self.set_boundary(context, parameters, USER)

    def _root(self, context: Context) -> Reply:
        account = context.account
        return {
            "Path": "/",
            "UserName": "root",
            "UserId": account,
            "Arn": f"arn:aws:iam::{account}:root",
            "CreateDate": shapes.time(0),
        }


def _brief(of: Entity) -> Reply:
    return shapes.user(of, is_whole=False)
