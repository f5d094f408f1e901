"""ValidateStateMachineDefinition, and definitions that are refused."""

import json

import pytest
from botocore.exceptions import ClientError
from tests.service.stepfunctions.conftest import ROLE, machine, passing


@pytest.fixture
def sfn(client):
    return client("stepfunctions")


def validated(sfn, definition, **options):
    answer = sfn.validate_state_machine_definition(definition=json.dumps(definition), **options)
    return answer["result"], answer["diagnostics"], answer["truncated"]


def test_a_good_definition_is_ok(sfn):
    assert validated(sfn, machine(S=passing())) == ("OK", [], False)


def test_a_bad_definition_fails_with_what_is_wrong_and_where(sfn):
    expected = {
        "severity": "ERROR",
        "code": "SCHEMA_VALIDATION_FAILED",
        "message": "These fields are required: [States, StartAt]",
        "location": "/",
    }
    assert validated(sfn, {}) == ("FAIL", [expected], False)


def test_warnings_are_told_to_who_asks_for_them(sfn):
    definition = machine(S=passing(Parameters={"a": "$.b"}))
    assert validated(sfn, definition) == ("OK", [], False)
    result, (warning,), _ = validated(sfn, definition, severity="WARNING")
    assert (result, warning["severity"], warning["code"]) == ("OK", "WARNING", "NO_DOLLAR")


def test_no_more_is_told_than_was_asked_for(sfn):
    result, diagnostics, truncated = validated(sfn, machine(S={"Type": "Pass"}, T={"Type": "Pass"}), maxResults=1)
    assert (result, len(diagnostics), truncated) == ("FAIL", 1, True)


def test_an_express_machine_is_validated_as_one(sfn):
    resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
    definition = machine(S={"Type": "Task", "Resource": resource, "End": True})
    assert validated(sfn, definition)[0] == "OK"
    assert validated(sfn, definition, type="EXPRESS")[0] == "FAIL"


def test_a_machine_is_described_with_the_variables_that_its_states_read(sfn):
    definition = machine("A", A={"Type": "Pass", "Assign": {"x": 1}, "Next": "B"}, B=passing(Parameters={"y.$": "$x"}))
    arn = sfn.create_state_machine(name="m", definition=json.dumps(definition), roleArn=ROLE)["stateMachineArn"]
    assert sfn.describe_state_machine(stateMachineArn=arn)["variableReferences"] == {"B": ["x"]}


def test_a_machine_is_refused_with_all_that_is_wrong(sfn):
    definition = machine("pass1", pass1={"Type": "Pass", "Next": "pass3"}, pass2=passing())
    with pytest.raises(ClientError) as refused:
        sfn.create_state_machine(name="m", definition=json.dumps(definition), roleArn=ROLE)
    assert refused.value.response["Error"]["Code"] == "InvalidDefinition"
    assert refused.value.response["Error"]["Message"] == (
        "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: pass3 at /States/pass1/Next, "
        'MISSING_TRANSITION_TARGET: State "pass2" is not reachable. at /States/pass2\''
    )
