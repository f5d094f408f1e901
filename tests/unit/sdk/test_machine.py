"""State machines of pipelines, planned against an AWS of scripted answers."""

import json
import subprocess
import sys

import pytest
from botocore.exceptions import ClientError

from lambent import compose, distinct_by, function, remote
from lambent.sdk.clients import Target
from lambent.sdk.deploying import Deployment
from lambent.sdk.failures import DeployError
from lambent.sdk.machine import OWNER_TAG, machine_at, plan, plan_deletion
from lambent.sdk.states import NoStateMachine

TARGET = Target("us-east-1")
OURS = {"tags": [{"key": OWNER_TAG, "value": "1"}]}
ARN = "arn:aws:states:us-east-1:111122223333:stateMachine:double"


@function(name="double")
def double(number):
    return 2 * number


PLACES = {"double": Deployment("double", "arn:aws:lambda:us-east-1:111122223333:function:double", "us-east-1")}


@pytest.fixture
def pipeline():
    return compose(double, name="double")


@pytest.fixture
def aws(aws):
    aws.answers = {"get_caller_identity": [{"Account": "111122223333"}], "list_tags_for_resource": [OURS]}
    return aws


def there(definition, role="lambent-pipeline-double"):
    arn = f"arn:aws:iam::111122223333:role/{role}"
    return {"status": "ACTIVE", "definition": json.dumps(definition), "roleArn": arn}


def planned(pipeline):
    return plan(pipeline, TARGET, PLACES)


def test_what_is_not_there_is_created_with_the_functions_where_they_will_be(aws, refusal, pipeline):
    aws.answers |= {"describe_state_machine": [refusal("StateMachineDoesNotExist")], "get_role": [{"Role": {"Arn": "r"}}]}
    made = planned(pipeline)
    assert (made.kind, made.name, made.action) == ("state machine", "double", "create")
    assert "create_state_machine" not in aws.names()
    assert made.arn == ""
    assert made.apply() is pipeline
    assert made.arn == ARN
    created = aws.parameters("create_state_machine")
    assert json.loads(created["definition"])["States"]["double"]["Arguments"]["FunctionName"] == PLACES["double"].arn
    assert pipeline.machine.arn == ARN


def test_a_function_that_is_known_by_its_name_alone_may_be_called_by_the_role(aws, refusal):
    aws.answers |= {"describe_state_machine": [refusal("StateMachineDoesNotExist")], "get_role": [{"Role": {"Arn": "r"}}]}
    made = plan(compose(remote("theirs:live", region="cn-north-1"), name="p"), Target("cn-north-1"), {})
    made.apply()
    allowed = json.loads(aws.parameters("put_role_policy")["PolicyDocument"])["Statement"][0]
    assert allowed["Resource"] == ["arn:aws-cn:lambda:cn-north-1:111122223333:function:theirs:live"]
    task = next(iter(json.loads(aws.parameters("create_state_machine")["definition"])["States"].values()))
    assert task["Resource"] == "arn:aws-cn:states:::lambda:invoke"


def test_what_is_the_same_is_left_alone(aws, pipeline):
    aws.answers |= {"describe_state_machine": [there(planned_definition(pipeline))]}
    made = planned(pipeline)
    made.apply()
    assert made.action == "unchanged"
    assert not {"create_state_machine", "update_state_machine", "put_role_policy"} & set(aws.names())
    assert pipeline.machine.arn == ARN


def planned_definition(pipeline):
    from lambent.sdk.states import definition

    return definition(pipeline, PLACES)


def test_what_differs_is_told_state_by_state_and_updated(aws, pipeline):
    before = planned_definition(compose(double, double))
    aws.answers |= {"describe_state_machine": [there(before, "other")], "get_role": [{"Role": {"Arn": "r"}}]}
    made = planned(pipeline)
    assert made.action == "update"
    told = [str(difference) for difference in made.differences]
    assert [difference.what for difference in made.differences] == ["state double", "state double 2", "role"]
    assert told == ["Task → changed", "Task → (none)", "other → lambent-pipeline-double"]
    made.apply()
    assert aws.parameters("update_state_machine")["stateMachineArn"] == ARN


