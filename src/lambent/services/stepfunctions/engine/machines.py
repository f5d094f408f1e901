"""State machines: created, updated, found, with their revisions, versions and aliases."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.engine.definition import InvalidField, compile_definition
from lambent.services.stepfunctions.engine.definition.diagnostics import refusal
from lambent.services.stepfunctions.engine.definition.validation import validate
from lambent.services.stepfunctions.engine.identifiers import MachineName
from lambent.services.stepfunctions.tables import executions, express, machines
from lambent.services.stepfunctions.tables.machines import AliasRow, MachineRow, RevisionRow, VersionRow
from lambent.store.database import Transaction

TAGS_MAX = 50
VERSIONS_SHOWN_MAX = 10**9
WEIGHTS_SUM = 100
LOGGING_OFF: Mapping[str, Any] = {"level": "OFF", "includeExecutionData": False}
TRACING_OFF: Mapping[str, Any] = {"enabled": False}


class Settings(Struct, frozen=True):
    """All that a revision holds."""

    definition: str
    role_arn: str
    logging: Mapping[str, Any]
    tracing: Mapping[str, Any]
    encryption: Mapping[str, Any] | None

    def told(self) -> dict[str, Any]:
        """As AWS spells it, beside definition and role."""
        told: dict[str, Any] = {"loggingConfiguration": self.logging, "tracingConfiguration": self.tracing}
        if self.encryption is not None:
            told["encryptionConfiguration"] = self.encryption
        return told


class Found(Struct, frozen=True):
    """A machine, or a version of it, and its revision. ``version`` is 0 and ``alias`` empty where none was named."""

    machine: MachineRow
    revision: RevisionRow
    version: int = 0
    alias: str = ""
    description: str = ""


def check_definition(definition: str, machine_type: str) -> None:
    """Raises InvalidDefinition."""
    refused = refusal(validate(definition, machine_type=machine_type))
    if refused is not None:
        raise errors.InvalidDefinition(reason=refused)
    try:
        compile_definition(definition, machine_type=machine_type)
    except InvalidField as error:
        raise errors.InvalidDefinition(reason=str(error)) from error


def find(tx: Transaction, machine: MachineName) -> MachineRow:
    """Raises StateMachineDoesNotExist."""
    row = machines.find(tx, machine)
    if row is None:
        raise errors.StateMachineDoesNotExist(arn=machine.qualified_arn)
    return row


def find_active(tx: Transaction, machine: MachineName) -> MachineRow:
    """For what changes or uses it. Raises StateMachineDoesNotExist, StateMachineDeleting."""
    row = find(tx, machine)
    if row.is_deleting:
        raise errors.StateMachineDeleting(arn=machine.arn)
    return row


def create(
    tx: Transaction,
    machine: MachineName,
    machine_type: str,
    settings: Settings,
    tags: Mapping[str, str],
    now: Instant,
    *,
    publish: str | None,
) -> tuple[MachineRow, int]:
    """The machine and the number of the version where one is published (``publish`` is its description), else 0.

    To create what is there already, exactly so, is no mistake. Raises StateMachineAlreadyExists, StateMachineDeleting,
    TooManyTags.
    """
    _check_tags(machine, tags)
    there = machines.find(tx, machine)
    if there is None:
        revision = _add_revision(tx, machine, settings, now)
        there = MachineRow(machine, machine_type, revision.id, True, now, now, 0, dict(tags))
        machines.put(tx, there)
    elif there.is_deleting:
        raise errors.StateMachineDeleting(arn=machine.arn)
    elif not _is_same(tx, there, machine_type, settings, tags):
        raise errors.StateMachineAlreadyExists(arn=machine.arn)
    if publish is None:
        return there, 0
    version = publish_version(tx, machine, None, publish, now)
    return find(tx, machine), version.number


def _is_same(tx: Transaction, there: MachineRow, machine_type: str, settings: Settings, tags: Mapping[str, str]) -> bool:
    revision = machines.find_revision(tx, there.machine.scope, there.revision)
    assert revision is not None, "a machine has a revision"
    same_text = revision.definition == settings.definition and revision.role_arn == settings.role_arn
    return same_text and there.type == machine_type and revision.settings == settings.told() and there.tags == dict(tags)


def _add_revision(tx: Transaction, machine: MachineName, settings: Settings, now: Instant) -> RevisionRow:
    row = RevisionRow(machine.scope, ids.uuid4(), machine.name, settings.definition, settings.role_arn, settings.told(), now)
    machines.insert_revision(tx, row)
    return row


def update(
    tx: Transaction, machine: MachineName, changes: Mapping[str, Any], now: Instant, *, publish: str | None
) -> tuple[MachineRow, int]:
    """``changes``: definition (which has been checked), role_arn, logging, tracing, encryption, as far as they are given.

    Raises StateMachineDoesNotExist, StateMachineDeleting.
    """
    there = find_active(tx, machine)
    before = settings_of(revision_of(tx, there))
    settings = replace(before, **changes)
    if settings != before:
        revision = _add_revision(tx, machine, settings, now)
        there = replace(there, revision=revision.id, is_initial=False, updated_at=now)
    else:
        there = replace(there, updated_at=now)
    machines.put(tx, there)
    if publish is None:
        return there, 0
    return there, publish_version(tx, machine, None, publish, now).number


def settings_of(row: RevisionRow) -> Settings:
    told = row.settings
    return Settings(
        row.definition,
        row.role_arn,
        told["loggingConfiguration"],
        told["tracingConfiguration"],
        told.get("encryptionConfiguration"),
    )


def revision_of(tx: Transaction, row: MachineRow) -> RevisionRow:
    revision = machines.find_revision(tx, row.machine.scope, row.revision)
    assert revision is not None, "a machine has a revision"
    return revision


def delete(tx: Transaction, machine: MachineName) -> None:
    """What is not there is deleted already. While executions run the machine is being deleted.

    A standard one fails when it is to enter its next state, an express one goes on to its end.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
    """
    row = machines.find(tx, machine)
    if row is None:
        return
    machines.delete_qualifiers(tx, machine)
    machines.put(tx, replace(row, is_deleting=True))
    finish_deletion(tx, machine)


def finish_deletion(tx: Transaction, machine: MachineName) -> None:
    """Of a machine that is being deleted, and has executions no longer."""
    row = machines.find(tx, machine)
    if row is not None and row.is_deleting and not executions.has_running(tx, machine) and not express.has_any(tx, machine):
        machines.delete(tx, machine)


def resolve(tx: Transaction, machine: MachineName) -> Found:
    """The machine, version or alias that a name means; an alias chooses by its weights. Raises StateMachineDoesNotExist."""
    return _resolved(tx, machine, find(tx, machine))


def resolve_to_start(tx: Transaction, machine: MachineName) -> Found:
    """Raises StateMachineDoesNotExist, StateMachineDeleting."""
    return _resolved(tx, machine, find_active(tx, machine))


def _resolved(tx: Transaction, machine: MachineName, row: MachineRow) -> Found:
    qualifier = machine.qualifier
    if not qualifier:
        return Found(row, revision_of(tx, row))
    alias, number = "", 0
    if qualifier.isdigit():
        number = int(qualifier)
    else:
        found = machines.find_alias(tx, machine, qualifier)
        if found is None:
            raise errors.StateMachineDoesNotExist(arn=machine.qualified_arn)
        alias, number = found.name, _chosen(found.routing)
    version = machines.find_version(tx, machine, number)
    revision = None if version is None else machines.find_revision(tx, machine.scope, version.revision)
    if version is None or revision is None:
        raise errors.StateMachineDoesNotExist(arn=machine.qualified_arn)
    return Found(row, revision, number, alias, version.description)


def _chosen(routing: Sequence[tuple[int, int]]) -> int:
    """One of the versions, as their weights say."""
    point = ids.fraction() * WEIGHTS_SUM
    for version, weight in routing:
        if point < weight:
            return version
        point -= weight
    return routing[-1][0]


# ---- versions --------------------------------------------------------------------------------------------------------


def publish_version(
    tx: Transaction, machine: MachineName, revision_id: str | None, description: str, now: Instant
) -> VersionRow:
    """The newest version where it is of the same revision already.

    Raises StateMachineDoesNotExist, StateMachineDeleting, ConflictException.
    """
    row = find_active(tx, machine)
    if revision_id is not None and revision_id != told_revision(row):
        reason = (
            "Failed to publish the State Machine version for revision "
            f"{revision_id}. The current State Machine revision is {told_revision(row)}."
        )
        raise errors.ConflictException(reason=reason)
    newest = machines.versions_before(tx, machine, VERSIONS_SHOWN_MAX, 1)
    if newest and newest[0].revision == row.revision:
        return newest[0]
    version = VersionRow(row.last_version + 1, row.revision, description, now)
    machines.insert_version(tx, machine, version)
    machines.put(tx, replace(row, last_version=version.number))
    return version


def told_revision(row: MachineRow) -> str:
    return "INITIAL" if row.is_initial else row.revision


def versions_before(tx: Transaction, machine: MachineName, number: int, count_max: int) -> list[VersionRow]:
    """The newest first. Raises StateMachineDoesNotExist."""
    find(tx, machine)
    return machines.versions_before(tx, machine, number, count_max)


def delete_version(tx: Transaction, machine: MachineName, number: int) -> None:
    """What is not there is deleted already. Raises ConflictException while aliases name it."""
    if machines.find(tx, machine) is None:
        return
    using = [
        alias.name
        for alias in machines.aliases_after(tx, machine, "", VERSIONS_SHOWN_MAX)
        if any(version == number for version, _ in alias.routing)
    ]
    if using:
        raise errors.ConflictException(
            reason="Version to be deleted must not be referenced by an alias. "
            f"Current list of aliases referencing this version: [{', '.join(using)}]"
        )
    machines.delete_version(tx, machine, number)


# ---- aliases ---------------------------------------------------------------------------------------------------------


def find_alias(tx: Transaction, machine: MachineName) -> AliasRow:
    """Raises ResourceNotFound."""
    row = machines.find_alias(tx, machine, machine.qualifier)
    if row is None:
        # AWS calls it a state machine in this case, too.
        raise errors.ResourceNotFound(arn=machine.qualified_arn)
    return row


def check_routing(tx: Transaction, machine: MachineName, routing: Sequence[tuple[int, int]]) -> None:
    """Raises ValidationException, ResourceNotFound."""
    if not 1 <= len(routing) <= 2 or len({version for version, _ in routing}) != len(routing):
        raise errors.ValidationException(reason="Routing configuration must have one or two different versions")
    if sum(weight for _, weight in routing) != WEIGHTS_SUM:
        reason = "The sum of the weights must be equal to 100."
        raise errors.ValidationException(reason=reason)
    for number, _ in routing:
        if machines.find_version(tx, machine, number) is None:
            raise errors.ResourceNotFound(arn=machine.at(number))


def create_alias(
    tx: Transaction,
    machine: MachineName,
    description: str,
    routing: Sequence[tuple[int, int]],
    now: Instant,
) -> AliasRow:
    """To create what is there already, exactly so, is no mistake. Raises ConflictException besides."""
    find_active(tx, machine)
    check_routing(tx, machine, routing)
    there = machines.find_alias(tx, machine, machine.qualifier)
    if there is not None:
        if list(there.routing) != list(routing) or there.description != description:
            reason = (
                "Failed to create alias because an alias with the same name and a different routing configuration "
                "already exists."
            )
            raise errors.ConflictException(reason=reason)
        return there
    row = AliasRow(machine.qualifier, description, list(routing), now, now)
    machines.put_alias(tx, machine, row)
    return row


def update_alias(
    tx: Transaction,
    machine: MachineName,
    description: str | None,
    routing: Sequence[tuple[int, int]] | None,
    now: Instant,
) -> AliasRow:
    find_active(tx, machine)
    row = find_alias(tx, machine)
    if routing is not None:
        check_routing(tx, machine, routing)
        row = replace(row, routing=list(routing))
    if description is not None:
        row = replace(row, description=description)
    row = replace(row, updated_at=now)
    machines.put_alias(tx, machine, row)
    return row


def delete_alias(tx: Transaction, machine: MachineName) -> None:
    find_alias(tx, machine)
    machines.delete_alias(tx, machine, machine.qualifier)


def aliases_after(tx: Transaction, machine: MachineName, name: str, count_max: int) -> list[AliasRow]:
    """Of a machine, or of one version of it. Raises StateMachineDoesNotExist, StateMachineDeleting."""
    find_active(tx, machine)
    if not machine.qualifier:
        return machines.aliases_after(tx, machine, name, count_max)
    rows = machines.aliases_after(tx, machine, name, VERSIONS_SHOWN_MAX)
    return [row for row in rows if any(str(version) == machine.qualifier for version, _ in row.routing)][:count_max]


# ---- tags ------------------------------------------------------------------------------------------------------------


def put_tags(tx: Transaction, machine: MachineName, added: Mapping[str, str], removed: Sequence[str]) -> None:
    """Raises ResourceNotFound, TooManyTags."""
    row = tagged(tx, machine)
    tags = {key: value for key, value in ({**row.tags, **added}).items() if key not in removed}
    _check_tags(machine, tags)
    machines.put(tx, replace(row, tags=tags))


def tagged(tx: Transaction, machine: MachineName) -> MachineRow:
    row = machines.find(tx, machine)
    if row is None:
        raise errors.ResourceNotFound(arn=machine.arn)
    return row


def _check_tags(machine: MachineName, tags: Mapping[str, str]) -> None:
    if len(tags) > TAGS_MAX:
        raise errors.TooManyTags(arn=machine.arn, count_max=TAGS_MAX)


def checked_logging(given: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """As AWS tells it again. Raises InvalidLoggingConfiguration."""
    if not given:
        return LOGGING_OFF
    level = given.get("level", "OFF")
    told = {"level": level, "includeExecutionData": bool(given.get("includeExecutionData", False))}
    destinations = given.get("destinations") or []
    if level != "OFF" and len(destinations) != 1:
        raise errors.InvalidLoggingConfiguration(reason="Must specify exactly one Log Destination.")
    if destinations:
        arn = (destinations[0].get("cloudWatchLogsLogGroup") or {}).get("logGroupArn") or ""
        if not arn.startswith("arn:") or ":log-group:" not in arn or not arn.endswith(":*"):
            raise errors.InvalidLoggingConfiguration(reason="Log Destination is not valid.")
        told["destinations"] = json.loads(json.dumps(destinations))
    return told
