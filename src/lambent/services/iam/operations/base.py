"""What all operations of iam share: those that users, roles and groups have alike, written once."""

from lambent.core.clock import Clock
from lambent.core.context import Context
from lambent.core.ports import Key, Parameters, Reply
from lambent.services.iam.engine import entities
from lambent.services.iam.engine.entities import Kind
from lambent.services.iam.operations import shapes
from lambent.services.iam.operations.holdings import KnownHoldings
from lambent.store.database import Database
from lambent.store.known import Known


class Base:
    """Keeps what the operations work with."""

    store: Database
    clock: Clock
    holdings: KnownHoldings
    known_keys: Known[str, Key | None]  # by access key id

    def forget_key(self, access_key_id: str | None) -> None:
        """Drops what is known of a key, or of all."""
        if access_key_id is None:
            self.known_keys.forget_all()
        else:
            self.known_keys.forget(access_key_id)

    async def put_inline(self, context: Context, parameters: Parameters, kind: Kind) -> Reply:
        names = (parameters[f"{kind.title}Name"], parameters["PolicyName"])
        await self.store.write(entities.put_inline, context.account, kind, *names, parameters["PolicyDocument"])
        return {}

    async def get_inline(self, context: Context, parameters: Parameters, kind: Kind) -> Reply:
        name, policy_name = parameters[f"{kind.title}Name"], parameters["PolicyName"]
        document = await self.store.read(entities.inline_document, context.account, kind, name, policy_name)
        return {
            f"{kind.title}Name": name,
            "PolicyName": policy_name,
            "PolicyDocument": shapes.document(document),
        }

    async def list_inline(self, context: Context, parameters: Parameters, kind: Kind) -> Reply:
        found = await self.store.read(entities.inline, context.account, kind, parameters[f"{kind.title}Name"])
        return shapes.page("PolicyNames", list(found), parameters, key=str, tell=str)

    async def delete_inline(self, context: Context, parameters: Parameters, kind: Kind) -> Reply:
        names = (parameters[f"{kind.title}Name"], parameters["PolicyName"])
        await self.store.write(entities.delete_inline, context.account, kind, *names)
        return {}

    async def attach(self, context: Context, parameters: Parameters, kind: Kind) -> Reply:
        names = (parameters[f"{kind.title}Name"], parameters["PolicyArn"])
        await self.store.write(entities.attach, context.account, kind, *names)
        return {}

    async def detach(self, context: Context, parameters: Parameters, kind: Kind) -> Reply:
        names = (parameters[f"{kind.title}Name"], parameters["PolicyArn"])
        await self.store.write(entities.detach, context.account, kind, *names)
        return {}

    async def list_attached(self, context: Context, parameters: Parameters, kind: Kind) -> Reply:
        arns = await self.store.read(entities.attached, context.account, kind, parameters[f"{kind.title}Name"])
        prefix = parameters.get("PathPrefix") or "/"
        chosen = [arn for arn in arns if _path_of(arn).startswith(prefix)]
        return shapes.page(
            "AttachedPolicies",
            chosen,
            parameters,
            key=str,
            tell=lambda arn: {"PolicyName": arn.rsplit("/", 1)[-1], "PolicyArn": arn},
        )

    async def tag(self, context: Context, parameters: Parameters, kind: Kind) -> Reply:
        tags = shapes.tags(parameters)
        await self.store.write(entities.tag, context.account, kind, parameters[f"{kind.title}Name"], tags)
        return {}

    async def untag(self, context: Context, parameters: Parameters, kind: Kind) -> Reply:
        name, tag_keys = parameters[f"{kind.title}Name"], parameters["TagKeys"]
        await self.store.write(entities.untag, context.account, kind, name, tag_keys)
        return {}

    async def list_tags(self, context: Context, parameters: Parameters, kind: Kind) -> Reply:
        found = await self.store.read(entities.require, context.account, kind, parameters[f"{kind.title}Name"])
        return shapes.page("Tags", shapes.told_tags(found.tags), parameters, key=lambda tag: tag["Key"], tell=dict)

    async def set_boundary(self, context: Context, parameters: Parameters, kind: Kind) -> Reply:
        changes = entities.Changes(boundary_arn=parameters.get("PermissionsBoundary") or "")
        await self.store.write(entities.update, context.account, kind, parameters[f"{kind.title}Name"], changes)
        return {}


def _path_of(policy_arn: str) -> str:
    return policy_arn.partition(":policy")[2].rpartition("/")[0] + "/"
