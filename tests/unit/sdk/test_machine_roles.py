"""The role of a pipeline's state machine."""

import json

import pytest

from lambent.sdk import applying, machine_roles
from lambent.sdk.clients import Target
from lambent.sdk.machine import Machine

MACHINE = Machine("m", "arn:aws:states:us-east-1:111122223333:stateMachine:m", Target("us-east-1"))
FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:f"
ARN = "arn:aws:iam::111122223333:role/lambent-pipeline-m"


def test_a_role_may_call_the_pipelines_functions_and_no_others(aws, refusal):
    aws.answers = {"get_role": [refusal("NoSuchEntity")], "create_role": [{"Role": {"Arn": ARN}}]}
    assert machine_roles.ensured(MACHINE, (FUNCTION,), given=None) == ARN
    (invoke, start, describe) = json.loads(aws.parameters("put_role_policy")["PolicyDocument"])["Statement"]
    assert (invoke["Action"], invoke["Resource"]) == ("lambda:InvokeFunction", [FUNCTION])
    assert (start["Action"], start["Resource"]) == ("states:StartExecution", MACHINE.arn)
    assert describe["Resource"][0] == "arn:aws:states:us-east-1:111122223333:execution:m:*"


def test_a_role_that_is_there_is_kept_and_brought_up_to_date(aws):
    aws.answers = {"get_role": [{"Role": {"Arn": ARN}}]}
    assert machine_roles.ensured(MACHINE, (), given=None) == ARN
    assert aws.names() == ["get_role", "put_role_policy"]


def test_a_role_that_another_deploy_made_meanwhile_is_used(aws, refusal):
    aws.answers = {
        "get_role": [refusal("NoSuchEntity"), {"Role": {"Arn": ARN}}],
        "create_role": [refusal("EntityAlreadyExists")],
    }
    assert machine_roles.ensured(MACHINE, (), given=None) == ARN


def test_a_role_that_is_given_is_not_touched(aws):
    aws.answers = {"get_role": [{"Role": {"Arn": ARN}}]}
    assert machine_roles.ensured(MACHINE, (), given="arn:aws:iam::1:role/mine") == "arn:aws:iam::1:role/mine"
    assert machine_roles.ensured(MACHINE, (), given="mine") == ARN
    assert aws.names() == ["get_role"]


def test_long_names_are_cut_and_told_apart():
    one, other = (Machine("m" * 79 + end, "arn", Target("us-east-1")) for end in "ab")
    names = {machine_roles.name_of(one, None), machine_roles.name_of(other, None)}
    assert len(names) == 2
    assert max(map(len, names)) <= 64


def test_a_role_that_is_too_new_is_tried_again(refusal, monkeypatch):
    pauses = []
    monkeypatch.setattr(applying, "_pause_s", pauses.append)
    answers = [
        refusal("AccessDeniedException", "Neither the global service principal is authorized to assume the provided role."),
        "made",
    ]

    def change():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert machine_roles.when_known(change) == "made"
    assert len(pauses) == 1


def test_other_refusals_are_not(refusal):
    def change():
        raise refusal("InvalidDefinition", "no")

    with pytest.raises(Exception, match="InvalidDefinition"):
        machine_roles.when_known(change)
