"""Operations on roles."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.iam.engine import entities
from lambent.services.iam.engine.entities import ROLE, SESSION_S_MAX_DEFAULT, Changes
from lambent.services.iam.operations import shapes
from lambent.services.iam.operations.base import Base
from lambent.services.iam.tables.entities import Entity


class RoleOperations(Base):
    async def create_role(self, context: Context, parameters: Parameters) -> Reply:
        new = Entity(
            account=context.account,
            kind="role",
            id="",
            name=parameters["RoleName"],
            path=parameters.get("Path") or "/",
            created_at=self.clock.now(),
            tags=shapes.tags(parameters),
            boundary_arn=parameters.get("PermissionsBoundary") or "",
            description=parameters.get("Description") or "",
            trust_policy=parameters["AssumeRolePolicyDocument"],
            session_s_max=parameters.get("MaxSessionDuration") or SESSION_S_MAX_DEFAULT,
        )
        return {"Role": shapes.role(await self.store.write(entities.create, ROLE, new))}

    async def get_role(self, context: Context, parameters: Parameters) -> Reply:
        found = await self.store.read(entities.require, context.account, ROLE, parameters["RoleName"])
        return {"Role": shapes.role(found)}

    async def update_role(self, context: Context, parameters: Parameters) -> Reply:
        """What is not given goes back to its default, as on AWS."""
        changes = Changes(
            description=parameters.get("Description"),
            session_s_max=parameters.get("MaxSessionDuration") or SESSION_S_MAX_DEFAULT,
        )
        await self.store.write(entities.update, context.account, ROLE, parameters["RoleName"], changes)
        return {}

    async def update_role_description(self, context: Context, parameters: Parameters) -> Reply:
        changes = Changes(description=parameters["Description"])
        changed = await self.store.write(entities.update, context.account, ROLE, parameters["RoleName"], changes)
        return {"Role": shapes.role(changed)}

    async def update_assume_role_policy(self, context: Context, parameters: Parameters) -> Reply:
        name, document = parameters["RoleName"], parameters["PolicyDocument"]
        await self.store.write(entities.set_trust_policy, context.account, name, document)
        return {}

    async def list_instance_profiles_for_role(self, context: Context, parameters: Parameters) -> Reply:
        """Instance profiles are not built, so no role is in one; infrastructure tools ask before they delete a role."""
        await self.store.read(entities.require, context.account, ROLE, parameters["RoleName"])
        return {"InstanceProfiles": [], "IsTruncated": False}

    async def list_roles(self, context: Context, parameters: Parameters) -> Reply:
        prefix = parameters.get("PathPrefix") or "/"
        found = await self.store.read(entities.page, context.account, ROLE, prefix)
        return shapes.page("Roles", found, parameters, key=lambda one: one.name, tell=_brief)

    async def delete_role(self, context: Context, parameters: Parameters) -> Reply:
        await self.store.write(entities.delete, context.account, ROLE, parameters["RoleName"])
        return {}

    async def put_role_policy(self, context: Context, parameters: Parameters) -> Reply:
        return await self.put_inline(context, parameters, ROLE)

    async def get_role_policy(self, context: Context, parameters: Parameters) -> Reply:
        return await self.get_inline(context, parameters, ROLE)

    async def list_role_policies(self, context: Context, parameters: Parameters) -> Reply:
        return await self.list_inline(context, parameters, ROLE)

    async def delete_role_policy(self, context: Context, parameters: Parameters) -> Reply:
        return await self.delete_inline(context, parameters, ROLE)

    async def attach_role_policy(self, context: Context, parameters: Parameters) -> Reply:
        return await self.attach(context, parameters, ROLE)

    async def detach_role_policy(self, context: Context, parameters: Parameters) -> Reply:
        return await self.detach(context, parameters, ROLE)

    async def list_attached_role_policies(self, context: Context, parameters: Parameters) -> Reply:
        return await self.list_attached(context, parameters, ROLE)

    async def tag_role(self, context: Context, parameters: Parameters) -> Reply:
        return await self.tag(context, parameters, ROLE)

    async def untag_role(self, context: Context, parameters: Parameters) -> Reply:
        return await self.untag(context, parameters, ROLE)

    async def list_role_tags(self, context: Context, parameters: Parameters) -> Reply:
        return await self.list_tags(context, parameters, ROLE)

    async def put_role_permissions_boundary(self, context: Context, parameters: Parameters) -> Reply:
        return await self.set_boundary(context, parameters, ROLE)

    async def delete_role_permissions_boundary(self, context: Context, parameters: Parameters) -> Reply:
        return await self.set_boundary(context, parameters, ROLE)


def _brief(of: Entity) -> Reply:
    return shapes.role(of, is_whole=False)
