"""Operations on managed policies."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.iam.engine import policies
from lambent.services.iam.engine.policies import Usage
from lambent.services.iam.operations import shapes
from lambent.services.iam.operations.base import Base
from lambent.services.iam.tables.entities import Entity

_KINDS = {"role": "Role", "user": "User", "group": "Group"}


class PolicyOperations(Base):
    async def create_policy(self, context: Context, parameters: Parameters) -> Reply:
        policy = await self.store.write(
            policies.create,
            context.account,
            parameters["PolicyName"],
            parameters["PolicyDocument"],
            path=parameters.get("Path") or "/",
            description=parameters.get("Description") or "",
            tags=shapes.tags(parameters),
            now=self.clock.now(),
        )
        told = shapes.policy(Usage(policy, 0, 0), is_whole=False)
        return {"Policy": told | {"Tags": shapes.told_tags(policy.tags) or None}}

    async def get_policy(self, context: Context, parameters: Parameters) -> Reply:
        usage = await self.store.read(policies.usage, context.account, parameters["PolicyArn"])
        return {"Policy": shapes.policy(usage)}

    async def list_policies(self, context: Context, parameters: Parameters) -> Reply:
        found = await self.store.read(
            policies.page,
            context.account,
            scope=parameters.get("Scope") or "All",
            path_prefix=parameters.get("PathPrefix") or "/",
            only_attached=bool(parameters.get("OnlyAttached")),
        )
        return shapes.page("Policies", found, parameters, key=lambda one: one.policy.arn, tell=_brief)

    async def delete_policy(self, context: Context, parameters: Parameters) -> Reply:
        await self.store.write(policies.delete, context.account, parameters["PolicyArn"])
        return {}

    async def create_policy_version(self, context: Context, parameters: Parameters) -> Reply:
        policy, version = await self.store.write(
            policies.create_version,
            context.account,
            parameters["PolicyArn"],
            parameters["PolicyDocument"],
            is_default=bool(parameters.get("SetAsDefault")),
            now=self.clock.now(),
        )
        return {"PolicyVersion": shapes.policy_version(policy, version, with_document=False)}

    async def get_policy_version(self, context: Context, parameters: Parameters) -> Reply:
        where = (parameters["PolicyArn"], parameters["VersionId"])
        policy, version = await self.store.read(policies.version, context.account, *where)
        return {"PolicyVersion": shapes.policy_version(policy, version, with_document=True)}

    async def list_policy_versions(self, context: Context, parameters: Parameters) -> Reply:
        policy, versions = await self.store.read(policies.versions, context.account, parameters["PolicyArn"])
        return shapes.page(
            "Versions",
            versions,
            parameters,
            key=lambda one: f"{2**31 - one.version:010}",  # newest first
            tell=lambda one: shapes.policy_version(policy, one, with_document=False),
        )

    async def delete_policy_version(self, context: Context, parameters: Parameters) -> Reply:
        where = (parameters["PolicyArn"], parameters["VersionId"])
        await self.store.write(policies.delete_version, context.account, *where)
        return {}

    async def set_default_policy_version(self, context: Context, parameters: Parameters) -> Reply:
        where = (parameters["PolicyArn"], parameters["VersionId"])
        await self.store.write(policies.set_default, context.account, *where, self.clock.now())
        return {}

    async def list_entities_for_policy(self, context: Context, parameters: Parameters) -> Reply:
        found = await self.store.read(policies.holders, context.account, parameters["PolicyArn"])
        wanted = parameters.get("EntityFilter")
        prefix = parameters.get("PathPrefix") or "/"
        chosen = [one for one in found if wanted in (None, _KINDS[one.kind]) and one.path.startswith(prefix)]
        page = shapes.page("Entities", chosen, parameters, key=_kind_and_name, tell=lambda one: one)
        entities: list[Entity] = page.pop("Entities")
        for kind, title in _KINDS.items():
            page[f"Policy{title}s"] = [{f"{title}Name": one.name, f"{title}Id": one.id} for one in entities if one.kind == kind]
        return page

    async def tag_policy(self, context: Context, parameters: Parameters) -> Reply:
        tags = shapes.tags(parameters)
        await self.store.write(policies.tag, context.account, parameters["PolicyArn"], tags)
        return {}

    async def untag_policy(self, context: Context, parameters: Parameters) -> Reply:
        where = (parameters["PolicyArn"], parameters["TagKeys"])
        await self.store.write(policies.untag, context.account, *where)
        return {}

    async def list_policy_tags(self, context: Context, parameters: Parameters) -> Reply:
        found = await self.store.read(policies.require, context.account, parameters["PolicyArn"])
        return shapes.page("Tags", shapes.told_tags(found.tags), parameters, key=lambda tag: tag["Key"], tell=dict)


def _brief(of: Usage) -> Reply:
    return shapes.policy(of, is_whole=False)


def _kind_and_name(of: Entity) -> str:
    return f"{of.kind}/{of.name}"
