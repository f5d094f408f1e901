"""Tags of state machines and activities."""

from collections.abc import Mapping, Sequence

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.stepfunctions.engine import activities, machines
from lambent.services.stepfunctions.engine.identifiers import ActivityName, MachineName
from lambent.services.stepfunctions.operations.base import Base, activity_named, machine_named, tags_of
from lambent.store.database import Transaction


class TagOperations(Base):
    async def tag_resource(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(_retag, _named(context, parameters["resourceArn"]), tags_of(parameters), [])
        return {}

    async def untag_resource(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(_retag, _named(context, parameters["resourceArn"]), {}, parameters["tagKeys"])
        return {}

    async def list_tags_for_resource(self, context: Context, parameters: Parameters) -> Reply:
        tags = await self._store.read(_tags, _named(context, parameters["resourceArn"]))
        return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}


def _named(context: Context, arn: str) -> MachineName | ActivityName:
    return activity_named(context, arn) if ":activity:" in arn else machine_named(context, arn)


def _retag(tx: Transaction, name: MachineName | ActivityName, added: Mapping[str, str], removed: Sequence[str]) -> None:
    if isinstance(name, ActivityName):
        activities.put_tags(tx, name, added, removed)
    else:
        machines.put_tags(tx, name, added, removed)


def _tags(tx: Transaction, name: MachineName | ActivityName) -> Mapping[str, str]:
    return activities.find(tx, name).tags if isinstance(name, ActivityName) else machines.tagged(tx, name).tags
