"""Versions of state machines: publish, list, delete."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.engine import machines
from lambent.services.stepfunctions.operations.base import ID_MAX, Base, date, machine_named, number_from, page_size, paged


class VersionOperations(Base):
    """The control plane of versions."""

    async def publish_state_machine_version(self, context: Context, parameters: Parameters) -> Reply:
        machine = machine_named(context, parameters["stateMachineArn"])
        description = parameters.get("description") or ""
        row = await self._store.write(
            machines.publish_version, machine, parameters.get("revisionId"), description, self._clock.now()
        )
        return {"stateMachineVersionArn": machine.at(row.number), "creationDate": date(row.created_at)}

    async def list_state_machine_versions(self, context: Context, parameters: Parameters) -> Reply:
        machine = machine_named(context, parameters["stateMachineArn"])
        size = page_size(parameters)
        found = await self._store.read(machines.versions_before, machine, number_from(parameters, ID_MAX), size + 1)
        shown = [
            {"stateMachineVersionArn": machine.at(row.number), "creationDate": date(row.created_at)} for row in found[:size]
        ]
        return paged("stateMachineVersions", shown, found[size - 1].number if len(found) > size else None)

    async def delete_state_machine_version(self, context: Context, parameters: Parameters) -> Reply:
        arn = parameters["stateMachineVersionArn"]
        machine = machine_named(context, arn)
        if not machine.qualifier.isdigit():
            raise errors.InvalidArn(arn=arn)
        await self._store.write(machines.delete_version, machine, int(machine.qualifier))
        return {}
