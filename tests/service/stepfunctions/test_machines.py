"""State machines, their revisions, versions, aliases and tags."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.service.stepfunctions.conftest import ROLE, Execution, machine, passing

Refused = Callable[..., tuple[str, str]]
ONE, TWO = machine(S=passing(Result=1)), machine(S=passing(Result=2))


def test_a_machine_is_told_as_it_was_created(sfn: Any, create: Callable[..., str]) -> None:
    told = sfn.describe_state_machine(stateMachineArn=create(ONE))
    assert (told["name"], told["status"], told["type"], told["roleArn"]) == ("m", "ACTIVE", "STANDARD", ROLE)
    assert json.loads(told["definition"]) == ONE
    assert told["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False}
    assert told["tracingConfiguration"] == {"enabled": False}
    assert "revisionId" not in told


def test_to_create_the_same_again_is_no_mistake(sfn: Any, create: Callable[..., str], refused: Refused) -> None:
    arn = create(ONE)
    assert create(ONE) == arn
    expected = ("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")
    assert refused("create_state_machine", name="m", definition=json.dumps(TWO), roleArn=ROLE) == expected


@pytest.mark.parametrize("name", ["a b", "a*b", "a/b", "x:y", "tab\t"])
def test_a_bad_name_is_refused(refused: Refused, name: str) -> None:
    answer = refused("create_state_machine", name=name, definition=json.dumps(ONE), roleArn=ROLE)
    assert answer == ("InvalidName", f"Invalid Name: '{name}'")


@pytest.mark.parametrize(
    ("definition", "reason"),
    [
        ("{", "INVALID_JSON_DESCRIPTION"),
        ({"StartAt": "S"}, "SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /"),
        (machine("T", S=passing()), "MISSING_TRANSITION_TARGET: "),
        (machine(S={"Type": "Pass", "Next": "T"}), "MISSING_TRANSITION_TARGET: "),
        (machine(S={"Type": "Pass"}), "SCHEMA_VALIDATION_FAILED: "),
        (machine(S={"Type": "Odd", "End": True}), "SCHEMA_VALIDATION_FAILED: "),
        (machine(S=passing(InputPath="nope")), "SCHEMA_VALIDATION_FAILED: "),
        (
            {"QueryLanguage": "JSONata", **machine(S=passing(QueryLanguage="JSONPath"))},
            "SCHEMA_VALIDATION_FAILED: 'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
        ),
    ],
)
def test_a_definition_that_cannot_run_is_refused(refused: Refused, definition: Any, reason: str) -> None:
    text = definition if isinstance(definition, str) else json.dumps(definition)
    code, message = refused("create_state_machine", name="m", definition=text, roleArn=ROLE)
    assert code == "InvalidDefinition"
    assert message.startswith(f"Invalid State Machine Definition: '{reason}")


def test_express_machines_refuse_what_waits(refused: Refused) -> None:
    text = json.dumps(machine(S={"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": True}))
    _, message = refused("create_state_machine", name="m", definition=text, roleArn=ROLE, type="EXPRESS")
    assert message == (
        "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: Express state machine does not support "
        "'.waitForTaskToken' service integration  at /States/S/Resource'"
    )


def test_an_update_makes_a_revision_and_old_executions_keep_theirs(
    sfn: Any, create: Callable[..., str], start: Callable[..., Execution], advance: Callable[[float], None]
) -> None:
    waiting = machine(S={"Type": "Wait", "Seconds": 5, "Next": "T"}, T=passing(Result="old"))
    arn = create(waiting)
    old = start(arn)
    updated = sfn.update_state_machine(stateMachineArn=arn, definition=json.dumps(TWO))
    assert sfn.describe_state_machine(stateMachineArn=arn)["revisionId"] == updated["revisionId"]
    assert start(arn).output == 2
    advance(5)
    assert old.output == "old"
    told = sfn.describe_state_machine_for_execution(executionArn=old.arn)
    assert json.loads(told["definition"]) == waiting


def test_an_update_of_nothing_is_refused(create: Callable[..., str], refused: Refused) -> None:
    assert refused("update_state_machine", stateMachineArn=create(ONE))[0] == "MissingRequiredParameter"


def test_what_is_not_there_cannot_be_described_but_deleted(sfn: Any, create: Callable[..., str], refused: Refused) -> None:
    arn = create(ONE)
    sfn.delete_state_machine(stateMachineArn=arn)
    sfn.delete_state_machine(stateMachineArn=arn)
    expected = ("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
    assert refused("describe_state_machine", stateMachineArn=arn) == expected
    assert refused("start_execution", stateMachineArn=arn) == expected


def test_a_machine_whose_executions_run_is_being_deleted(
    sfn: Any, create: Callable[..., str], start: Callable[..., Any], refused: Refused, advance: Callable[[float], None]
) -> None:
    waits = {"Type": "Wait", "Seconds": 9, "Next": "S"}
    arn = create({"StartAt": "W", "States": {"W": waits, **ONE["States"]}}, publish=True)
    execution = start(arn)
    sfn.delete_state_machine(stateMachineArn=arn)
    assert sfn.describe_state_machine(stateMachineArn=arn)["status"] == "DELETING"
    expected = ("StateMachineDeleting", f"State Machine is being deleted: '{arn}'")
    assert refused("start_execution", stateMachineArn=arn) == expected
    assert refused("update_state_machine", stateMachineArn=arn, roleArn=ROLE) == expected
    assert refused("create_state_machine", name="m", definition=json.dumps(ONE), roleArn=ROLE) == expected
    advance(9)
    assert execution.failure == ("States.Runtime", "State machine m has been deleted.")
    assert refused("describe_state_machine", stateMachineArn=arn)[0] == "StateMachineDoesNotExist"


@pytest.mark.parametrize("part", [":1", ":PROD", "/Map"])
def test_who_names_a_part_of_a_machine_does_not_change_the_whole(
    sfn: Any, create: Callable[..., str], refused: Refused, part: str
) -> None:
    arn = create(ONE, publish=True)
    assert refused("delete_state_machine", stateMachineArn=arn + part)[0] == "ValidationException"
    assert refused("update_state_machine", stateMachineArn=arn + part, roleArn=ROLE)[0] == "ValidationException"
    assert sfn.describe_state_machine(stateMachineArn=arn)["status"] == "ACTIVE"


def test_an_express_machine_is_deleted_when_its_executions_have_ended(
    sfn: Any, create: Callable[..., str], start: Callable[..., Any], refused: Refused, advance: Callable[[float], None]
) -> None:
    waits = {"Type": "Wait", "Seconds": 9, "Next": "S"}
    arn = create({"StartAt": "W", "States": {"W": waits, **ONE["States"]}}, type="EXPRESS")
    start(arn)
    sfn.delete_state_machine(stateMachineArn=arn)
    assert sfn.describe_state_machine(stateMachineArn=arn)["status"] == "DELETING"
    advance(9)
    assert refused("describe_state_machine", stateMachineArn=arn)[0] == "StateMachineDoesNotExist"


def test_machines_are_listed_page_by_page(sfn: Any, create: Callable[..., str]) -> None:
    for number in range(5):
        create(ONE, f"m{number}")
    pages = sfn.get_paginator("list_state_machines").paginate(PaginationConfig={"PageSize": 2})
    assert [[each["name"] for each in page["stateMachines"]] for page in pages] == [["m0", "m1"], ["m2", "m3"], ["m4"]]


# ---- versions and aliases --------------------------------------------------------------------------------------------


def test_a_version_stays_what_it_was(sfn: Any, create: Callable[..., str], start: Callable[..., Execution]) -> None:
    arn = create(ONE)
    first = sfn.publish_state_machine_version(stateMachineArn=arn, description="one")["stateMachineVersionArn"]
    assert sfn.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"] == first == f"{arn}:1"
    updated = sfn.update_state_machine(stateMachineArn=arn, definition=json.dumps(TWO), publish=True)
    assert updated["stateMachineVersionArn"] == f"{arn}:2"
    execution = start(first)
    assert execution.output == 1
    assert execution.described()["stateMachineVersionArn"] == first
    assert sfn.describe_state_machine(stateMachineArn=first)["description"] == "one"
    versions = sfn.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]
    assert [each["stateMachineVersionArn"] for each in versions] == [f"{arn}:2", f"{arn}:1"]


def test_a_description_needs_a_version(refused: Refused) -> None:
    answer = refused("create_state_machine", name="m", definition=json.dumps(ONE), roleArn=ROLE, versionDescription="v")
    assert answer == ("ValidationException", "Version description can only be set when publish is true")


def test_an_alias_leads_to_its_versions_by_weight(
    sfn: Any, create: Callable[..., str], start: Callable[..., Execution]
) -> None:
    arn = create(ONE, publish=True)
    sfn.update_state_machine(stateMachineArn=arn, definition=json.dumps(TWO), publish=True)
    routing = [{"stateMachineVersionArn": f"{arn}:1", "weight": 0}, {"stateMachineVersionArn": f"{arn}:2", "weight": 100}]
    alias = sfn.create_state_machine_alias(name="PROD", routingConfiguration=routing)["stateMachineAliasArn"]
    execution = start(alias)
    assert execution.output == 2
    assert execution.described()["stateMachineAliasArn"] == alias == f"{arn}:PROD"
    sfn.update_state_machine_alias(
        stateMachineAliasArn=alias, routingConfiguration=[{"stateMachineVersionArn": f"{arn}:1", "weight": 100}]
    )
    assert start(alias).output == 1
    assert sfn.describe_state_machine_alias(stateMachineAliasArn=alias)["name"] == "PROD"
    assert len(sfn.list_state_machine_aliases(stateMachineArn=arn)["stateMachineAliases"]) == 1


def test_a_version_that_an_alias_names_cannot_be_deleted(sfn: Any, create: Callable[..., str], refused: Refused) -> None:
    arn = create(ONE, publish=True)
    routing = [{"stateMachineVersionArn": f"{arn}:1", "weight": 100}]
    alias = sfn.create_state_machine_alias(name="PROD", routingConfiguration=routing)["stateMachineAliasArn"]
    assert refused("delete_state_machine_version", stateMachineVersionArn=f"{arn}:1")[0] == "ConflictException"
    sfn.delete_state_machine_alias(stateMachineAliasArn=alias)
    sfn.delete_state_machine_version(stateMachineVersionArn=f"{arn}:1")
    assert sfn.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"] == []


def test_weights_must_sum_up(create: Callable[..., str], refused: Refused) -> None:
    arn = create(ONE, publish=True)
    routing = [{"stateMachineVersionArn": f"{arn}:1", "weight": 99}]
    assert refused("create_state_machine_alias", name="PROD", routingConfiguration=routing)[0] == "ValidationException"


def test_tags_are_put_and_taken_away(sfn: Any, create: Callable[..., str], refused: Refused) -> None:
    for arn in (create(ONE, tags=[{"key": "a", "value": "1"}]), sfn.create_activity(name="a")["activityArn"]):
        sfn.tag_resource(resourceArn=arn, tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "2"}])
        sfn.untag_resource(resourceArn=arn, tagKeys=["a"])
        assert sfn.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "b", "value": "2"}]
    assert refused("list_tags_for_resource", resourceArn=arn.replace("activity:a", "activity:b"))[0] == "ActivityDoesNotExist"


def test_activities_are_listed_and_deleted(sfn: Any, refused: Refused) -> None:
    arn = sfn.create_activity(name="a")["activityArn"]
    assert sfn.create_activity(name="a")["activityArn"] == arn
    assert [each["name"] for each in sfn.list_activities()["activities"]] == ["a"]
    assert sfn.describe_activity(activityArn=arn)["name"] == "a"
    sfn.delete_activity(activityArn=arn)
    assert refused("describe_activity", activityArn=arn) == ("ActivityDoesNotExist", f"Activity Does Not Exist: '{arn}'")
