"""Aliases of state machines: create, update, describe, list, delete."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.engine import machines
from lambent.services.stepfunctions.engine.identifiers import MachineName
from lambent.services.stepfunctions.operations.base import Base, date, machine_named, name_from, page_size, paged, told


class AliasOperations(Base):
    """The control plane of aliases."""

    async def create_state_machine_alias(self, context: Context, parameters: Parameters) -> Reply:
        machine, routing = _routing(context, parameters["routingConfiguration"])
        alias = replace(machine, qualifier=parameters["name"])
        row = await self._store.write(
            machines.create_alias, alias, parameters.get("description") or "", routing, self._clock.now()
        )
        return {"stateMachineAliasArn": alias.qualified_arn, "creationDate": date(row.created_at)}

    async def update_state_machine_alias(self, context: Context, parameters: Parameters) -> Reply:
        alias = _alias(context, parameters["stateMachineAliasArn"])
        given, description = parameters.get("routingConfiguration"), parameters.get("description")
        if given is None and description is None:
            raise errors.ValidationException(reason="Either the routing configuration or the description must be specified.")
        routing = None
        if given is not None:
            machine, routing = _routing(context, given)
            if machine.name != alias.name:
                raise errors.ValidationException(reason="Versions of an alias must be of its state machine.")
        row = await self._store.write(machines.update_alias, alias, description, routing, self._clock.now())
        return {"updateDate": date(row.updated_at)}

    async def describe_state_machine_alias(self, context: Context, parameters: Parameters) -> Reply:
        alias = _alias(context, parameters["stateMachineAliasArn"])
        row = await self._store.read(machines.find_alias, alias)
        return {
            "stateMachineAliasArn": alias.qualified_arn,
            "name": row.name,
            **told({"description": row.description}),
            "routingConfiguration": [
                {"stateMachineVersionArn": alias.at(version), "weight": weight} for version, weight in row.routing
            ],
            "creationDate": date(row.created_at),
            "updateDate": date(row.updated_at),
        }

    async def list_state_machine_aliases(self, context: Context, parameters: Parameters) -> Reply:
        machine = machine_named(context, parameters["stateMachineArn"])
        size = page_size(parameters)
        found = await self._store.read(machines.aliases_after, machine, name_from(parameters), size + 1)
        shown = [{"stateMachineAliasArn": machine.at(row.name), "creationDate": date(row.created_at)} for row in found[:size]]
        return paged("stateMachineAliases", shown, found[size - 1].name if len(found) > size else None)

    async def delete_state_machine_alias(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(machines.delete_alias, _alias(context, parameters["stateMachineAliasArn"]))
        return {}


def _alias(context: Context, arn: str) -> MachineName:
    alias = machine_named(context, arn)
    if not alias.qualifier or alias.qualifier.isdigit():
        raise errors.InvalidArn(arn=arn)
    return alias


def _routing(context: Context, given: Sequence[Any]) -> tuple[MachineName, list[tuple[int, int]]]:
    """The machine, and its versions with their weights. Raises InvalidArn, ValidationException."""
    found: list[tuple[int, int]] = []
    machine: MachineName | None = None
    for entry in given:
        version = machine_named(context, entry["stateMachineVersionArn"])
        if not version.qualifier.isdigit():
            raise errors.InvalidArn(arn=entry["stateMachineVersionArn"])
        if machine is not None and machine.name != version.name:
            raise errors.ValidationException(reason="Versions of an alias must be of one state machine.")
        machine = replace(version, qualifier="")
        found.append((int(version.qualifier), entry["weight"]))
    if machine is None:
        raise errors.ValidationException(reason="Routing configuration must have one or two different versions")
    return machine, found
