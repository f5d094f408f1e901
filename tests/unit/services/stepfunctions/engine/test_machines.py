"""Machines with their revisions, versions and aliases."""

from typing import Any

import pytest
from msgspec.structs import replace
from tests.unit.services.stepfunctions.engine.conftest import MACHINE, NOW, settings
from tests.unit.services.stepfunctions.engine.runs import machine, passing

from lambent.core import ids
from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.engine import machines
from lambent.store.database import Transaction

ONE, TWO = settings(machine(S=passing(Result=1))), settings(machine(S=passing(Result=2)))


def create(tx: Transaction, wanted: Any = ONE, **options: Any) -> Any:
    return machines.create(tx, MACHINE, "STANDARD", wanted, {}, NOW, **{"publish": None, **options})


def test_an_update_with_nothing_new_keeps_the_revision(tx: Transaction):
    row, _ = create(tx)
    same, _ = machines.update(tx, MACHINE, {"role_arn": ONE.role_arn}, NOW + 1, publish=None)
    assert (same.revision, same.is_initial, same.updated_at) == (row.revision, True, NOW + 1)
    other, _ = machines.update(tx, MACHINE, {"definition": TWO.definition}, NOW + 2, publish=None)
    assert other.revision != row.revision
    assert machines.resolve(tx, MACHINE).revision.definition == TWO.definition


def test_a_definition_is_checked_for_its_machines_type():
    with pytest.raises(errors.InvalidDefinition):
        machines.check_definition("{}", "STANDARD")
    machines.check_definition(ONE.definition, "EXPRESS")


def test_numbers_of_versions_are_never_given_twice(tx: Transaction):
    create(tx, publish="")
    machines.delete_version(tx, MACHINE, 1)
    machines.update(tx, MACHINE, {"definition": TWO.definition}, NOW, publish=None)
    assert machines.publish_version(tx, MACHINE, None, "", NOW).number == 2


def test_a_version_is_published_of_the_revision_that_was_meant(tx: Transaction):
    create(tx)
    with pytest.raises(errors.ConflictException):
        machines.publish_version(tx, MACHINE, "other", "", NOW)
    assert machines.publish_version(tx, MACHINE, "INITIAL", "", NOW).number == 1


def test_an_alias_chooses_by_weight(tx: Transaction):
    create(tx, publish="")
    machines.update(tx, MACHINE, {"definition": TWO.definition}, NOW, publish="")
    alias = replace(MACHINE, qualifier="PROD")
    machines.create_alias(tx, alias, "", [(1, 50), (2, 50)], NOW)
    with ids.seeded(1):
        chosen = {machines.resolve(tx, alias).version for _ in range(50)}
    assert chosen == {1, 2}


@pytest.mark.parametrize("routing", [[], [(1, 50)], [(1, 50), (1, 50)], [(9, 100)]])
def test_routing_leads_to_versions_that_are_there(tx: Transaction, routing: list[tuple[int, int]]):
    create(tx, publish="")
    with pytest.raises((errors.ValidationException, errors.ResourceNotFound)):
        machines.create_alias(tx, replace(MACHINE, qualifier="PROD"), "", routing, NOW)


def test_with_the_machine_go_versions_and_aliases(tx: Transaction):
    create(tx, publish="")
    machines.delete(tx, MACHINE)
    with pytest.raises(errors.StateMachineDoesNotExist):
        machines.resolve(tx, replace(MACHINE, qualifier="1"))


@pytest.mark.parametrize(
    "given",
    [
        {"level": "ALL"},
        {"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": "nope"}}]},
    ],
)
def test_logging_needs_a_log_group(given: dict[str, Any]):
    with pytest.raises(errors.InvalidLoggingConfiguration):
        machines.checked_logging(given)


def test_logging_is_told_as_it_was_given():
    arn = "arn:aws:logs:us-east-1:111122223333:log-group:g:*"
    given = {"level": "ERROR", "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}]}
    assert machines.checked_logging(given) == {**given, "includeExecutionData": False}
