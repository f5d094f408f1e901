"""Aliases: create, get, update, delete, list."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.lambda_.engine import aliases
from lambent.services.lambda_.operations import pages, replies
from lambent.services.lambda_.operations.base import Base


class AliasOperations(Base):
    """Operations on aliases."""

    async def create_alias(self, context: Context, parameters: Parameters) -> Reply:
        row = await self._store.write(
            aliases.create,
            await self._named_unqualified(context, parameters, "CreateAlias"),
            parameters["Name"],
            version=parameters["FunctionVersion"],
            description=parameters.get("Description") or "",
            weights=(parameters.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {},
        )
        return replies.alias(row)

    async def get_alias(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._named_unqualified(context, parameters, "GetAlias")
        return replies.alias(await self._store.read(aliases.find, function, parameters["Name"]))

    async def update_alias(self, context: Context, parameters: Parameters) -> Reply:
        routing = parameters.get("RoutingConfig")
        row = await self._store.write(
            aliases.update,
            await self._named_unqualified(context, parameters, "UpdateAlias"),
            parameters["Name"],
            version=parameters.get("FunctionVersion"),
            description=parameters.get("Description"),
            weights=None if routing is None else routing.get("AdditionalVersionWeights") or {},
            revision_id=parameters.get("RevisionId"),
        )
        return replies.alias(row)

    async def delete_alias(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._named_unqualified(context, parameters, "DeleteAlias")
        await self._store.write(aliases.delete, function, parameters["Name"])
        return {}

    async def list_aliases(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._named_unqualified(context, parameters, "ListAliases")
        size = pages.count_max(parameters)
        rows = await self._store.read(
            aliases.list_aliases,
            function,
            version=parameters.get("FunctionVersion"),
            start=pages.start(parameters, ""),
            count_max=size + 1,
        )
        page, following = pages.split(rows, size)
        marker = pages.marker(following.name) if following else None
        return {"Aliases": [replies.alias(row) for row in page], "NextMarker": marker}
