"""State machines: create, update, describe, list, delete."""

import json
from typing import Any

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.engine import executions, machines
from lambent.services.stepfunctions.engine.definition.references import variable_references
from lambent.services.stepfunctions.engine.identifiers import MachineName, checked_name
from lambent.services.stepfunctions.engine.machines import TRACING_OFF, Settings, checked_logging
from lambent.services.stepfunctions.operations.apart import apart
from lambent.services.stepfunctions.operations.base import (
    Base,
    date,
    execution_named,
    machine_named,
    name_from,
    page_size,
    paged,
    scope_of,
    tags_of,
    told,
    whole_machine_named,
)
from lambent.services.stepfunctions.tables import machines as rows

STANDARD = "STANDARD"


class MachineOperations(Base):
    """The control plane of state machines."""

    async def create_state_machine(self, context: Context, parameters: Parameters) -> Reply:
        machine = MachineName(scope_of(context), checked_name(parameters["name"]))
        machine_type = parameters.get("type") or STANDARD
        publish = _publish(parameters)
        await apart(self._clock, machines.check_definition, parameters["definition"], machine_type)
        settings = Settings(
            parameters["definition"],
            parameters["roleArn"],
            checked_logging(parameters.get("loggingConfiguration")),
            parameters.get("tracingConfiguration") or TRACING_OFF,
            parameters.get("encryptionConfiguration"),
        )
        row, version = await self._store.write(
            machines.create, machine, machine_type, settings, tags_of(parameters), self._clock.now(), publish=publish
        )
        reply = {"stateMachineArn": machine.arn, "creationDate": date(row.created_at)}
        return reply | ({"stateMachineVersionArn": machine.at(version)} if version else {})

    async def update_state_machine(self, context: Context, parameters: Parameters) -> Reply:
        machine = whole_machine_named(context, parameters["stateMachineArn"])
        publish = _publish(parameters)
        changes = _changes(parameters)
        if not changes and publish is None:
            raise errors.MissingRequiredParameter()
        if "definition" in changes:
            there = await self._store.read(machines.find, machine)
            await apart(self._clock, machines.check_definition, changes["definition"], there.type)
        row, version = await self._store.write(machines.update, machine, changes, self._clock.now(), publish=publish)
        reply: Reply = {"updateDate": date(row.updated_at), "revisionId": machines.told_revision(row)}
        return reply | ({"stateMachineVersionArn": machine.at(version)} if version else {})

    async def describe_state_machine(self, context: Context, parameters: Parameters) -> Reply:
        machine = machine_named(context, parameters["stateMachineArn"])
        found = await self._store.read(machines.resolve, machine)
        row = found.machine
        # Versions say which revision they are of, aliases are described as the version that they lead to.
        qualified = machine.at(found.version) if found.version else machine.arn
        is_initial = row.is_initial and found.revision.id == row.revision
        return {
            "stateMachineArn": qualified,
            "name": row.machine.name,
            "status": "DELETING" if row.is_deleting else "ACTIVE",
            "type": row.type,
            "creationDate": date(row.created_at),
            **_definition(parameters, found.revision),
            **told(
                {
                    "revisionId": None if is_initial else found.revision.id,
                    "description": found.description if found.version else None,
                }
            ),
        }

    async def list_state_machines(self, context: Context, parameters: Parameters) -> Reply:
        size = page_size(parameters)
        found = await self._store.read(rows.after, scope_of(context), name_from(parameters), size + 1)
        shown = [
            {
                "stateMachineArn": row.machine.arn,
                "name": row.machine.name,
                "type": row.type,
                "creationDate": date(row.created_at),
            }
            for row in found[:size]
        ]
        return paged("stateMachines", shown, found[size - 1].machine.name if len(found) > size else None)

    async def delete_state_machine(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(machines.delete, whole_machine_named(context, parameters["stateMachineArn"]))
        return {}

    async def describe_state_machine_for_execution(self, context: Context, parameters: Parameters) -> Reply:
        execution = execution_named(context, parameters["executionArn"])
        row, revision = await self._store.read(executions.with_revision, execution)
        machine = row.execution.machine
        return {
            "stateMachineArn": machine.arn,
            "name": machine.name,
            "updateDate": date(revision.created_at),
            **_definition(parameters, revision),
            "revisionId": revision.id,
            **told({"label": machine.label}),
        }


def _publish(parameters: Parameters) -> str | None:
    """The description of the version that is to be published, if one is. Raises ValidationException."""
    if parameters.get("publish"):
        return parameters.get("versionDescription") or ""
    if parameters.get("versionDescription"):
        raise errors.ValidationException(reason="Version description can only be set when publish is true")
    return None


def _changes(parameters: Parameters) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name, member in (
        ("definition", "definition"),
        ("role_arn", "roleArn"),
        ("tracing", "tracingConfiguration"),
        ("encryption", "encryptionConfiguration"),
    ):
        if parameters.get(member) is not None:
            changes[name] = parameters[member]
    if parameters.get("loggingConfiguration") is not None:
        changes["logging"] = checked_logging(parameters["loggingConfiguration"])
    return changes


def _definition(parameters: Parameters, revision: rows.RevisionRow) -> dict[str, Any]:
    is_shown = parameters.get("includedData") != "METADATA_ONLY"
    return {
        "definition": revision.definition if is_shown else json.dumps({}),
        "roleArn": revision.role_arn,
        **revision.settings,
        **told({"variableReferences": (variable_references(revision.definition) or None) if is_shown else None}),
    }
