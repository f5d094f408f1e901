"""The tags of pipes."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.pipes.engine import pipes
from lambent.services.pipes.engine.identifiers import PipeName, parse_arn
from lambent.services.pipes.operations.base import Base, scope_of


class TagOperations(Base):
    """Tags."""

    async def list_tags_for_resource(self, context: Context, parameters: Parameters) -> Reply:
        row = await self._store.read(pipes.find, _named(context, parameters))
        return {"tags": dict(row.tags)}

    async def tag_resource(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(pipes.tag, _named(context, parameters), parameters["tags"])
        return {}

    async def untag_resource(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(pipes.untag, _named(context, parameters), parameters["tagKeys"])
        return {}


def _named(context: Context, parameters: Parameters) -> PipeName:
    return parse_arn(parameters["resourceArn"], scope_of(context))
