"""Targets of rules: put, remove, list."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.events.engine import targets
from lambent.services.events.operations.base import Base, page_size, paged, start


class TargetOperations(Base):
    """The control plane of targets."""

    async def put_targets(self, context: Context, parameters: Parameters) -> Reply:
        rule = await self._rule(context, parameters, "PutTargets", member="Rule")
        await self._store.write(targets.put, rule, parameters["Targets"])
        return {"FailedEntryCount": 0, "FailedEntries": []}

    async def remove_targets(self, context: Context, parameters: Parameters) -> Reply:
        rule = await self._rule(context, parameters, "RemoveTargets", member="Rule")
        failed = await self._store.write(targets.remove, rule, parameters["Ids"])
        return {"FailedEntryCount": len(failed), "FailedEntries": failed}

    async def list_targets_by_rule(self, context: Context, parameters: Parameters) -> Reply:
        rule = await self._rule(context, parameters, "ListTargetsByRule", member="Rule")
        size = page_size(parameters)
        found = await self._store.read(targets.page, rule, after=start(parameters), count_max=size)
        return paged("Targets", [dict(row.settings) for row in found], [row.id for row in found], size)
