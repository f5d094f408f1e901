"""Tags of functions and of event source mappings."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import tags
from lambent.services.lambda_.engine.event_sources import mappings
from lambent.services.lambda_.engine.identifiers import FunctionName, mapping_id_of, parse_tagged
from lambent.services.lambda_.operations.base import Base


class TagOperations(Base):
    """Operations on tags."""

    async def list_tags(self, context: Context, parameters: Parameters) -> Reply:
        mapping_id = mapping_id_of(parameters["Resource"], self._scope(context))
        if mapping_id is not None:
            return {"Tags": dict(await self._store.read(mappings.tags_of, self._scope(context), mapping_id))}
        return {"Tags": dict(await self._store.read(tags.tags_of, self._tagged(context, parameters)))}

    async def tag_resource(self, context: Context, parameters: Parameters) -> Reply:
        mapping_id = mapping_id_of(parameters["Resource"], self._scope(context))
        if mapping_id is not None:
            await self._store.write(mappings.add_tags, self._scope(context), mapping_id, parameters["Tags"])
        else:
            await self._store.write(tags.add, self._tagged(context, parameters), parameters["Tags"])
        return {}

    async def untag_resource(self, context: Context, parameters: Parameters) -> Reply:
        mapping_id = mapping_id_of(parameters["Resource"], self._scope(context))
        if mapping_id is not None:
            await self._store.write(mappings.remove_tags, self._scope(context), mapping_id, parameters["TagKeys"])
        else:
            await self._store.write(tags.remove, self._tagged(context, parameters), parameters["TagKeys"])
        return {}

    def _tagged(self, context: Context, parameters: Parameters) -> FunctionName:
        function = parse_tagged(parameters["Resource"], self._scope(context))
        if function.scope.account != context.account:
            raise errors.AccessDenied(principal=context.principal_arn, action="lambda:ListTags", arn=function.arn)
        return function