def test_a_machine_of_somebody_else_is_neither_replaced_nor_deleted(aws, pipeline):
    aws.answers |= {"describe_state_machine": [there({})], "list_tags_for_resource": [{"tags": []}]}
    for attempt in (lambda: planned(pipeline), lambda: plan_deletion(pipeline, TARGET)):
        with pytest.raises(DeployError, match="did not make"):
            attempt()


def test_deleting_takes_the_role_with_it_and_unbinds(aws, pipeline):
    aws.answers |= {"describe_state_machine": [there({})]}
    plan_deletion(pipeline, TARGET).apply()
    assert aws.names()[-3:] == ["delete_state_machine", "delete_role_policy", "delete_role"]
    assert pipeline.machine is None


def test_what_is_not_there_needs_no_deletion(aws, refusal, pipeline):
    aws.answers |= {"describe_state_machine": [refusal("StateMachineDoesNotExist")]}
    assert plan_deletion(pipeline, TARGET) is None


def test_what_aws_refuses_is_said_in_its_words(aws, refusal, pipeline):
    aws.answers |= {"describe_state_machine": [refusal("AccessDeniedException", "not you")]}
    with pytest.raises(DeployError, match="double: not you"):
        planned(pipeline)


def test_a_machine_is_found_by_its_name_or_its_arn(aws):
    assert machine_at("double", region="us-east-1").arn == ARN
    found = machine_at("arn:aws:states:eu-west-1:111122223333:stateMachine:double:PROD")
    assert (found.name, found.target.region) == ("double", "eu-west-1")
    with pytest.raises(ValueError, match="not the ARN of a state machine"):
        machine_at(PLACES["double"].arn)


def test_more_than_step_functions_takes_is_refused_before_it_is_sent(aws, pipeline):
    pipeline.bind(machine_at(ARN))
    with pytest.raises(ValueError, match=r"262,144 bytes"):
        pipeline.start("x" * 262_144)
    assert aws.names() == []


def test_a_pipeline_that_can_be_no_state_machine_is_named(aws):
    with pytest.raises(NoStateMachine, match=r"^shelve: distinct_by\(<lambda>\): <lambda> is Python code"):
        planned(compose(double, distinct_by(lambda item: item), name="shelve"))


def test_a_start_whose_execution_has_ended_is_that_execution_if_its_input_is_the_same(aws, refusal, pipeline):
    aws.answers |= {
        "start_execution": [refusal("ExecutionAlreadyExists")],
        "describe_execution": [{"input": '{"a": 1}', "status": "SUCCEEDED"}],
    }
    execution = pipeline.bind(machine_at(f"{ARN}:live")).start({"a": 1}, name="once")
    assert execution.arn == "arn:aws:states:us-east-1:111122223333:execution:double:once"
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        pipeline.start({"a": 2}, name="once")


def test_a_name_makes_a_start_idempotent(aws, pipeline):
    aws.answers |= {"start_execution": [{"executionArn": "arn:e"}]}
    execution = pipeline.bind(machine_at(ARN)).start({"a": 1}, name="once")
    assert aws.parameters("start_execution") == {"stateMachineArn": ARN, "name": "once", "input": '{"a":1}'}
    assert execution.arn == "arn:e"


def test_a_pipeline_has_the_same_name_whether_its_module_is_imported_or_run(tmp_path):
    text = "from lambent import function\n@function\ndef f(x): return x\nshelve = f >> f\nprint(shelve.name, f.name)\n"
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/app.py").write_text(text)
    told = {
        subprocess.check_output([sys.executable, *how], cwd=tmp_path, text=True)
        for how in (("-m", "shop.app"), ("-c", "import shop.app"))
    }
    assert told == {"shop-app-shelve shop-app-f\n"}
